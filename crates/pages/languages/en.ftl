# English. Every other language file has the same messages with the same arguments; a test compares them.
# No HTML here: it would be shown as it stands.

## Frame

frame-skip = Skip to the content
frame-language = Language
frame-signed-in = Signed in as { $account }
frame-account = Your account
frame-development = Development server: only this computer can reach it.

moment = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $time } UTC

## Everywhere

or = or
go-on = Continue
go-on-to = Continue to { $application }
go-back-to = Back to { $application }
go-to-sign-in = Go to sign-in
back-to-sign-in = Back to sign-in
go-to-account = Go to your account
back-to-account = Back to your account
other-ways = Other ways to sign in
continue-to = to continue to { $application }
continue-with = Continue with { $provider }
request-id = If you ask for help, give this number: { $id }

field-username = Email address
field-email = Email address
field-name = Name
field-password = Password
field-new-password = Password
field-device-code = Code on the device
field-code = Code from the mail

form-problems = { $count ->
    [one] Please look at this:
   *[other] Please look at these { $count } things:
}

## Problems

problem-wrong-credentials = The email address and the password do not match.
problem-throttled = { $minutes ->
    [one] Too many attempts. Try again in a minute.
   *[other] Too many attempts. Try again in { $minutes } minutes.
}
problem-username-missing = Type your email address.
problem-password-missing = Type your password.
problem-account-disabled = This account is closed. Ask the people who run this site.
problem-email-missing = Type your email address.
problem-email-invalid = This is not a complete email address. It looks like name@example.com.
problem-email-taken = This address belongs to another account.
problem-name-missing = Type your name.
problem-name-too-long = Your name may have { $most } characters at the most.
problem-name-invalid = Leave web addresses and special characters out of your name.
problem-password-too-short = Use at least { $least } characters.
problem-password-too-long = Use { $most } characters at the most.
problem-password-common = This password is among those that are guessed first. Choose another.
problem-password-guessable = This password is easy to guess. Add a few more words.
problem-password-personal = Leave your name, your address and the name of this site out of the password.
problem-device-code-missing = Type the code that the device shows.
problem-device-code-unknown = No device waits with this code. Compare it with the device; if it is the same, let the device show a new one.
problem-code-missing = Type the code from the mail.
problem-code-wrong = { $tries ->
    [0] The code is wrong. Ask for a new mail.
    [one] The code is wrong. You can try once more.
   *[other] The code is wrong. You can try { $tries } more times.
}
problem-code-unusable = This code cannot be used any more. Ask for a new mail.
problem-mail-too-soon = { $minutes ->
    [one] A mail was just sent. You can ask for another in a minute.
   *[other] A mail was just sent. You can ask for another in { $minutes } minutes.
}
problem-mail-not-sent = The mail could not be sent. Try again in a moment.

## Sign in

sign-in-title = Sign in
sign-in-submit = Sign in
sign-in-again = Please confirm that it is you.
sign-in-connects = Sign in to connect { $provider } to your account.
sign-in-forgot = Forgot your password?
sign-in-no-account = No account yet?
sign-in-make-account = Sign up

form-post-title = Going back to the application
form-post-what = One more step: your browser does not run scripts.
choose-account-title = Choose an account
choose-account-continue = Continue as { $account }
choose-account-another = Use another account

## Sign up

sign-up-title = Sign up
sign-up-email-hint = We send a code there to see that it is yours.
sign-up-name-hint = As you want to be called.
sign-up-password-hint = { $least } characters or more. Three or four words that have nothing to do with each other are good.
sign-up-submit = Sign up
sign-up-have-account = Have an account?
sign-up-sign-in = Sign in

## Forgotten password

forgot-password-title = Forgot your password?
forgot-password-how = Type the email address of your account. We send you a mail with a link, and there you choose a new password.
forgot-password-submit = Send the mail

password-mail-sent-title = Look into your mail
password-mail-sent-what = If there is an account with this address, a mail with a link is on its way to it.
password-mail-sent-how = { $minutes ->
    [one] The link works once, and for a minute. A newer mail makes an older link void.
   *[other] The link works once, and for { $minutes } minutes. A newer mail makes an older link void.
}
password-mail-sent-other-address = Perhaps your account has another address.
password-mail-sent-again = Try another address, or send the mail again

set-new-password-title = Choose a new password
set-new-password-effect = You will be signed out everywhere, and applications will ask you to sign in again.
set-new-password-submit = Set the new password

new-password-set-title = Your new password is set
new-password-set-done = Your password was changed. We told you by mail too.
new-password-set-everywhere = You are signed out everywhere now. Sign in with the new password.

## Email addresses

enter-code-title = Check your mail
enter-code-sent = We sent a mail to { $address }.
enter-code-how = { $minutes ->
    [one] Type the code from it here, or open its link. Both work for a minute.
   *[other] Type the code from it here, or open its link. Both work for { $minutes } minutes.
}
enter-code-resent = A new mail is on its way. The older code does not work any more.
enter-code-submit = Confirm
enter-code-nothing-came = Nothing came? Look into the spam folder too.
enter-code-resend = Send a new mail
enter-code-later = Do this later

confirm-email-title = Confirm your email address
confirm-email-is-yours = Is { $address } your address?
confirm-email-submit = Yes, confirm
confirm-email-password = This is not the browser in which you asked for the mail. Type the password that you chose there.
confirm-email-not-you = If you did not ask for this, close this page. Nothing happens then.

email-confirmed-title = Address confirmed
email-confirmed-done = { $address } is confirmed.

email-link-unusable-title = This link does not work any more
email-link-unusable-why = It was used already, is too old, or a newer mail replaced it.
email-link-unusable-sign-in = Sign in, and ask for a new mail there.
email-link-unusable-again = Send a new mail

add-email-title = Add your email address
add-email-why = With it you can come back in if you lose your password.
add-email-why-provider = { $provider } did not tell us an address. With one you can come back in if you lose access there.
add-email-save = Add address
add-email-skip = Not now

## Sign out

sign-out-title = Sign out?
sign-out-ask = You are signed in as { $account }.
sign-out-ask-application = { $application } asks to sign you out. You are signed in as { $account }.
sign-out-effect = Applications that you opened from this browser lose their access too.
sign-out-submit = Sign out
sign-out-stay = Stay signed in

signed-out-title = Signed out
signed-out-done = You are signed out in this browser.
signed-out-again = Sign in again
signed-out-telling = One moment: applications that you opened are being told.
signed-out-onward = Go on

## Consent

device-title = Connect a device
device-lead = Your television, console or command line shows a code. Type it here.
device-hint = Eight letters, such as WDJB-MJHT. Capitals and the dash do not matter.
device-warning = Go on only with a code from a device in front of you. If somebody sent you a code or a link to this page, they may be trying to get into your account.
device-submit = Continue
device-confirm-title = Connect { $application }?
device-asks = A device with { $application } asks for access to your account.
device-confirm-warning = Allow it only if you started this yourself, just now, on your own device. Do not allow what somebody else sent you or read out to you.
device-code-shown = Your device must show this code
device-done-title = Your answer was taken
device-allowed = The device is connected. It goes on by itself in a few seconds.
device-denied = The device was not connected.
device-close = You can close this page.
device-manage = See what has access to your account

consent-title = Allow { $application }?
consent-asks = { $application } asks for access. Your answer goes to { $host }.
consent-local = This application runs on your own computer, so we cannot check who made it. Allow only if you just started it yourself.
consent-client-host = All that is known of this application is that { $host } publishes it. Nobody here has checked it: allow only if you trust { $host }.
consent-self-registered = This application registered itself. Nobody here has checked who makes it: allow only if you know it and came from it.
consent-claims = It also asks for
consent-choose = Untick what you do not want to allow.
consent-account = Account that is used
consent-not-you = Not you? Use another account
consent-own-account = It wants to
consent-api = At { $api } it wants to
consent-lifetime-until-sign-out = This ends when you sign out.
consent-lifetime-until-taken-back = This stays, also when you are away, until you take it back.
consent-remember = Do not ask again for this application
consent-allow = Allow
consent-deny = Deny

scope-openid = know that it is you
scope-profile = see your profile, such as your name, picture and language
scope-email = see your email address
scope-address = see your postal address
scope-phone = see your phone number
scope-offline-access = keep its access when you are not there
scope-notes-read = read your notes
scope-notes-write = write and delete your notes

claim-name = your name
claim-given-name = your first name
claim-family-name = your family name
claim-middle-name = your middle name
claim-nickname = what your friends call you
claim-preferred-username = your user name
claim-profile = your profile page
claim-picture = your picture
claim-website = your website
claim-gender = your gender
claim-birthdate = your date of birth
claim-zoneinfo = your time zone
claim-locale = your language
claim-updated-at = when your details last changed
claim-email = your email address
claim-email-verified = whether your email address is confirmed
claim-phone-number = your phone number
claim-phone-number-verified = whether your phone number is confirmed
claim-address = your postal address

## What an application says of itself

about-site = About this application
about-policy = Its privacy policy
about-terms = Its terms of service

## Providers

provider-start-title = Continue with { $provider }
provider-start-what = You will sign in at { $provider } and then come back here.
provider-start-connecting = You will sign in at { $provider }. After that you can use it to sign in here.

provider-trouble-title = { $provider } did not sign you in
provider-trouble-cancelled = You cancelled at { $provider }. Nothing has changed.
provider-trouble-refused = { $provider } refused to sign you in. Look there whether your account is in order, or choose another way.
provider-trouble-unreachable = { $provider } does not answer at the moment. Try again in a few minutes, or choose another way.
provider-trouble-untrusted = The answer from { $provider } did not pass our checks, so we did not use it. Try again; if it happens again, tell whoever runs this site the number below.
provider-trouble-expired = This sign-in took too long, was finished already, or began in another browser. Begin again here: what you were on the way to is kept.
provider-trouble-connected-elsewhere = This { $provider } account is connected to another account here. Sign in to that account with { $provider }, or disconnect it there first.
provider-trouble-not-allowed = This { $provider } account may not sign in here. Choose another way, or ask whoever runs this site.
provider-trouble-try-again = You can try again:

link-account-title = Connect { $provider } to your account
link-account-exists = There is an account with the address { $address } already.
link-account-how = If it is yours, sign in to it first. Then { $provider } is connected, and next time you can use either.
link-account-sign-in = Sign in and connect { $provider }
link-account-why = We ask this so that nobody gets into your account just because a provider names your address.

provider-tested-title = Test of { $provider }
provider-tested-good = { $provider } answered, and the answer passed our checks.
provider-tested-refused = The test of { $provider } failed. The reason, for whoever sets it up:
provider-tested-claims = What was read from the answer
provider-tested-decision = What a real sign-in would do
provider-tested-enter = Sign this person in: they are connected already.
provider-tested-join = Connect this person to the account with the same address, confirmed on both sides, and sign them in.
provider-tested-take-over = Give this person the account with their address, which nobody had confirmed; what led into it before is removed.
provider-tested-create = Make a new account and sign this person in.
provider-tested-sign-in-first = Ask this person to sign in to the account with this address first.
provider-tested-shut = Refuse: the account is disabled.
provider-tested-sign-up-closed = Refuse: new people may not come in by this provider.
provider-tested-keeps-tokens = The provider’s tokens would be kept, encrypted.
provider-tested-nobody = This was a test. Nobody was signed in by it, and nothing was saved.
provider-tested-back = Back
provider-answer-title = Coming back from { $provider }
provider-answer-what = { $provider } gives its answer in a way that only a script can read. If nothing happens, allow scripts on this page or choose another way.

## Account

account-title = Your account
account-hello = Hello, { $name }.
account-addresses = Email addresses
account-verified = confirmed
account-not-verified = not confirmed
account-no-address = There is no address yet.
account-verify = Send a mail to confirm
account-add-address = Add an address
account-remove-address = Remove
account-providers = Ways to sign in
account-connect = Connect another:
account-disconnect = Disconnect
account-just-connected = { $provider } is connected now.
connections-title = Connected providers
connections-connected = Connected to your account
connections-none = None yet.
connections-connectable = You can connect
connections-last-way-in = This is your only way in. Set a password or connect another provider before you disconnect it.
account-last-used = last used
account-applications = Apps with access
account-last-allowed = last allowed
account-take-back = Take access back
account-sessions = Where you are signed in
account-this-browser = this browser
account-unknown-browser = Unknown browser
account-began = since
account-end-others = Sign out everywhere else
account-end-one = Sign out there

change-password-title = Change your password
change-password-ends-sessions = You stay signed in here. Everywhere else you are signed out, and applications ask again.
change-password-current = Current password
change-password-new = New password
change-password-submit = Change the password

## Refusals and faults

refused-title = This sign-in cannot go on
refused-what = The application that sent you here made a mistake in its request.
refused-what-application = { $application } made a mistake in its request.
refused-do = You did nothing wrong. Go back to the application and try again; if it stays so, tell the people who make it what is below.
refused-code = Error
refused-hint = What it means
refused-request-id = Request
refused-developer = For developers
refused-rule = Rule
refused-received = Received
refused-expected = Expected
refused-clause = Source
refused-comparison = What differs (+ came, - is registered)

refused-invalid-request = Something in the request is missing, doubled, or not as it should be.
refused-invalid-client = We do not know this application, or it could not prove who it is.
refused-invalid-grant = What the application handed in has expired, or was used already.
refused-unauthorized-client = This application may not sign people in this way.
refused-unsupported-grant-type = The application asks in a way that we do not offer.
refused-unsupported-response-type = The application asks for a kind of answer that we do not give.
refused-invalid-scope = The application asks for a permission that it may not have.
refused-invalid-target = The application asks for access to something that we do not know.
refused-access-denied = Access was denied.
refused-server-error = The fault is ours.
refused-temporarily-unavailable = We cannot answer at the moment. Try again shortly.
refused-invalid-token = The application's access has expired, or is not for this.
refused-insufficient-scope = The application lacks a permission for this.
refused-unsupported-token-type = The application cannot give this back here.
refused-login-required = You would have to sign in first.
refused-consent-required = You would have to allow this first.
refused-interaction-required = You would have to answer something first.
refused-unmet-authentication-requirements = The application demands a safer way to sign in than there is here.
refused-authorization-pending = Nobody has answered the device's question yet.
refused-slow-down = The device asks too often.
refused-expired-token = The device's code has expired.
refused-invalid-dpop-proof = The application could not prove that it holds its key.
refused-use-dpop-nonce = The application has to prove once more that it holds its key.
refused-insufficient-user-authentication = You would have to sign in in a safer way first.
refused-invalid-redirect-uri = The application asks for answers at an address that we do not take.
refused-invalid-client-metadata = The application describes itself in a way that we do not take.
refused-unapproved-software-statement = Nobody whom we trust vouches for this application.
refused-request-not-supported = The application sends its request in a form that we do not read.
refused-invalid-request-uri = This sign-in was begun too long ago, or was finished already.
refused-request-uri-not-supported = The application points to its request in a way that we do not follow.
refused-registration-not-supported = The application tries to register itself in a way that we do not offer.

too-many-requests-title = Too many requests
too-many-requests-wait = { $minutes ->
    [one] Please wait a minute, then try again.
   *[other] Please wait { $minutes } minutes, then try again.
}
too-many-requests-why = Very many requests came from your network in a short time. This slows down people who guess passwords.

page-expired-title = This page cannot be used any more
page-expired-too-late = The page was open for too long.
page-expired-finished = This step is done already. Perhaps you came here by the back button.
page-expired-no-cookie = Your browser did not send the cookie that belongs to this page. Allow cookies for this site, and begin again.
page-expired-other-site = The form did not come from this site, so we did not use it.
page-expired-again = Begin again
page-expired-go-back = Go back to { $application } and sign in from there once more.
page-expired-start = Go back to where you came from and sign in from there once more.

fault-title = Something went wrong here
fault-temporary = We cannot answer at the moment.
fault-internal = The fault is ours, not yours.
fault-do-temporary = Try again in a few seconds.
fault-do-internal = Try again. If it stays so, tell the people who run this site.

not-found-title = There is no such page
not-found-what = The address may have a typing mistake, or the page has moved.

## Mails

mail-verify-subject = Confirm your email address for { $site }
mail-verify-code = Type this code on the page that asks for it:
mail-verify-link = Or open this link, on any device:
mail-verify-button = Confirm address
mail-verify-lifetime = { $minutes ->
    [one] Both work for a minute, and once.
   *[other] Both work for { $minutes } minutes, and once.
}
mail-verify-not-you = If you did not ask for this, do nothing. Never tell anybody the code.

mail-reset-subject = Choose a new password for { $site }
mail-reset-what = Somebody, perhaps you, forgot the password of the account with this address. Open this link to choose a new one:
mail-reset-button = Choose a new password
mail-reset-lifetime = { $minutes ->
    [one] It works for a minute, and once.
   *[other] It works for { $minutes } minutes, and once.
}
mail-reset-not-you = If you did not ask for this, do nothing: your password stays as it is. Never pass the link on to anybody.

mail-already-subject = You already have an account at { $site }
mail-already-what = Somebody, perhaps you, tried to sign up with this address. You have an account already, so nothing was changed. You can sign in:
mail-already-button = Sign in
mail-already-not-you = If it was not you, do nothing. Nobody got into your account.

mail-notice-new-sign-in = New sign-in to your { $site } account
mail-notice-password-changed = Your { $site } password was changed
mail-notice-provider-connected = { $provider } was connected to your { $site } account
mail-notice-provider-disconnected = { $provider } was disconnected from your { $site } account
mail-notice-taken-over = Your address was confirmed by { $provider } at { $site }
mail-notice-address-added = { $address } was added to your { $site } account
mail-notice-address-removed = { $address } was removed from your { $site } account
mail-notice-taken-over-what = An account with your address existed, but nobody had confirmed the address. { $provider } showed that it is yours, so the account is yours now. We removed its old password, its sessions and what was connected to it, in case somebody else had made it.
mail-notice-when = When:
mail-notice-browser = Browser:
mail-notice-not-you = If it was you, there is nothing to do. If not, sign in, sign out everywhere else, and change your password.
mail-notice-button = Look at your account
