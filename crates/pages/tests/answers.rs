//! Whole answers: status, headers, body.
#![expect(clippy::unwrap_used, reason = "tests; clippy sees only functions marked as such")]

use chabi_pages::{
    FormFields, FormProblem, Frame, Language, Moment, Page, Pages, PagesSettings, Problem,
    mail::{Change, Notice, VerifyAddress},
    page::{Consent, FormPost, NotFound, PageExpired, ProviderStart, Refused, SignIn, SignOut, SignUp, TooManyRequests},
};
use chabi_spec::{ErrorCode, Refusal};
use http::{HeaderMap, HeaderValue, Response, Uri, header};

fn pages(secure: bool) -> Pages {
    Pages::new(PagesSettings { site_name: "Chabi".into(), prefix: "/accounts".into(), development: false, secure }).unwrap()
}

fn answer(page: &impl Page) -> Response<String> {
    pages(true).respond(page, &Frame::in_language(Language::English)).unwrap()
}

fn head(response: &Response<String>) -> String {
    let lines = response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    format!("{}\n{}", response.status(), lines.collect::<Vec<_>>().join("\n"))
}

fn refused(code: ErrorCode) -> Refused {
    Refused::new(&Refusal::new(code, "rule", "the hint", "RFC 6749 §5.2").explain("received", "expected"), "r1", false)
}

// req: az.frame
// req: wb.hdr
#[test]
fn a_page_has_the_security_headers() {
    insta::assert_snapshot!(head(&answer(&NotFound {})), @r"
    404 Not Found
    content-type: text/html; charset=utf-8
    content-security-policy: default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'
    x-frame-options: DENY
    x-content-type-options: nosniff
    referrer-policy: no-referrer
    cache-control: no-store
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()
    content-language: en
    vary: accept-language, cookie
    ");
}

// req: wb.csp
#[test]
fn form_action_is_left_out_exactly_where_the_answer_leaves_for_an_application_or_a_provider() {
    let policy = |response: Response<String>| response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    for leaving in [
        answer(&SignIn::default()),
        answer(&Consent::default()),
        answer(&SignOut::default()),
        answer(&SignUp::default()),
        answer(&ProviderStart::default()),
    ] {
        assert!(!policy(leaving).contains("form-action"));
    }
    for staying in [answer(&NotFound {}), answer(&PageExpired::default()), answer(&refused(ErrorCode::InvalidRequest))] {
        assert!(policy(staying).ends_with("form-action 'self'"));
    }
}

// req: az.fp
#[test]
fn an_answer_that_posts_itself_has_one_script_with_a_nonce_and_escapes_every_value() {
    let hostile = "\"><script>alert(1)</script>&'";
    let fields = vec![("code", "c".to_owned()), ("state", hostile.to_owned())];
    let target = "https://app.example/cb?a=1&b=\"2".to_owned();
    let answer = answer(&FormPost { target, fields, application: hostile.into(), nonce: "n-1_A".into() });
    assert_eq!(
        answer.headers()[header::CONTENT_SECURITY_POLICY],
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-n-1_A'"
    );
    assert_eq!((&answer.headers()[header::CACHE_CONTROL], answer.status().as_u16()), (&HeaderValue::from_static("no-store"), 200));
    let main = answer.body().split("<main").nth(1).unwrap();
    insta::assert_snapshot!(main, @r#"
     class="card">
    <h1 id="page-title" tabindex="-1">Going back to the application</h1>
    <form id="form-post" method="post" action="https://app.example/cb?a=1&amp;b=&quot;2">
    <input type="hidden" name="code" value="c">
    <input type="hidden" name="state" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;">
    <noscript>
    <p>One more step: your browser does not run scripts.</p>
    <button class="primary" type="submit" id="form-post-submit">Continue to &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;</button>
    </noscript>
    </form>
    </main>
    <script nonce="n-1_A">document.getElementById("form-post").submit();</script>
    </body>
    </html>
    "#);
}

#[test]
fn the_sign_in_page_reads_like_this() {
    let form = FormFields { csrf: "c".into(), transaction: Some("t1".into()), next: None };
    let page = SignIn { form, application: Some("Demo <Notes>".into()), sign_up: true, ..SignIn::default() };
    let html = answer(&page).into_body();
    let main = html.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
    insta::assert_snapshot!(main, @r#"
     class="card ">
    <h1 id="page-title" tabindex="-1">Sign in</h1>
    <p class="lead">to continue to <bdi>Demo &lt;Notes&gt;</bdi></p>

    <form method="post" action="/accounts/login/">
    <input type="hidden" name="csrf" value="c">
    <input type="hidden" name="transaction" value="t1">

    <div class="field">
    <label for="username">Email address</label>
    <input id="username" name="username" type="text" autocomplete="username" inputmode="email" autocapitalize="none" spellcheck="false" autofocus required>
    </div>

    <div class="field">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required>
    </div>

    <button class="primary" type="submit" id="login-submit">Sign in</button>
    </form>
    <p class="aside"><a href="/accounts/password/reset/?transaction=t1" id="forgot-password">Forgot your password?</a></p>

    <p class="aside">No account yet? <a href="/accounts/signup/?transaction=t1">Sign up</a></p>
    "#);
}

#[test]
fn developers_see_where_a_redirect_uri_differs_and_others_do_not() {
    let refusal = Refusal::new(ErrorCode::InvalidRequest, "redirect_uri_not_registered", "the hint", "RFC 6749 §3.1.2.3");
    let refusal = refusal.explain("https://app.example/cb/", "https://app.example/cb");
    let html = answer(&Refused::new(&refusal, "r1", true)).into_body().replace("&#x2f;", "/");
    assert!(
        html.contains("+ https://app.example/cb/\n- https://app.example/cb\n                        +\nthey differ by a slash"),
        "{html}"
    );
    let html = answer(&Refused::new(&refusal, "r1", false)).into_body();
    assert!(!html.contains("app.example") && html.contains("<code>r1</code>"), "{html}");
}

#[test]
fn statuses_tell_wrong_input_throttling_and_refusal_apart() {
    let wrong = |problem| SignIn { problems: vec![FormProblem::general(problem)], ..SignIn::default() };
    assert_eq!(answer(&SignIn::default()).status(), 200);
    assert_eq!(answer(&wrong(Problem::WrongCredentials)).status(), 422);
    let throttled = answer(&wrong(Problem::Throttled { minutes: 2 }));
    assert_eq!((throttled.status().as_u16(), &throttled.headers()[header::RETRY_AFTER]), (429, &HeaderValue::from_static("120")));
    assert_eq!(answer(&TooManyRequests { seconds: 7 }).headers()[header::RETRY_AFTER], "7");
    assert_eq!(answer(&refused(ErrorCode::InvalidClient)).status(), 400);
    assert_eq!(answer(&refused(ErrorCode::AccessDenied)).status(), 403);
}

#[test]
fn developers_details_are_shown_only_when_asked_for() {
    let refusal = Refusal::new(ErrorCode::InvalidRequest, "redirect_uri_not_registered", "hint", "RFC 6749 §3.1.2.4");
    let refusal = refusal.explain("https://evil.test/cb", "https://app.example/cb");
    let quiet = answer(&Refused::new(&refusal, "r1", false)).into_body();
    assert!(!quiet.contains("evil.test") && !quiet.contains("app.example/cb") && quiet.contains("invalid_request"));
    let open = answer(&Refused::new(&refusal, "r1", true)).into_body();
    assert!(open.contains("https://evil.test/cb") && open.contains("RFC 6749 §3.1.2.4"));
}

#[test]
fn a_password_is_never_sent_back() {
    let page = SignUp { email: "ada@example.test".into(), name: "Ada".into(), ..SignUp::default() };
    let html = answer(&page).into_body();
    assert!(html.contains("value=\"ada@example.test\"") && html.contains("value=\"Ada\""));
    let password = html.split("id=\"password\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
    assert!(!password.contains("value="), "{password}");
}

fn frame_of(pages: &Pages, address: &'static str, cookie: &'static str, accept: &'static str) -> Frame {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
    headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
    pages.frame(&Uri::from_static(address), &headers)
}

#[test]
fn the_picker_s_link_is_remembered_in_a_cookie_and_the_cookie_is_read() {
    let pages = pages(true);
    let frame = frame_of(&pages, "/accounts/login/?transaction=t&ui_locales=bn-BD", "", "en");
    let response = pages.respond(&NotFound {}, &frame).unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert_eq!(cookie, "__Host-chabi_language=bn; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax");
    let later = frame_of(&pages, "/accounts/login/", "a=b; __Host-chabi_language=bn", "en");
    assert_eq!((later.language, later.remember_language), (Language::Bengali, false));
}

// req: wb.crlf
#[test]
fn a_language_that_we_do_not_have_sets_no_cookie_and_is_echoed_nowhere() {
    let pages = pages(false);
    let frame = frame_of(&pages, "/accounts/login/?ui_locales=%0d%0aSet-Cookie:%20x", "chabi_language=%0d%0a", "xx");
    let response = pages.respond(&NotFound {}, &frame).unwrap();
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    assert_eq!(frame.language, Language::English);
    assert!(!response.body().contains("Set-Cookie"));
}

#[test]
fn the_picker_keeps_what_waits_also_on_the_answer_to_a_post() {
    let form = FormFields { csrf: "c".into(), transaction: Some("t1".into()), next: None };
    let frame = frame_of(&pages(true), "/accounts/login/", "", "en");
    let html = pages(true).render(&SignIn { form, ..SignIn::default() }, &frame).unwrap();
    assert!(html.contains("href=\"/accounts/login/?transaction=t1&amp;ui_locales=bn\""), "{html}");
}

#[test]
fn the_verification_mail_says_code_and_link_in_both_languages() {
    let mail = VerifyAddress { url: "http://localhost:8000/accounts/confirm-email/k/".into(), code: "42719583".into(), minutes: 10 };
    let english = pages(true).mail("ada@example.test", &mail, Language::English).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}", english.subject, english.text), @r"
    Confirm your email address for Chabi
    ---
    Confirm your email address for Chabi

    Type this code on the page that asks for it:

        42719583

    Or open this link, on any device:

    http://localhost:8000/accounts/confirm-email/k/

    Both work for 10 minutes, and once.
    If you did not ask for this, do nothing. Never tell anybody the code.

    Chabi
    ");
    let bengali = pages(true).mail("ada@example.test", &mail, Language::Bengali).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}", bengali.subject, bengali.text), @r"
    Chabi-এর জন্য আপনার ইমেইল ঠিকানা নিশ্চিত করুন
    ---
    Chabi-এর জন্য আপনার ইমেইল ঠিকানা নিশ্চিত করুন

    যে পাতায় কোড চাওয়া হয়েছে, সেখানে এই কোডটি লিখুন:

        42719583

    অথবা যেকোনো ডিভাইসে এই লিংকটি খুলুন:

    http://localhost:8000/accounts/confirm-email/k/

    দুটিই ১০ মিনিট, আর একবারই কাজ করবে।
    আপনি এটি না চেয়ে থাকলে কিছু করার দরকার নেই। কোডটি কাউকে জানাবেন না।

    Chabi
    ");
}

// req: wb.mail
#[test]
fn a_notice_holds_no_link_but_ours_and_no_line_of_a_stranger() {
    let notice = Notice {
        change: Change::NewSignIn,
        at: Moment(1_795_527_000),
        browser: "http://evil.test/\r\n\r\nClick www.evil.test <b>now</b>".into(),
        account_url: "http://localhost:8000/accounts/".into(),
    };
    let mail = pages(true).mail("ada@example.test", &notice, Language::English).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}", mail.subject, mail.text), @r"
    New sign-in to your Chabi account
    ---
    New sign-in to your Chabi account

    When: 24 November 2026, 13:30 UTC
    Browser: http evil test Click www evil test b now b

    If it was you, there is nothing to do. If not, sign in, sign out everywhere else, and change your password.
    http://localhost:8000/accounts/

    Chabi
    ");
    assert!(!mail.html.contains("evil.test") && !mail.html.contains("<b>"));
}

/// Beyond what a page may weigh by the design: 30 KB of HTML and CSS; compressed it is a third of this.
#[test]
fn the_sign_in_page_and_the_theme_are_light_even_before_compression() {
    let html = answer(&SignIn::default()).into_body();
    let theme = html.split("href=\"").find(|rest| rest.starts_with("/static/chabi/theme.")).unwrap();
    let file = theme.split('"').next().unwrap().rsplit('/').next().unwrap();
    let weight = html.len() + chabi_pages::StaticFile::find(file).unwrap().content.len();
    assert!(weight < 30_000, "{weight} bytes");
}
