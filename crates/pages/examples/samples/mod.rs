//! One or more samples of every page and mail, for the gallery and for the tests.

mod console;
mod providers;

use chabi_pages::{
    FormFields, FormProblem, Moment, Page, Problem, ProviderButton, ProviderButtons, ProviderMark,
    mail::{AlreadyRegistered, Change, MailTemplate, Notice, ResetPassword, VerifyAddress},
    page::*,
};
use chabi_spec::{ErrorCode, Refusal};

/// Takes each sample.
pub trait Visitor {
    /// A page.
    fn page<P: Page>(&mut self, name: &str, page: &P);
    /// A mail.
    fn mail<M: MailTemplate>(&mut self, name: &str, mail: &M);
}

/// What people and strangers chose stands in every place that such text can reach.
#[derive(Clone, Copy)]
pub struct Words {
    pub application: &'static str,
    pub person: &'static str,
    pub address: &'static str,
    pub host: &'static str,
}

pub const USUAL: Words =
    Words { application: "Demo Notes", person: "Ada Rahman", address: "ada.rahman@example.test", host: "app.example.com" };

pub fn visit(words: Words, visitor: &mut impl Visitor) {
    signing_in(words, visitor);
    signing_up(words, visitor);
    recovering(words, visitor);
    addresses(words, visitor);
    consent(words, visitor);
    device(words, visitor);
    providers::providers(words, visitor);
    account(words, visitor);
    trouble(words, visitor);
    console::console(words, visitor);
    mails(words, visitor);
}

fn form(words: Words) -> FormFields {
    FormFields { csrf: "csrf-token".into(), transaction: Some(words.host.into()), next: Some(words.host.into()) }
}

/// Links are cleaned where they are made: no hostile text reaches them.
fn about() -> About {
    About::new(AboutLinks {
        logo_uri: "https://app.example.com/logo.png",
        client_uri: "https://app.example.com/",
        policy_uri: "https://app.example.com/privacy",
        tos_uri: "https://app.example.com/terms",
    })
}

fn google() -> ProviderButton {
    ProviderButton::new("google", "Google").marked(ProviderMark::new("google", "#4285f4", "G"))
}

fn buttons(words: Words) -> ProviderButtons {
    let others = [
        ("apple-2", "Apple", "#000000", "A"),
        ("microsoft", "Microsoft", "#5e5e5e", "M"),
        ("github", "GitHub", "#24292f", "GH"),
        ("facebook", "Facebook", "#1877f2", "f"),
        ("x", "X", "#000000", "X"),
        ("kakao", "Kakao", "#fee500", "K"),
    ];
    let others = others.map(|(id, name, colour, letters)| ProviderButton::new(id, name).marked(ProviderMark::new(id, colour, letters)));
    ProviderButtons {
        form: form(words),
        buttons: [google()].into_iter().chain(others).chain([ProviderButton::new("own", "Workplace")]).collect(),
    }
}

fn signing_in(words: Words, visitor: &mut impl Visitor) {
    let page = SignIn {
        form: form(words),
        application: Some(words.application.into()),
        about: about(),
        username: words.address.into(),
        problems: Vec::new(),
        providers: buttons(words),
        again: false,
        sign_up: true,
        providers_alone: false,
        connects: None,
    };
    visitor.page("sign_in", &SignIn { username: String::new(), ..page.clone() });
    let wrong = vec![FormProblem::at("username", Problem::WrongCredentials), FormProblem::at("password", Problem::PasswordMissing)];
    visitor.page("sign_in_wrong", &SignIn { problems: wrong, ..page.clone() });
    let throttled = vec![FormProblem::general(Problem::Throttled { minutes: 12 })];
    visitor.page("sign_in_throttled", &SignIn { problems: throttled, ..page.clone() });
    visitor.page("sign_in_providers_alone", &SignIn { providers_alone: true, sign_up: false, username: String::new(), ..page.clone() });
    visitor.page("sign_in_again", &SignIn { again: true, ..page.clone() });
    visitor.page("sign_in_connects", &SignIn { connects: Some(words.application.into()), application: None, ..page });
    let choose = ChooseAccount {
        form: form(words),
        application: Some(words.application.into()),
        account_name: words.person.into(),
        account_address: words.address.into(),
        another_url: "/accounts/login/?again=1".into(),
    };
    visitor.page("choose_account", &choose);
    visitor.page("choose_account_bare", &ChooseAccount { application: None, account_address: String::new(), ..choose });
    let ask = SignOut { form: form(words), application: Some(words.application.into()), account: words.person.into() };
    visitor.page("sign_out", &SignOut { application: None, ..ask.clone() });
    visitor.page("sign_out_application", &ask);
    visitor.page("signed_out", &SignedOut::default());
    let back_to = Some((words.application.to_string(), format!("https://{}/", words.host)));
    visitor.page("signed_out_back", &SignedOut { back_to: back_to.clone(), ..SignedOut::default() });
    let frames = vec![format!("https://{}/out?iss=https%3A%2F%2Fid.example&sid=s", words.host)];
    visitor.page("signed_out_telling", &SignedOut { back_to, goes_on: true, frames });
}

fn signing_up(words: Words, visitor: &mut impl Visitor) {
    let page = SignUp { form: form(words), least_characters: 15, providers: buttons(words), ..SignUp::default() };
    visitor.page("sign_up", &SignUp { application: Some(words.application.into()), ..page.clone() });
    let problems = vec![
        FormProblem::at("email", Problem::EmailInvalid),
        FormProblem::at("password", Problem::PasswordTooShort { least: 15 }),
        FormProblem::at("password", Problem::PasswordPersonal),
    ];
    visitor.page("sign_up_wrong", &SignUp { email: words.address.into(), name: words.person.into(), problems, ..page });
}

fn recovering(words: Words, visitor: &mut impl Visitor) {
    let ask = ForgotPassword { form: form(words), ..ForgotPassword::default() };
    visitor.page("forgot_password", &ask);
    let wrong = vec![FormProblem::at("email", Problem::EmailInvalid)];
    visitor.page("forgot_password_wrong", &ForgotPassword { email: words.address.into(), problems: wrong, ..ask });
    visitor.page("password_mail_sent", &PasswordMailSent { form: form(words), minutes: 30 });
    let set = SetNewPassword {
        form: form(words),
        username: words.address.into(),
        action: "/accounts/password/reset/key/k/".into(),
        least_characters: 15,
        problems: Vec::new(),
    };
    visitor.page("set_new_password", &set);
    let weak = vec![FormProblem::at("new_password", Problem::PasswordGuessable)];
    visitor.page("set_new_password_wrong", &SetNewPassword { problems: weak, ..set });
    visitor.page("new_password_set", &NewPasswordSet { form: form(words) });
}

fn addresses(words: Words, visitor: &mut impl Visitor) {
    let code = EnterEmailCode { form: form(words), address: words.address.into(), minutes: 10, ..EnterEmailCode::default() };
    visitor.page("enter_code", &code);
    let wrong = vec![FormProblem::at("code", Problem::CodeWrong { tries_left: 3 })];
    visitor.page("enter_code_wrong", &EnterEmailCode { problems: wrong, resent: true, skip_url: Some(words.host.into()), ..code });
    let confirm = ConfirmEmail {
        form: form(words),
        address: words.address.into(),
        action: "/accounts/confirm-email/k/".into(),
        ..ConfirmEmail::default()
    };
    visitor.page("confirm_email", &confirm);
    let wrong = vec![FormProblem::at("password", Problem::WrongCredentials)];
    visitor.page("confirm_email_elsewhere", &ConfirmEmail { password_needed: true, problems: wrong, ..confirm });
    let confirmed = EmailConfirmed { address: words.address.into(), continue_url: None, application: None };
    visitor.page("email_confirmed", &confirmed);
    let onward = Some("/oauth2/authorize/resume/t".to_owned());
    visitor.page("email_confirmed_on", &EmailConfirmed { continue_url: onward.clone(), ..confirmed.clone() });
    visitor
        .page("email_confirmed_on_to", &EmailConfirmed { continue_url: onward, application: Some(words.application.into()), ..confirmed });
    visitor.page("email_link_unusable", &EmailLinkUnusable { again_url: None });
    visitor.page("email_link_unusable_again", &EmailLinkUnusable { again_url: Some("/accounts/confirm-email/".into()) });
    let add = AddEmail { form: form(words), provider: Some("Facebook".into()), may_skip: true, ..AddEmail::default() };
    visitor.page("add_email", &add);
    let taken = vec![FormProblem::at("email", Problem::EmailTaken)];
    visitor.page("add_email_wrong", &AddEmail { email: words.address.into(), problems: taken, provider: None, may_skip: false, ..add });
}

fn consent(words: Words, visitor: &mut impl Visitor) {
    let scope = |word: &str| ConsentScope { word: word.to_owned(), words: None, choice: word != "openid" };
    let scopes = |words: &[&str]| words.iter().map(|word| scope(word)).collect::<Vec<_>>();
    let told = ConsentScope { words: Some(words.person.into()), ..scope("notes:share") };
    let page = Consent {
        form: form(words),
        application: words.application.into(),
        about: About::default(),
        client_host: None,
        self_registered: false,
        redirect_host: words.host.into(),
        redirect_is_local: false,
        apis: vec![
            ConsentApi { name: None, scopes: scopes(&["openid", "profile", "email"]) },
            ConsentApi { name: Some("Notes".into()), scopes: [scopes(&["notes:read", "notes:write", words.host]), vec![told]].concat() },
        ],
        claims: vec![],
        chooses: true,
        lifetime: ConsentLifetime::UntilSignOut,
        account_name: words.person.into(),
        account_address: words.address.into(),
        switch_url: "/accounts/login/?transaction=t".into(),
        may_remember: true,
    };
    visitor.page("consent", &page);
    let lifetime = ConsentLifetime::UntilTakenBack;
    let known = ["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website"];
    let more = ["gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "phone_number"];
    let last = ["phone_number_verified", "address", words.host];
    let claims = [&known[..], &more, &last].concat().into_iter().map(str::to_owned).collect();
    let ours = ConsentApi { name: None, scopes: scopes(&["openid", "phone", "address", "offline_access"]) };
    let published = Some(words.host.to_owned());
    visitor.page("consent_published", &Consent { about: about(), client_host: published, claims, apis: vec![ours], ..page.clone() });
    visitor.page("consent_self_registered", &Consent { about: about(), self_registered: true, chooses: false, ..page.clone() });
    visitor.page("consent_local", &Consent { redirect_is_local: true, may_remember: false, lifetime, ..page });
}

fn device(words: Words, visitor: &mut impl Visitor) {
    let page = EnterDeviceCode { form: form(words), action: "/device".into(), ..EnterDeviceCode::default() };
    let wrong = vec![FormProblem::at("code", Problem::DeviceCodeUnknown)];
    let missing = vec![FormProblem::at("code", Problem::DeviceCodeMissing)];
    let throttled = vec![FormProblem::general(Problem::Throttled { minutes: 12 })];
    visitor.page("device_code_wrong", &EnterDeviceCode { code: words.host.into(), problems: wrong, ..page.clone() });
    visitor.page("device_code_missing", &EnterDeviceCode { problems: missing, ..page.clone() });
    visitor.page("device_code_throttled", &EnterDeviceCode { problems: throttled, ..page.clone() });
    visitor.page("device_code", &EnterDeviceCode { code: "WDJB-MJHT".into(), ..page });
    let scope = |word: &str| ConsentScope { word: word.to_owned(), words: None, choice: word != "openid" };
    let confirm = ConfirmDevice {
        form: form(words),
        action: "/device/confirm".into(),
        application: words.application.into(),
        about: about(),
        code: "WDJB-MJHT".into(),
        apis: vec![
            ConsentApi { name: None, scopes: vec![scope("openid"), scope("profile"), scope("offline_access")] },
            ConsentApi { name: Some("Notes".into()), scopes: vec![scope("notes:read"), scope(words.host)] },
        ],
        lifetime: ConsentLifetime::UntilTakenBack,
        account_name: words.person.into(),
        account_address: words.address.into(),
        switch_url: "/accounts/login/?next=%2Fdevice&again=1".into(),
    };
    visitor.page("confirm_device", &confirm);
    let lifetime = ConsentLifetime::UntilSignOut;
    visitor.page("confirm_device_bare", &ConfirmDevice { about: About::default(), lifetime, account_address: String::new(), ..confirm });
    visitor.page("device_allowed", &DeviceDone { allowed: true });
    visitor.page("device_denied", &DeviceDone { allowed: false });
}

fn account_home(words: Words) -> AccountHome {
    AccountHome {
        form: form(words),
        name: words.person.into(),
        addresses: vec![
            AccountAddress { address: words.address.into(), verified: true, remove: None },
            AccountAddress {
                address: "a.very.long.address.that.must.wrap@mail.example.test".into(),
                verified: false,
                remove: Some(words.address.into()),
            },
        ],
        may_add_address: true,
        may_change_password: true,
        connected: vec![ConnectedProvider {
            id: "google".into(),
            name: "Google".into(),
            mark: google().mark,
            address: words.address.into(),
            used: Moment(1_795_527_000),
            may_disconnect: true,
        }],
        applications: vec![AllowedApplication {
            client_id: words.host.into(),
            name: words.application.into(),
            allowed: Moment(1_795_520_000),
            open: Some(format!("https://{}/sign-in?iss=https%3A%2F%2Fid.example", words.host)),
        }],
        connectable: ProviderButtons { form: form(words), buttons: vec![ProviderButton::new("facebook", "Facebook")] },
        sessions: vec![
            AccountSession {
                current: true,
                end: None,
                browser: "Firefox on Linux".into(),
                began: Moment(1_795_520_000),
                seen: Moment(1_795_527_000),
            },
            AccountSession {
                current: false,
                end: Some("s".into()),
                browser: String::new(),
                began: Moment(1_795_000_000),
                seen: Moment(1_795_100_000),
            },
        ],
        may_end_others: true,
        just_connected: Some("Google".into()),
    }
}

fn account(words: Words, visitor: &mut impl Visitor) {
    let page = account_home(words);
    visitor.page("account", &page);
    let last =
        ConnectedProvider { id: "workplace".into(), name: words.application.into(), may_disconnect: false, ..ConnectedProvider::default() };
    let connections = Connections {
        form: form(words),
        connected: page.connected.iter().cloned().chain([last]).collect(),
        connectable: page.connectable.clone(),
        account_url: "/accounts/".into(),
    };
    visitor.page("connections", &connections);
    let bare = Connections { form: form(words), account_url: "/accounts/".into(), ..Connections::default() };
    visitor.page("connections_bare", &bare);
    let change = ChangePassword {
        form: form(words),
        username: words.address.into(),
        has_password: true,
        least_characters: 15,
        problems: vec![FormProblem::at("new_password", Problem::PasswordPersonal)],
    };
    visitor.page("change_password", &change);
    visitor.page("change_password_first", &ChangePassword { has_password: false, problems: vec![], ..change });
    visitor.page(
        "account_bare",
        &AccountHome { form: form(words), name: words.person.into(), sessions: page.sessions, ..AccountHome::default() },
    );
}

fn trouble(words: Words, visitor: &mut impl Visitor) {
    let refusal = Refusal::new(
        ErrorCode::InvalidRequest,
        "redirect_uri_not_registered",
        "the redirect URI is not registered for this application",
        "RFC 6749 §3.1.2.4",
    )
    .explain(format!("https://{}/callback?x=1", words.host), "https://app.example.com/callback");
    visitor.page("refused", &Refused::new(&refusal, "0193a2b4c5", false));
    let mut known = Refused { application: Some(words.application.into()), ..Refused::new(&refusal, "0193a2b4c5", true) };
    // there for every text, also one that is no URI: what must be escaped is seen to be
    if let Some(details) = &mut known.developer {
        details.comparison.get_or_insert_with(|| words.host.to_owned());
    }
    visitor.page("refused_developer", &known);
    for code in ErrorCode::all() {
        visitor.page(&format!("refused_{code}"), &Refused { code, ..Refused::new(&refusal, "", false) });
    }
    visitor.page("too_many_requests", &TooManyRequests { seconds: 61 });
    for reason in [Expiry::TooLate, Expiry::Finished, Expiry::NoCookie, Expiry::OtherSite] {
        let name = format!("page_expired_{reason:?}").to_lowercase();
        visitor.page(&name, &PageExpired { reason, again_url: None, application: None });
    }
    let expired = PageExpired { reason: Expiry::TooLate, again_url: None, application: Some(words.application.into()) };
    visitor.page("page_expired_back", &expired);
    visitor.page("page_expired_again", &PageExpired { again_url: Some("/accounts/login/".into()), ..expired });
    visitor.page("fault", &FaultPage { temporary: false, request_id: "0193a2b4c5".into() });
    visitor.page("fault_temporary", &FaultPage { temporary: true, request_id: String::new() });
    visitor.page("not_found", &NotFound {});
}

fn mails(words: Words, visitor: &mut impl Visitor) {
    let url = "http://localhost:8000/accounts/".to_owned();
    visitor.mail("verify_address", &VerifyAddress { url: url.clone(), code: "42719583".into(), minutes: 10 });
    visitor.mail("reset_password", &ResetPassword { url: url.clone(), minutes: 30 });
    visitor.mail("already_registered", &AlreadyRegistered { sign_in_url: url.clone() });
    let provider = || "Google".to_owned();
    for (name, change) in [
        ("new_sign_in", Change::NewSignIn),
        ("password_changed", Change::PasswordChanged),
        ("provider_connected", Change::ProviderConnected { provider: provider() }),
        ("provider_disconnected", Change::ProviderDisconnected { provider: provider() }),
        ("taken_over", Change::TakenOver { provider: provider() }),
        ("address_removed", Change::AddressRemoved { address: words.address.into() }),
        ("address_added", Change::AddressAdded { address: words.address.into() }),
    ] {
        let notice = Notice { change, at: Moment(1_795_527_000), browser: words.person.into(), account_url: url.clone() };
        visitor.mail(name, &notice);
    }
}
