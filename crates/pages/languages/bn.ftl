# বাংলা। বার্তা ও তাদের চলক en.ftl-এর সঙ্গে হুবহু মেলে; একটি পরীক্ষা তা মিলিয়ে দেখে।

## Frame

frame-skip = সরাসরি মূল অংশে যান
frame-language = ভাষা
frame-signed-in = { $account } হিসেবে সাইন ইন করা আছে
frame-account = আপনার অ্যাকাউন্ট
frame-development = ডেভেলপমেন্ট সার্ভার: শুধু এই কম্পিউটার থেকেই খোলা যায়।

moment = { $day } { $month ->
    [1] জানুয়ারি
    [2] ফেব্রুয়ারি
    [3] মার্চ
    [4] এপ্রিল
    [5] মে
    [6] জুন
    [7] জুলাই
    [8] আগস্ট
    [9] সেপ্টেম্বর
    [10] অক্টোবর
    [11] নভেম্বর
   *[12] ডিসেম্বর
} { $year }, { $time } ইউটিসি

## Everywhere

or = অথবা
go-on = এগিয়ে যান
go-on-to = { $application } অ্যাপে এগিয়ে যান
go-back-to = { $application } অ্যাপে ফিরে যান
go-to-sign-in = সাইন ইন পাতায় যান
back-to-sign-in = সাইন ইন পাতায় ফিরে যান
go-to-account = আপনার অ্যাকাউন্টে যান
back-to-account = আপনার অ্যাকাউন্টে ফিরে যান
other-ways = সাইন ইন করার অন্য উপায়
continue-to = { $application } অ্যাপে যাওয়ার জন্য
continue-with = { $provider } দিয়ে এগিয়ে যান
request-id = সাহায্য চাইলে এই নম্বরটি জানাবেন: { $id }

field-username = ইমেইল ঠিকানা
field-email = ইমেইল ঠিকানা
field-name = নাম
field-password = পাসওয়ার্ড
field-new-password = পাসওয়ার্ড
field-device-code = যন্ত্রে দেখানো কোড
field-code = ইমেইলে পাওয়া কোড

form-problems = { $count ->
    [one] এই বিষয়টি একটু দেখুন:
   *[other] এই { $count }টি বিষয় একটু দেখুন:
}

## Problems

problem-wrong-credentials = ইমেইল ঠিকানা ও পাসওয়ার্ড মিলছে না।
problem-throttled = { $minutes ->
    [one] অনেকবার চেষ্টা করা হয়েছে। এক মিনিট পরে আবার চেষ্টা করুন।
   *[other] অনেকবার চেষ্টা করা হয়েছে। { $minutes } মিনিট পরে আবার চেষ্টা করুন।
}
problem-username-missing = আপনার ইমেইল ঠিকানা লিখুন।
problem-password-missing = আপনার পাসওয়ার্ড লিখুন।
problem-account-disabled = এই অ্যাকাউন্টটি বন্ধ আছে। যাঁরা সাইটটি চালান, তাঁদের সঙ্গে যোগাযোগ করুন।
problem-email-missing = আপনার ইমেইল ঠিকানা লিখুন।
problem-email-invalid = ইমেইল ঠিকানাটি সম্পূর্ণ নয়। ঠিকানা দেখতে এমন হয়: name@example.com
problem-email-taken = এই ঠিকানাটি অন্য একটি অ্যাকাউন্টের।
problem-name-missing = আপনার নাম লিখুন।
problem-name-too-long = নাম সর্বোচ্চ { $most } অক্ষরের হতে পারে।
problem-name-invalid = নামের মধ্যে ওয়েব ঠিকানা বা বিশেষ চিহ্ন রাখবেন না।
problem-password-too-short = অন্তত { $least }টি অক্ষর ব্যবহার করুন।
problem-password-too-long = সর্বোচ্চ { $most }টি অক্ষর ব্যবহার করুন।
problem-password-common = যে পাসওয়ার্ডগুলো সবার আগে অনুমান করা হয়, এটি তার একটি। অন্য একটি বেছে নিন।
problem-password-guessable = এই পাসওয়ার্ড সহজেই অনুমান করা যায়। আরও কয়েকটি শব্দ যোগ করুন।
problem-password-personal = পাসওয়ার্ডে নিজের নাম, ঠিকানা বা এই সাইটের নাম রাখবেন না।
problem-device-code-missing = যন্ত্রটি যে কোড দেখাচ্ছে তা লিখুন।
problem-device-code-unknown = এই কোড নিয়ে কোনো যন্ত্র অপেক্ষা করছে না। যন্ত্রের সঙ্গে মিলিয়ে দেখুন; একই হলে যন্ত্রটিকে নতুন কোড দেখাতে দিন।
problem-code-missing = ইমেইলে পাওয়া কোডটি লিখুন।
problem-code-wrong = { $tries ->
    [0] কোডটি ভুল। নতুন একটি ইমেইল চেয়ে নিন।
    [one] কোডটি ভুল। আর একবার চেষ্টা করতে পারবেন।
   *[other] কোডটি ভুল। আরও { $tries } বার চেষ্টা করতে পারবেন।
}
problem-code-unusable = এই কোডটি আর কাজ করবে না। নতুন একটি ইমেইল চেয়ে নিন।
problem-mail-too-soon = { $minutes ->
    [one] এইমাত্র একটি ইমেইল পাঠানো হয়েছে। এক মিনিট পরে আরেকটি চাইতে পারবেন।
   *[other] এইমাত্র একটি ইমেইল পাঠানো হয়েছে। { $minutes } মিনিট পরে আরেকটি চাইতে পারবেন।
}
problem-mail-not-sent = ইমেইলটি পাঠানো যায়নি। একটু পরে আবার চেষ্টা করুন।

## Sign in

sign-in-title = সাইন ইন
sign-in-submit = সাইন ইন করুন
sign-in-again = এটি যে আপনিই, তা আবার নিশ্চিত করুন।
sign-in-connects = আপনার অ্যাকাউন্টে { $provider } যুক্ত করতে সাইন ইন করুন।
sign-in-forgot = পাসওয়ার্ড ভুলে গেছেন?
sign-in-no-account = অ্যাকাউন্ট নেই?
sign-in-make-account = অ্যাকাউন্ট খুলুন

form-post-title = অ্যাপে ফিরে যাওয়া হচ্ছে
form-post-what = আর একটি ধাপ: আপনার ব্রাউজারে স্ক্রিপ্ট চলে না।
choose-account-title = একটি অ্যাকাউন্ট বেছে নিন
choose-account-continue = { $account } হিসেবে এগিয়ে যান
choose-account-another = অন্য অ্যাকাউন্ট ব্যবহার করুন

## Sign up

sign-up-title = অ্যাকাউন্ট খুলুন
sign-up-email-hint = ঠিকানাটি আপনার কি না দেখতে আমরা সেখানে একটি কোড পাঠাব।
sign-up-name-hint = যে নামে আপনাকে ডাকা হোক চান।
sign-up-password-hint = { $least } বা তার বেশি অক্ষর। একটির সঙ্গে আরেকটির মিল নেই, এমন তিন-চারটি শব্দ হলে ভালো।
sign-up-submit = অ্যাকাউন্ট খুলুন
sign-up-have-account = আগেই অ্যাকাউন্ট আছে?
sign-up-sign-in = সাইন ইন করুন

## Forgotten password

forgot-password-title = পাসওয়ার্ড ভুলে গেছেন?
forgot-password-how = আপনার অ্যাকাউন্টের ইমেইল ঠিকানা লিখুন। আমরা একটি লিংকসহ ইমেইল পাঠাব, সেখান থেকে নতুন পাসওয়ার্ড বেছে নিতে পারবেন।
forgot-password-submit = ইমেইল পাঠান

password-mail-sent-title = আপনার ইনবক্স দেখুন
password-mail-sent-what = এই ঠিকানায় কোনো অ্যাকাউন্ট থাকলে, লিংকসহ একটি ইমেইল সেখানে যাচ্ছে।
password-mail-sent-how = { $minutes ->
    [one] লিংকটি এক মিনিট, আর একবারই কাজ করবে। নতুন ইমেইল এলে আগের লিংক আর কাজ করে না।
   *[other] লিংকটি { $minutes } মিনিট, আর একবারই কাজ করবে। নতুন ইমেইল এলে আগের লিংক আর কাজ করে না।
}
password-mail-sent-other-address = হয়তো আপনার অ্যাকাউন্টটি অন্য ঠিকানার।
password-mail-sent-again = অন্য ঠিকানা দিন, অথবা ইমেইলটি আবার পাঠান

set-new-password-title = নতুন পাসওয়ার্ড বেছে নিন
set-new-password-effect = আপনি সব জায়গা থেকে সাইন আউট হয়ে যাবেন, আর অ্যাপগুলো আবার সাইন ইন করতে বলবে।
set-new-password-submit = নতুন পাসওয়ার্ড ঠিক করুন

new-password-set-title = নতুন পাসওয়ার্ড ঠিক হয়েছে
new-password-set-done = আপনার পাসওয়ার্ড বদলানো হয়েছে। ইমেইলেও তা জানিয়েছি।
new-password-set-everywhere = আপনি এখন সব জায়গা থেকে সাইন আউট হয়ে গেছেন। নতুন পাসওয়ার্ড দিয়ে সাইন ইন করুন।

## E-mail addresses

enter-code-title = আপনার ইমেইল দেখুন
enter-code-sent = আমরা { $address } ঠিকানায় একটি ইমেইল পাঠিয়েছি।
enter-code-how = { $minutes ->
    [one] সেখানে পাওয়া কোডটি এখানে লিখুন, অথবা ইমেইলের লিংকটি খুলুন। দুটিই এক মিনিট কাজ করবে।
   *[other] সেখানে পাওয়া কোডটি এখানে লিখুন, অথবা ইমেইলের লিংকটি খুলুন। দুটিই { $minutes } মিনিট কাজ করবে।
}
enter-code-resent = নতুন ইমেইল পাঠানো হয়েছে। আগের কোডটি আর কাজ করবে না।
enter-code-submit = নিশ্চিত করুন
enter-code-nothing-came = কিছু আসেনি? স্প্যাম ফোল্ডারও দেখুন।
enter-code-resend = নতুন ইমেইল পাঠান
enter-code-later = পরে করব

confirm-email-title = ইমেইল ঠিকানা নিশ্চিত করুন
confirm-email-is-yours = { $address } কি আপনার ঠিকানা?
confirm-email-submit = হ্যাঁ, নিশ্চিত করুন
confirm-email-password = যে ব্রাউজার থেকে ইমেইলটি চেয়েছিলেন, এটি সেই ব্রাউজার নয়। সেখানে যে পাসওয়ার্ড বেছে নিয়েছিলেন, সেটি লিখুন।
confirm-email-not-you = আপনি এটি না চেয়ে থাকলে পাতাটি বন্ধ করে দিন। তাহলে কিছুই হবে না।

email-confirmed-title = ঠিকানা নিশ্চিত হয়েছে
email-confirmed-done = { $address } নিশ্চিত হয়েছে।

email-link-unusable-title = লিংকটি আর কাজ করে না
email-link-unusable-why = এটি আগেই ব্যবহার করা হয়েছে, মেয়াদ শেষ হয়ে গেছে, অথবা নতুন একটি ইমেইল এর জায়গা নিয়েছে।
email-link-unusable-sign-in = সাইন ইন করে সেখান থেকে নতুন ইমেইল চেয়ে নিন।
email-link-unusable-again = নতুন ইমেইল পাঠান

add-email-title = আপনার ইমেইল ঠিকানা যোগ করুন
add-email-why = পাসওয়ার্ড হারিয়ে ফেললে এই ঠিকানা দিয়ে আবার ঢুকতে পারবেন।
add-email-why-provider = { $provider } আমাদের কোনো ঠিকানা জানায়নি। ঠিকানা থাকলে, সেখানে ঢুকতে না পারলেও এখানে আবার ঢুকতে পারবেন।
add-email-save = ঠিকানা যোগ করুন
add-email-skip = এখন নয়

## Sign out

sign-out-title = সাইন আউট করবেন?
sign-out-ask = আপনি { $account } হিসেবে সাইন ইন করে আছেন।
sign-out-ask-application = { $application } অ্যাপ আপনাকে সাইন আউট করাতে চায়। আপনি { $account } হিসেবে সাইন ইন করে আছেন।
sign-out-effect = এই ব্রাউজার থেকে যেসব অ্যাপ খুলেছিলেন, সেগুলোর প্রবেশাধিকারও শেষ হবে।
sign-out-submit = সাইন আউট করুন
sign-out-stay = সাইন ইন থাকুন

signed-out-title = সাইন আউট হয়েছে
signed-out-done = এই ব্রাউজার থেকে আপনি সাইন আউট করেছেন।
signed-out-again = আবার সাইন ইন করুন
signed-out-telling = একটু অপেক্ষা করুন: আপনি যেসব অ্যাপ খুলেছিলেন, সেগুলোকে জানানো হচ্ছে।
signed-out-onward = এগিয়ে যান

## Consent

device-title = একটি যন্ত্র যুক্ত করুন
device-lead = আপনার টিভি, কনসোল বা কমান্ড লাইন একটি কোড দেখাচ্ছে। কোডটি এখানে লিখুন।
device-hint = আটটি ইংরেজি অক্ষর, যেমন WDJB-MJHT। ছোট-বড় অক্ষর বা মাঝের দাগ নিয়ে ভাবতে হবে না।
device-warning = শুধু আপনার সামনে থাকা যন্ত্রের কোড লিখুন। কেউ যদি আপনাকে কোনো কোড বা এই পৃষ্ঠার লিংক পাঠিয়ে থাকে, তবে সে হয়তো আপনার অ্যাকাউন্টে ঢোকার চেষ্টা করছে।
device-submit = এগিয়ে যান
device-confirm-title = { $application } যুক্ত করবেন?
device-asks = { $application } সহ একটি যন্ত্র আপনার অ্যাকাউন্টে প্রবেশাধিকার চাইছে।
device-confirm-warning = আপনি নিজে এইমাত্র আপনার নিজের যন্ত্রে এটি শুরু করে থাকলেই শুধু অনুমতি দিন। অন্য কেউ যা পাঠিয়েছে বা পড়ে শুনিয়েছে, তাতে অনুমতি দেবেন না।
device-code-shown = আপনার যন্ত্রে এই কোডটি থাকতে হবে
device-done-title = আপনার উত্তর নেওয়া হয়েছে
device-allowed = যন্ত্রটি যুক্ত হয়েছে। কয়েক সেকেন্ডের মধ্যে এটি নিজে থেকেই এগিয়ে যাবে।
device-denied = যন্ত্রটি যুক্ত করা হয়নি।
device-close = আপনি এই পৃষ্ঠাটি বন্ধ করতে পারেন।
device-manage = আপনার অ্যাকাউন্টে কার প্রবেশাধিকার আছে দেখুন

consent-title = { $application } অ্যাপকে অনুমতি দেবেন?
consent-asks = { $application } অ্যাপ প্রবেশাধিকার চাইছে। আপনার উত্তর { $host } ঠিকানায় যাবে।
consent-local = এই অ্যাপটি আপনার নিজের কম্পিউটারে চলছে, তাই এটি কে বানিয়েছে তা আমরা যাচাই করতে পারি না। আপনি নিজে এইমাত্র চালু করে থাকলেই শুধু অনুমতি দিন।
consent-client-host = এই অ্যাপ সম্পর্কে শুধু এটুকু জানা আছে যে এটি { $host } প্রকাশ করে। এখানে কেউ এটি যাচাই করেনি: { $host } আপনার বিশ্বস্ত হলেই শুধু অনুমতি দিন।
consent-self-registered = এই অ্যাপটি নিজেই নিবন্ধিত হয়েছে। এটি কে বানিয়েছে তা এখানে কেউ যাচাই করেনি: আপনি এটি চিনলে এবং এটি থেকেই এসে থাকলে তবেই অনুমতি দিন।
consent-claims = অ্যাপটি আরও যা জানতে চায়
consent-choose = যার অনুমতি দিতে চান না, তার টিক তুলে দিন।
consent-account = যে অ্যাকাউন্ট ব্যবহার হবে
consent-not-you = আপনি নন? অন্য অ্যাকাউন্ট ব্যবহার করুন
consent-own-account = অ্যাপটি যা করতে চায়
consent-api = { $api }: অ্যাপটি যা করতে চায়
consent-lifetime-until-sign-out = আপনি সাইন আউট করলে এই অনুমতি শেষ হবে।
consent-lifetime-until-taken-back = আপনি ফিরিয়ে না নেওয়া পর্যন্ত এই অনুমতি থাকবে, আপনি না থাকলেও।
consent-remember = এই অ্যাপের জন্য আর জিজ্ঞেস করবেন না
consent-allow = অনুমতি দিন
consent-deny = প্রত্যাখ্যান করুন

scope-openid = এটি যে আপনি, তা জানা
scope-profile = আপনার প্রোফাইল দেখা, যেমন নাম, ছবি ও ভাষা
scope-email = আপনার ইমেইল ঠিকানা দেখা
scope-address = আপনার ডাক ঠিকানা দেখা
scope-phone = আপনার ফোন নম্বর দেখা
scope-offline-access = আপনি না থাকলেও প্রবেশাধিকার রাখা
scope-notes-read = আপনার নোট পড়া
scope-notes-write = আপনার নোট লেখা ও মোছা

claim-name = আপনার নাম
claim-given-name = আপনার নামের প্রথম অংশ
claim-family-name = আপনার পারিবারিক নাম
claim-middle-name = আপনার নামের মাঝের অংশ
claim-nickname = আপনার ডাকনাম
claim-preferred-username = আপনার ব্যবহারকারী নাম
claim-profile = আপনার প্রোফাইল পাতা
claim-picture = আপনার ছবি
claim-website = আপনার ওয়েবসাইট
claim-gender = আপনার লিঙ্গ
claim-birthdate = আপনার জন্মতারিখ
claim-zoneinfo = আপনার সময় অঞ্চল
claim-locale = আপনার ভাষা
claim-updated-at = আপনার তথ্য শেষ কবে বদলেছে
claim-email = আপনার ইমেইল ঠিকানা
claim-email-verified = আপনার ইমেইল ঠিকানা যাচাই করা কি না
claim-phone-number = আপনার ফোন নম্বর
claim-phone-number-verified = আপনার ফোন নম্বর যাচাই করা কি না
claim-address = আপনার ডাক ঠিকানা

## অ্যাপ নিজের সম্পর্কে যা বলে

about-site = এই অ্যাপ সম্পর্কে
about-policy = এর গোপনীয়তা নীতি
about-terms = এর ব্যবহারের শর্ত

## Providers

provider-start-title = { $provider } দিয়ে এগিয়ে যান
provider-start-what = আপনি { $provider }-এ সাইন ইন করে আবার এখানে ফিরে আসবেন।
provider-start-connecting = আপনি { $provider }-এ সাইন ইন করবেন। এরপর থেকে সেটি দিয়েই এখানে সাইন ইন করা যাবে।

provider-trouble-title = { $provider } দিয়ে সাইন ইন হয়নি
provider-trouble-cancelled = আপনি { $provider }-এ বাতিল করেছেন। কিছুই বদলায়নি।
provider-trouble-refused = { $provider } আপনাকে সাইন ইন করাতে রাজি হয়নি। সেখানে আপনার অ্যাকাউন্ট ঠিক আছে কি না দেখুন, অথবা অন্য উপায় বেছে নিন।
provider-trouble-unreachable = { $provider } এই মুহূর্তে সাড়া দিচ্ছে না। কয়েক মিনিট পর আবার চেষ্টা করুন, অথবা অন্য উপায় বেছে নিন।
provider-trouble-untrusted = { $provider } থেকে আসা উত্তর আমাদের যাচাইয়ে টেকেনি, তাই আমরা সেটি ব্যবহার করিনি। আবার চেষ্টা করুন; আবার এমন হলে যিনি সাইটটি চালান তাঁকে নিচের নম্বরটি জানান।
provider-trouble-expired = এই সাইন ইনে অনেক দেরি হয়েছে, এটি আগেই শেষ হয়েছে, অথবা অন্য ব্রাউজারে শুরু হয়েছিল। এখান থেকে আবার শুরু করুন: আপনি যেখানে যাচ্ছিলেন তা মনে রাখা আছে।
provider-trouble-connected-elsewhere = এই { $provider } অ্যাকাউন্টটি এখানে অন্য একটি অ্যাকাউন্টের সঙ্গে যুক্ত। { $provider } দিয়ে সেই অ্যাকাউন্টে সাইন ইন করুন, অথবা আগে সেখানে সংযোগ বিচ্ছিন্ন করুন।
provider-trouble-not-allowed = এই { $provider } অ্যাকাউন্ট দিয়ে এখানে সাইন ইন করা যাবে না। অন্য উপায় বেছে নিন, অথবা যিনি সাইটটি চালান তাঁকে জিজ্ঞাসা করুন।
provider-trouble-try-again = আবার চেষ্টা করতে পারেন:

link-account-title = আপনার অ্যাকাউন্টে { $provider } যুক্ত করুন
link-account-exists = { $address } ঠিকানার একটি অ্যাকাউন্ট আগেই আছে।
link-account-how = সেটি আপনার হলে আগে সেখানে সাইন ইন করুন। তাহলে { $provider } যুক্ত হবে, আর পরের বার দুটির যেকোনোটি দিয়ে ঢুকতে পারবেন।
link-account-sign-in = সাইন ইন করে { $provider } যুক্ত করুন
link-account-why = কোনো সেবা শুধু আপনার ঠিকানা জানালেই কেউ যেন আপনার অ্যাকাউন্টে ঢুকে পড়তে না পারে, সেজন্য আমরা এটি চাইছি।

provider-tested-title = { $provider }-এর পরীক্ষা
provider-tested-good = { $provider } উত্তর দিয়েছে, এবং উত্তরটি আমাদের যাচাইয়ে টিকেছে।
provider-tested-refused = { $provider }-এর পরীক্ষা সফল হয়নি। যিনি এটি বসাচ্ছেন, তাঁর জন্য কারণ:
provider-tested-claims = উত্তর থেকে যা পড়া হয়েছে
provider-tested-decision = সত্যিকারের সাইন ইনে যা হতো
provider-tested-enter = এই ব্যক্তিকে সাইন ইন করানো হতো: তিনি আগে থেকেই যুক্ত।
provider-tested-join = দুই দিকেই নিশ্চিত করা একই ঠিকানার অ্যাকাউন্টের সঙ্গে এই ব্যক্তিকে যুক্ত করে সাইন ইন করানো হতো।
provider-tested-take-over = তাঁর ঠিকানার যে অ্যাকাউন্ট কেউ নিশ্চিত করেনি, সেটি তাঁকে দেওয়া হতো; আগে যা দিয়ে ঢোকা যেত তা সরানো হতো।
provider-tested-create = নতুন অ্যাকাউন্ট খুলে এই ব্যক্তিকে সাইন ইন করানো হতো।
provider-tested-sign-in-first = এই ঠিকানার অ্যাকাউন্টে আগে সাইন ইন করতে বলা হতো।
provider-tested-shut = ফিরিয়ে দেওয়া হতো: অ্যাকাউন্টটি বন্ধ।
provider-tested-sign-up-closed = ফিরিয়ে দেওয়া হতো: নতুন কেউ এই সেবা দিয়ে আসতে পারেন না।
provider-tested-keeps-tokens = সেবাটির টোকেন এনক্রিপ্ট করে রাখা হতো।
provider-tested-nobody = এটি ছিল একটি পরীক্ষা। এতে কেউ সাইন ইন করেনি, কিছু সংরক্ষণও করা হয়নি।
provider-tested-back = ফিরে যান
provider-answer-title = { $provider } থেকে ফেরা
provider-answer-what = { $provider } এমনভাবে উত্তর দেয় যা কেবল স্ক্রিপ্ট পড়তে পারে। কিছু না ঘটলে এই পাতায় স্ক্রিপ্ট চালু করুন অথবা অন্য উপায় বেছে নিন।

## Account

account-title = আপনার অ্যাকাউন্ট
account-hello = স্বাগতম, { $name }।
account-addresses = ইমেইল ঠিকানা
account-verified = নিশ্চিত
account-not-verified = নিশ্চিত নয়
account-no-address = এখনো কোনো ঠিকানা নেই।
account-verify = নিশ্চিত করার ইমেইল পাঠান
account-add-address = ঠিকানা যোগ করুন
account-remove-address = সরান
account-providers = সাইন ইন করার উপায়
account-connect = আরও যুক্ত করুন:
account-disconnect = সংযোগ বিচ্ছিন্ন করুন
account-just-connected = { $provider } এখন যুক্ত।
connections-title = যুক্ত করা সেবাগুলো
connections-connected = আপনার অ্যাকাউন্টের সঙ্গে যুক্ত
connections-none = এখনো কিছু নেই।
connections-connectable = আপনি যুক্ত করতে পারেন
connections-last-way-in = ঢোকার এটিই আপনার একমাত্র উপায়। বিচ্ছিন্ন করার আগে একটি পাসওয়ার্ড দিন বা অন্য একটি সেবা যুক্ত করুন।
account-last-used = শেষ ব্যবহার
account-applications = যেসব অ্যাপের প্রবেশাধিকার আছে
account-last-allowed = শেষবার অনুমতি
account-take-back = প্রবেশাধিকার ফিরিয়ে নিন
account-sessions = যেখানে সাইন ইন করা আছে
account-this-browser = এই ব্রাউজার
account-unknown-browser = অজানা ব্রাউজার
account-began = শুরু
account-end-others = বাকি সব জায়গা থেকে সাইন আউট করুন
account-end-one = সেখান থেকে সাইন আউট করুন

change-password-title = পাসওয়ার্ড বদলান
change-password-ends-sessions = এখানে আপনি সাইন ইন থাকবেন। অন্য সব জায়গা থেকে সাইন আউট হয়ে যাবেন, আর অ্যাপগুলো আবার অনুমতি চাইবে।
change-password-current = বর্তমান পাসওয়ার্ড
change-password-new = নতুন পাসওয়ার্ড
change-password-submit = পাসওয়ার্ড বদলান

## Refusals and faults

refused-title = এই সাইন ইন আর এগোতে পারছে না
refused-what = যে অ্যাপ আপনাকে এখানে পাঠিয়েছে, তার অনুরোধে ভুল আছে।
refused-what-application = { $application } অ্যাপের অনুরোধে ভুল আছে।
refused-do = ভুলটি আপনার নয়। অ্যাপে ফিরে গিয়ে আবার চেষ্টা করুন; তাতেও না হলে নিচের তথ্যগুলো অ্যাপটির নির্মাতাদের জানান।
refused-code = ত্রুটি
refused-hint = এর মানে
refused-request-id = অনুরোধ
refused-developer = ডেভেলপারদের জন্য
refused-rule = নিয়ম
refused-received = যা এসেছে
refused-expected = যা আসার কথা
refused-clause = সূত্র
refused-comparison = কোথায় অমিল (+ এসেছে, - নিবন্ধিত)

refused-invalid-request = অনুরোধে কিছু একটা নেই, দুবার আছে, অথবা যেমন হওয়ার কথা তেমন নয়।
refused-invalid-client = এই অ্যাপকে আমরা চিনি না, অথবা অ্যাপটি নিজের পরিচয় প্রমাণ করতে পারেনি।
refused-invalid-grant = অ্যাপটি যা জমা দিয়েছে তার মেয়াদ শেষ, অথবা তা আগেই ব্যবহার করা হয়েছে।
refused-unauthorized-client = এই অ্যাপ এভাবে কাউকে সাইন ইন করাতে পারে না।
refused-unsupported-grant-type = অ্যাপটি এমনভাবে চাইছে, যার ব্যবস্থা এখানে নেই।
refused-unsupported-response-type = অ্যাপটি এমন ধরনের উত্তর চাইছে, যা আমরা দিই না।
refused-invalid-scope = অ্যাপটি এমন অনুমতি চাইছে, যা সে পেতে পারে না।
refused-invalid-target = অ্যাপটি এমন কিছুর প্রবেশাধিকার চাইছে, যা আমরা চিনি না।
refused-access-denied = প্রবেশাধিকার দেওয়া হয়নি।
refused-server-error = ত্রুটিটি আমাদের।
refused-temporarily-unavailable = এই মুহূর্তে আমরা উত্তর দিতে পারছি না। একটু পরে আবার চেষ্টা করুন।
refused-invalid-token = অ্যাপটির প্রবেশাধিকারের মেয়াদ শেষ, অথবা তা এই কাজের জন্য নয়।
refused-insufficient-scope = এই কাজের অনুমতি অ্যাপটির নেই।
refused-unsupported-token-type = অ্যাপটি এটি এখানে ফেরত দিতে পারে না।
refused-login-required = আগে আপনাকে সাইন ইন করতে হবে।
refused-consent-required = আগে আপনাকে অনুমতি দিতে হবে।
refused-interaction-required = আগে আপনাকে কিছু একটা জানাতে হবে।
refused-unmet-authentication-requirements = অ্যাপটি এমন নিরাপদ সাইন ইন চাইছে যা এখানে নেই।
refused-authorization-pending = যন্ত্রটির প্রশ্নের উত্তর এখনো কেউ দেননি।
refused-slow-down = যন্ত্রটি খুব ঘন ঘন জিজ্ঞেস করছে।
refused-expired-token = যন্ত্রটির কোডের মেয়াদ শেষ হয়ে গেছে।
refused-invalid-dpop-proof = অ্যাপটি প্রমাণ করতে পারেনি যে চাবিটি তার।
refused-use-dpop-nonce = অ্যাপটিকে আবার প্রমাণ করতে হবে যে চাবিটি তার।
refused-insufficient-user-authentication = আগে আপনাকে আরও নিরাপদ উপায়ে সাইন ইন করতে হবে।
refused-invalid-redirect-uri = অ্যাপটি এমন ঠিকানায় উত্তর চায়, যা আমরা নিই না।
refused-invalid-client-metadata = অ্যাপটি নিজের বর্ণনা এমনভাবে দিয়েছে, যা আমরা নিই না।
refused-unapproved-software-statement = আমাদের বিশ্বস্ত কেউ এই অ্যাপের দায়িত্ব নেয়নি।
refused-request-not-supported = অ্যাপটি এমন রূপে অনুরোধ পাঠাচ্ছে, যা আমরা পড়ি না।
refused-invalid-request-uri = এই সাইন ইন অনেক আগে শুরু হয়েছিল, অথবা আগেই শেষ হয়ে গেছে।
refused-request-uri-not-supported = অ্যাপটি নিজের অনুরোধ এমনভাবে দেখিয়ে দিচ্ছে, যা আমরা অনুসরণ করি না।
refused-registration-not-supported = অ্যাপটি এমনভাবে নিবন্ধিত হতে চাইছে, যার ব্যবস্থা এখানে নেই।

too-many-requests-title = খুব বেশি অনুরোধ
too-many-requests-wait = { $minutes ->
    [one] এক মিনিট অপেক্ষা করে আবার চেষ্টা করুন।
   *[other] { $minutes } মিনিট অপেক্ষা করে আবার চেষ্টা করুন।
}
too-many-requests-why = আপনার নেটওয়ার্ক থেকে অল্প সময়ে অনেক অনুরোধ এসেছে। যারা পাসওয়ার্ড অনুমান করে, এতে তাদের গতি কমে।

page-expired-title = এই পাতাটি আর ব্যবহার করা যাবে না
page-expired-too-late = পাতাটি অনেকক্ষণ খোলা ছিল।
page-expired-finished = এই ধাপটি আগেই শেষ হয়েছে। হয়তো ব্রাউজারের ‘পেছনে’ বোতাম চেপে এখানে এসেছেন।
page-expired-no-cookie = এই পাতার কুকিটি আপনার ব্রাউজার পাঠায়নি। এই সাইটের জন্য কুকির অনুমতি দিয়ে আবার শুরু করুন।
page-expired-other-site = ফর্মটি এই সাইট থেকে আসেনি, তাই আমরা সেটি ব্যবহার করিনি।
page-expired-again = আবার শুরু করুন
page-expired-go-back = { $application } অ্যাপে ফিরে গিয়ে সেখান থেকে আবার সাইন ইন করুন।
page-expired-start = যেখান থেকে এসেছিলেন সেখানে ফিরে গিয়ে আবার সাইন ইন করুন।

fault-title = এখানে কিছু একটা গোলমাল হয়েছে
fault-temporary = এই মুহূর্তে আমরা উত্তর দিতে পারছি না।
fault-internal = ত্রুটিটি আমাদের, আপনার নয়।
fault-do-temporary = কয়েক সেকেন্ড পরে আবার চেষ্টা করুন।
fault-do-internal = আবার চেষ্টা করুন। তাতেও না হলে, যাঁরা সাইটটি চালান তাঁদের জানান।

not-found-title = এমন কোনো পাতা নেই
not-found-what = ঠিকানাটি লিখতে ভুল হয়ে থাকতে পারে, অথবা পাতাটি সরানো হয়েছে।

## Mails

mail-verify-subject = { $site }-এর জন্য আপনার ইমেইল ঠিকানা নিশ্চিত করুন
mail-verify-code = যে পাতায় কোড চাওয়া হয়েছে, সেখানে এই কোডটি লিখুন:
mail-verify-link = অথবা যেকোনো ডিভাইসে এই লিংকটি খুলুন:
mail-verify-button = ঠিকানা নিশ্চিত করুন
mail-verify-lifetime = { $minutes ->
    [one] দুটিই এক মিনিট, আর একবারই কাজ করবে।
   *[other] দুটিই { $minutes } মিনিট, আর একবারই কাজ করবে।
}
mail-verify-not-you = আপনি এটি না চেয়ে থাকলে কিছু করার দরকার নেই। কোডটি কাউকে জানাবেন না।

mail-reset-subject = { $site }-এর জন্য নতুন পাসওয়ার্ড বেছে নিন
mail-reset-what = কেউ একজন, হয়তো আপনিই, এই ঠিকানার অ্যাকাউন্টের পাসওয়ার্ড ভুলে গেছেন। নতুন পাসওয়ার্ড বেছে নিতে এই লিংকটি খুলুন:
mail-reset-button = নতুন পাসওয়ার্ড বেছে নিন
mail-reset-lifetime = { $minutes ->
    [one] এটি এক মিনিট, আর একবারই কাজ করবে।
   *[other] এটি { $minutes } মিনিট, আর একবারই কাজ করবে।
}
mail-reset-not-you = আপনি এটি না চেয়ে থাকলে কিছু করার দরকার নেই: আপনার পাসওয়ার্ড যেমন ছিল তেমনই থাকবে। লিংকটি কাউকে দেবেন না।

mail-already-subject = { $site }-এ আপনার অ্যাকাউন্ট আগেই আছে
mail-already-what = কেউ একজন, হয়তো আপনিই, এই ঠিকানা দিয়ে অ্যাকাউন্ট খুলতে চেয়েছেন। আপনার অ্যাকাউন্ট আগেই আছে, তাই কিছুই বদলানো হয়নি। আপনি সাইন ইন করতে পারেন:
mail-already-button = সাইন ইন করুন
mail-already-not-you = আপনি না হলে কিছু করার দরকার নেই। আপনার অ্যাকাউন্টে কেউ ঢোকেনি।

mail-notice-new-sign-in = আপনার { $site } অ্যাকাউন্টে নতুন সাইন ইন
mail-notice-password-changed = আপনার { $site } পাসওয়ার্ড বদলানো হয়েছে
mail-notice-provider-connected = আপনার { $site } অ্যাকাউন্টে { $provider } যুক্ত হয়েছে
mail-notice-provider-disconnected = আপনার { $site } অ্যাকাউন্ট থেকে { $provider } সরানো হয়েছে
mail-notice-taken-over = { $site }-এ { $provider } আপনার ঠিকানা নিশ্চিত করেছে
mail-notice-address-added = আপনার { $site } অ্যাকাউন্টে { $address } যোগ হয়েছে
mail-notice-address-removed = আপনার { $site } অ্যাকাউন্ট থেকে { $address } সরানো হয়েছে
mail-notice-taken-over-what = আপনার ঠিকানা দিয়ে একটি অ্যাকাউন্ট ছিল, কিন্তু ঠিকানাটি কেউ নিশ্চিত করেনি। { $provider } জানিয়েছে যে ঠিকানাটি আপনার, তাই অ্যাকাউন্টটি এখন আপনার। অন্য কেউ খুলে থাকতে পারে ভেবে আমরা তার পুরোনো পাসওয়ার্ড, সাইন ইন আর যুক্ত থাকা সবকিছু মুছে দিয়েছি।
mail-notice-when = সময়:
mail-notice-browser = ব্রাউজার:
mail-notice-not-you = আপনিই করে থাকলে কিছু করার দরকার নেই। না হলে সাইন ইন করুন, বাকি সব জায়গা থেকে সাইন আউট করুন, আর পাসওয়ার্ড বদলান।
mail-notice-button = আপনার অ্যাকাউন্ট দেখুন
