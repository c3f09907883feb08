//! The console over HTTP: who gets in, what each role sees and may press, and what forms do.

use chabi::{
    Seconds,
    admin::{
        Actor, Role,
        installation::setup,
        operation::roles::{GrantRole, GrantRoleInput, NewRole, TakeRole, TakeRoleInput},
    },
    operations::accounts::{self, NewPerson},
};
use chabi_testkit::{Browser, Page};

use crate::server::{ADA, AUDIENCE, ISSUER, PASSWORD, TestServer};

/// A browser in which somebody with this role is signed in.
pub(crate) async fn browser_of(server: &TestServer, role: Option<Role>) -> Browser {
    let email = role.map_or_else(|| "nobody@example.test".to_owned(), |role| format!("{role}@example.test"));
    let name = role.map_or("nobody", Role::as_str).to_owned();
    let person = NewPerson { email: email.clone(), name, locale: "en".into(), password: PASSWORD.into(), address_verified: true };
    accounts::add(server.chabi.resource_owner(), person).await.unwrap();
    if let Some(role) = role {
        let body = NewRole { holder: email.clone(), role, site: None };
        server.chabi.admin().run::<GrantRole>(&Actor::operator(), GrantRoleInput { body }).await.unwrap();
    }
    let mut browser = server.browser();
    let page = browser.visit("/accounts/login/").await;
    let page = browser.submit(&page, &[("username", &email), ("password", PASSWORD)]).await;
    assert!(page.status.is_redirection(), "{}", page.body);
    browser
}

/// Fills in the form that holds `needle`.
async fn send(browser: &mut Browser, page: &Page, needle: &str, fields: &[(&str, &str)]) -> Page {
    let form = page.form_with(needle).unwrap_or_else(|| panic!("no form with {needle} on {}: {}", page.url, page.body));
    browser.submit(&form, fields).await
}

async fn subject_of_ada(server: &TestServer) -> String {
    accounts::find(server.chabi.store(), ADA).await.unwrap().subject
}

/// Pages that are there without anything having been made.
const PAGES: [&str; 54] = [
    "/admin/",
    "/admin/?days=1",
    "/admin/?days=90",
    "/admin/social/",
    "/admin/social/new/",
    "/admin/social/new/?search=git",
    "/admin/social/new/?search=no-such-provider",
    "/admin/social/new/google/",
    "/admin/social/new/apple/",
    "/admin/social/new/openid/",
    "/admin/social/new/oauth2/?id=ours",
    "/admin/applications/",
    "/admin/applications/?search=The",
    "/admin/applications/new/",
    "/admin/applications/new/web-server/",
    "/admin/applications/new/single-page/",
    "/admin/applications/new/mobile-or-desktop/",
    "/admin/applications/new/device/",
    "/admin/applications/new/machine/",
    "/admin/applications/new/mcp-client/",
    "/admin/applications/new/proxy-guard/",
    "/admin/applications/show/?id=app",
    "/admin/applications/show/?id=confidential",
    "/admin/applications/show/?id=machine",
    "/admin/applications/check/?redirect_uri=https%3A%2F%2Fapp.example%2Fcallback",
    "/admin/applications/check/?redirect_uri=ftp%3A%2F%2Fapp.example",
    "/admin/applications/initial-access-tokens/",
    "/admin/applications/initial-access-tokens/x/remove/",
    "/admin/applications/edit/?id=app",
    "/admin/applications/secret/?id=confidential",
    "/admin/applications/secret/retire/?id=confidential",
    "/admin/applications/remove/?id=app",
    "/admin/applications/test/?id=confidential",
    "/admin/apis/",
    "/admin/apis/new/",
    "/admin/accounts/",
    "/admin/accounts/?search=ada&state=active",
    "/admin/accounts/?state=blocked",
    "/admin/accounts/new/",
    "/admin/sessions/",
    "/admin/sessions/?application=app",
    "/admin/grants/",
    "/admin/grants/?reused=on&account=nobody",
    "/admin/revoke/",
    "/admin/keys/",
    "/admin/keys/rotate/",
    "/admin/keys/replace/",
    "/admin/audit/",
    "/admin/audit/verify/",
    "/admin/audit/?kind=roles&since=2020-01-01&until=2040-01-01",
    "/admin/roles/",
    "/admin/settings/",
    "/admin/settings/sites/new/",
    "/admin/settings/sites/main/",
];

/// All of them, those of Ada and of the API too.
async fn pages(server: &TestServer) -> Vec<String> {
    let subject = subject_of_ada(server).await;
    let audience = "https%3A%2F%2Fapi.example";
    let mut pages: Vec<String> = PAGES.map(str::to_owned).to_vec();
    pages.extend(["edit", "remove"].map(|page| format!("/admin/apis/{page}/?audience={audience}")));
    let of_ada = ["", "edit/", "end-sessions/", "block/", "unblock/", "reset/", "delete/", "disconnect/?provider=google"];
    pages.extend(of_ada.map(|page| format!("/admin/accounts/{subject}/{page}")));
    pages.push("/admin/preview/?id=app&account=ada%40example.test".to_owned());
    pages
}

// req: wb.csp
#[tokio::test]
async fn an_owner_sees_every_page_in_both_languages_and_each_is_under_a_strict_policy() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    for path in pages(&server).await {
        for language in ["en", "bn"] {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = browser.get(&format!("{path}{joint}ui_locales={language}")).await;
            assert_eq!(page.status, 200, "{path} {language}: {}", page.body);
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
            assert!(!policy.contains("unsafe") && !page.body.contains(" style="), "{path}");
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
            assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{path}");
        }
    }
    for chart in ["sign-ins", "sign-ups"] {
        for dark in ["", "&dark=1"] {
            let picture = browser.get(&format!("/admin/charts/{chart}.svg?days=30{dark}")).await;
            assert_eq!((picture.status.as_u16(), picture.headers["content-type"].to_str().unwrap()), (200, "image/svg+xml"));
        }
    }
    assert_eq!(browser.get("/admin/charts/other.svg").await.status, 404);
    assert_eq!(browser.get("/admin/audit/export").await.headers["content-type"], "application/jsonl; charset=utf-8");
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back_and_who_has_no_role_gets_no_further() {
    let server = TestServer::start().await;
    let asked = server.browser().get("/admin/keys/?x=1").await;
    assert_eq!(asked.location().as_deref(), Some("/accounts/login/?next=%2Fadmin%2Fkeys%2F%3Fx%3D1"));
    let mut nobody = browser_of(&server, None).await;
    for path in pages(&server).await {
        let page = nobody.get(&path).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.body.contains("chabi admin setup-link") && !page.body.contains("<form"), "{path}");
    }
    for path in ["/admin/charts/sign-ins.svg", "/admin/audit/export"] {
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
    }
}

/// What a form is filled with.
type Fields = &'static [(&'static str, &'static str)];

/// What changes something, and which of auditor and support may do it.
const CHANGES: [(&str, Fields, bool); 15] = [
    ("/admin/social/new/google/", &[("id", "google"), ("client_id", "a"), ("client_secret", "b")], false),
    ("/admin/applications/new/machine/", &[("name", "Robot")], false),
    ("/admin/applications/edit/?id=app", &[("name", "Mine")], false),
    ("/admin/applications/secret/?id=confidential", &[], false),
    ("/admin/applications/remove/?id=app", &[], false),
    ("/admin/apis/new/", &[("name", "B"), ("audience", "https://b.example")], false),
    ("/admin/apis/remove/?audience=https%3A%2F%2Fapi.example", &[], false),
    ("/admin/accounts/new/", &[("email", "new@example.test")], false),
    ("/admin/accounts/{ada}/edit/", &[("name", "Mallory")], false),
    ("/admin/keys/rotate/", &[], false),
    ("/admin/keys/replace/", &[], false),
    ("/admin/roles/", &[("holder", "auditor@example.test"), ("role", "owner")], false),
    ("/admin/settings/sites/new/", &[("id", "b"), ("issuer", "https://b.example"), ("name", "B")], false),
    ("/admin/revoke/", &[("kind", "application"), ("id", "app")], false),
    ("/admin/accounts/{ada}/block/", &[], true),
];

#[tokio::test]
async fn support_and_auditor_see_no_button_that_they_may_not_press_and_are_refused_when_they_post_all_the_same() {
    let server = TestServer::start().await;
    let subject = subject_of_ada(&server).await;
    browser_of(&server, Some(Role::Owner)).await;
    for (role, helps) in [(Role::Auditor, false), (Role::Support, true)] {
        let mut browser = browser_of(&server, Some(role)).await;
        let detail = browser.visit(&format!("/admin/accounts/{subject}/")).await;
        assert_eq!(detail.status, 200, "{role}");
        assert_eq!(detail.body.contains("/block/"), helps, "{role}");
        assert!(!detail.body.contains("/delete/"), "{role}");
        for list in
            ["/admin/social/", "/admin/applications/", "/admin/apis/", "/admin/accounts/", "/admin/applications/show/?id=confidential"]
        {
            let page = browser.visit(list).await;
            assert_eq!(page.status, 200, "{role} {list}");
            assert!(!page.body.contains("method=\"post\"") && !page.body.contains("/new/"), "{role} {list}: {}", page.body);
        }
        // a form of ours, with a token of this very browser, so that it is the role that refuses
        let csrf = token_of(&server, &mut browser, role).await;
        for path in pages(&server).await {
            let page = browser.get(&path).await;
            let asks = page.body.contains("method=\"post\"");
            let may = helps && path.starts_with("/admin/sessions/") && !path.contains('?')
                || helps
                    && ["end-sessions", "block", "unblock", "reset", "disconnect"].iter().any(|word| path.contains(&format!("/{word}/")));
            assert!(matches!(page.status.as_u16(), 200 | 303 | 403), "{role} {path}: {}", page.status);
            assert_eq!(asks, may, "{role} {path} {}", page.status);
        }
        for (path, fields, by_support) in CHANGES {
            let path = path.replace("{ada}", &subject);
            let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
            let answer = browser.post(&path, &fields).await;
            let may = helps && by_support;
            assert_eq!(answer.status, if may { 303 } else { 403 }, "{role} {path}: {}", answer.body);
        }
    }
    assert!(server.chabi.store().list_social_applications().await.unwrap().is_empty());
    assert_eq!(server.chabi.store().list_applications().await.unwrap().len(), 3);
}

/// Whoever was an owner a moment ago still has a token of the console.
async fn token_of(server: &TestServer, browser: &mut Browser, role: Role) -> String {
    let admin = server.chabi.admin();
    let holder = format!("{role}@example.test");
    let body = NewRole { holder: holder.clone(), role: Role::Owner, site: None };
    let granted = admin.run::<GrantRole>(&Actor::operator(), GrantRoleInput { body }).await.unwrap();
    let page = browser.visit("/admin/keys/rotate/").await;
    let csrf = page.form_with("name=\"csrf\"").unwrap().hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let taken = TakeRoleInput { holder: granted.holder, role: Role::Owner, site: None };
    admin.run::<TakeRole>(&Actor::operator(), taken).await.unwrap();
    csrf
}

// req: wb.csrf
#[tokio::test]
async fn a_change_needs_our_own_form_and_a_sign_in_of_a_moment_ago() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let account = browser.visit("/accounts/").await;
    let of_people = account.form_with("name=\"csrf\"").unwrap().hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    for token in ["", "x", &of_people] {
        let answer = browser.post("/admin/keys/rotate/", &[("csrf", token)]).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
    }
    let page = browser.visit("/admin/keys/rotate/").await;
    server.clock.advance(Seconds::minutes(11));
    let stale = browser.submit(&page, &[]).await;
    assert_eq!(stale.location().as_deref(), Some("/accounts/login/?next=%2Fadmin%2Fkeys%2Frotate%2F&again=1"));
    let keys = server.chabi.store().list_signing_keys(server.chabi.env().now()).await.unwrap().len();
    let again = browser.follow(stale).await;
    let back = browser.submit(&again, &[("username", "owner@example.test"), ("password", PASSWORD)]).await;
    let page = browser.follow(back).await;
    let done = browser.submit(&page, &[]).await;
    assert_eq!(done.location().as_deref(), Some("/admin/keys/?done=rotated"));
    assert!(server.chabi.store().list_signing_keys(server.chabi.env().now()).await.unwrap().len() > keys);
}

#[tokio::test]
async fn a_social_application_is_on_the_sign_in_page_at_once_and_its_secret_on_no_page() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/social/new/google/").await;
    assert!(page.body.contains(&format!("{ISSUER}/accounts/google/login/callback/")));
    let wrong = send(&mut browser, &page, "social-save", &[("client_id", ""), ("client_secret", "GOCSPX-shown-nowhere")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("id=\"client_id-problem-1\"") && !wrong.body.contains("GOCSPX-shown-nowhere"));
    let fields = [("client_id", "our-id"), ("client_secret", "GOCSPX-shown-nowhere"), ("sign_up", "on"), ("linking", "trusted")];
    let done = send(&mut browser, &wrong, "social-save", &fields).await;
    assert_eq!(done.location().as_deref(), Some("/admin/social/?done=social-added"), "{}", done.body);
    assert!(server.browser().visit("/accounts/login/").await.body.contains("id=\"provider-google\""));
    let edit = browser.visit("/admin/social/google/").await;
    assert!(edit.body.contains("our-id") && !edit.body.contains("GOCSPX"));
    let kept = send(&mut browser, &edit, "social-save", &[("client_id", "our-other-id"), ("sign_up", "on")]).await;
    assert_eq!(kept.location().as_deref(), Some("/admin/social/?done=saved"), "{}", kept.body);
    let list = browser.visit("/admin/social/").await;
    send(&mut browser, &list, "/google/disable/", &[]).await;
    assert!(!server.browser().visit("/accounts/login/").await.body.contains("provider-google"));
    let list = browser.visit("/admin/social/").await;
    let asked = send(&mut browser, &list, "/google/remove/", &[]).await;
    assert!(asked.body.contains("id=\"confirm\""), "a button of a list asks first");
    let gone = send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert_eq!(gone.location().as_deref(), Some("/admin/social/?done=removed"));
}

#[tokio::test]
async fn the_wizard_asks_three_things_tells_the_secret_once_and_gives_lines_with_the_real_values() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/applications/new/web-server/").await;
    assert_eq!(page.body.split("<details").next().unwrap().matches("class=\"field\"").count(), 3);
    let refused = send(&mut browser, &page, "application-create", &[("name", "Board"), ("redirect_uris", "http://board.example/cb")]).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("value=\"Board\"") && refused.body.contains("http://board.example/cb"), "what was typed is kept");
    let fields = [("name", "Board"), ("redirect_uris", "https://board.example/cb"), ("default_audience", AUDIENCE)];
    let made = send(&mut browser, &refused, "application-create", &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = made.body.split("id=\"client-secret\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap().to_owned();
    for snippet in ["openid-client", "authjs", "authlib", "allauth", "spring", "oauth2-proxy", "axum"] {
        let lines = made.body.split(&format!("id=\"snippet-{snippet}\"")).nth(1).unwrap().split("</code>").next().unwrap();
        assert!(lines.contains(ISSUER), "{snippet}");
        assert_eq!(lines.contains(&secret), snippet != "axum", "{snippet}: {lines}");
        assert!(!lines.contains("{client_id}") && !lines.contains("{issuer}"), "{snippet}");
    }
    let shown = made.body.split("/admin/applications/show/?id=").nth(1).unwrap().split('"').next().unwrap();
    let page = browser.visit(&format!("/admin/applications/show/?id={shown}")).await;
    assert!(page.body.contains("Board") && !page.body.contains(&secret));
    let second = browser.visit(&format!("/admin/applications/secret/?id={shown}")).await;
    let second = browser.submit(&second, &[]).await;
    assert!(second.body.contains("id=\"client-secret\"") && !second.body.contains(&secret));
    let both = browser.visit(&format!("/admin/applications/show/?id={shown}")).await;
    assert!(both.body.contains("secret-retire"), "two are good now");
}

#[tokio::test]
async fn a_test_sign_in_runs_the_code_flow_and_shows_what_the_tokens_hold() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/applications/test/?id=confidential").await;
    let begun = send(&mut browser, &page, "test-begin", &[("client_secret", crate::server::SECRET)]).await;
    let registered = async || {
        let application = server.chabi.store().find_application("confidential").await.unwrap().unwrap();
        application.redirect_uris.iter().any(|uri| uri.ends_with("/admin/applications/test/callback"))
    };
    assert!(registered().await);
    let consent = browser.follow(begun).await;
    let back = browser.submit(&consent, &[("decision", "allow")]).await;
    let shown = browser.follow(back).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(!registered().await, "for as long as the test lasts");
    assert!(shown.body.contains("at+jwt") && shown.body.contains("notes:read"), "{}", shown.body);
    assert!(!shown.body.contains("chabi_rt_"), "a refresh token is good for longer than the page is looked at");
}

#[tokio::test]
async fn who_deletes_an_account_types_its_subject() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let subject = subject_of_ada(&server).await;
    let page = browser.visit(&format!("/admin/accounts/{subject}/delete/")).await;
    let differs = browser.submit(&page, &[("subject", "another")]).await;
    assert_eq!(differs.status, 422);
    assert!(accounts::find(server.chabi.store(), ADA).await.is_ok());
    let gone = browser.submit(&differs, &[("subject", &subject)]).await;
    assert_eq!(gone.location().as_deref(), Some("/admin/accounts/?done=deleted"), "{}", gone.body);
    assert!(accounts::find(server.chabi.store(), ADA).await.is_err());
}

#[tokio::test]
async fn a_single_site_never_meets_the_word_but_in_the_settings() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    for path in pages(&server).await.iter().filter(|path| !path.starts_with("/admin/settings/")) {
        let page = browser.get(path).await;
        let main = page.body.split("<main").nth(1).unwrap_or_default().to_lowercase();
        assert!(!main.contains(">sites<") && !main.contains("name=\"sites\""), "{path}");
    }
}

#[tokio::test]
async fn a_preview_for_nobody_says_so_beside_the_field_and_keeps_what_was_typed() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.get("/admin/preview/?id=app&account=nobody-of-this-name%40example.test&scope=openid").await;
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("id=\"account-problem-1\">There is no such account."), "{}", page.body);
    assert!(page.body.contains("value=\"nobody-of-this-name@example.test\"") && page.body.contains("value=\"openid\""), "{}", page.body);
}

#[tokio::test]
async fn every_page_is_below_one_area_of_the_menu() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    for path in pages(&server).await {
        let page = browser.get(&path).await;
        let menu = page.body.split("class=\"areas\"").nth(1).and_then(|rest| rest.split("</nav>").next());
        let here = menu.map_or(0, |menu| menu.matches("aria-current").count());
        assert!(here == 1 || page.status == 404, "{path}: {here}");
    }
}

#[tokio::test]
async fn what_the_main_site_is_set_to_counts_in_the_console_too() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/settings/sites/main/").await;
    let fields = [("name", "Our house"), ("session_fresh", "120"), ("session_idle", "3600"), ("session_absolute", "7200")];
    let saved = send(&mut browser, &page, "site-save", &fields).await;
    assert!(saved.status.is_redirection(), "{}", saved.body);
    assert!(browser.get("/admin/keys/").await.body.contains("Our house"), "its name");
    assert_eq!(browser.get("/admin/apis/new/").await.status, 200);
    server.clock.advance(Seconds(130));
    assert!(browser.get("/admin/apis/new/").await.location().unwrap().contains("again=1"), "changes need a newer sign-in");
    assert_eq!(browser.get("/admin/keys/").await.status, 200);
    server.clock.advance(Seconds(3_700));
    assert!(browser.get("/admin/keys/").await.location().unwrap().contains("/accounts/login/"), "nobody used it for longer than they may");
}

#[tokio::test]
async fn nothing_that_an_address_says_is_shown_as_done() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    assert!(browser.get("/admin/keys/?done=rotated").await.body.contains("role=\"status\""));
    for made_up in ["hacked", "%3Cb%3E", "saved%20now", "forbidden"] {
        assert!(!browser.get(&format!("/admin/keys/?done={made_up}")).await.body.contains("role=\"status\""), "{made_up}");
    }
}

#[tokio::test]
async fn a_set_up_link_makes_one_owner_once_by_a_button_and_in_a_browser_that_is_signed_in() {
    let server = TestServer::start().await;
    let link = setup::link(server.chabi.admin()).await.unwrap().unwrap();
    let path = link.expose().strip_prefix(ISSUER).unwrap().to_owned();
    let asked = server.browser().get(&path).await;
    assert!(asked.location().unwrap().starts_with("/accounts/login/?next=%2Fadmin%2Fsetup%2F"), "{:?}", asked.location());
    let mut ada = browser_of(&server, None).await;
    for _ in 0..2 {
        assert!(ada.get(&path).await.body.contains("setup-confirm"), "looking uses nothing up");
    }
    let page = ada.get(&path).await;
    assert_eq!(ada.post(&path, &[("csrf", "x")]).await.status, 403);
    let done = ada.submit(&page, &[]).await;
    assert_eq!(done.location().as_deref(), Some("/admin/?done=owner"));
    let dashboard = ada.follow(done).await;
    assert_eq!(dashboard.status, 200);
    let second = ada.get(&path).await;
    assert_eq!(second.status, 410, "{}", second.body);
    assert!(setup::link(server.chabi.admin()).await.unwrap().is_none(), "there is an owner");
}

#[tokio::test]
async fn roles_are_given_and_taken_and_the_last_owner_stays() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/roles/").await;
    let unknown = send(&mut browser, &page, "role-grant", &[("holder", "stranger@example.test"), ("role", "support")]).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.body.contains("value=\"stranger@example.test\""));
    let given = send(&mut browser, &unknown, "role-grant", &[("holder", ADA), ("role", "support")]).await;
    assert_eq!(given.location().as_deref(), Some("/admin/roles/?done=granted"), "{}", given.body);
    let list = browser.visit("/admin/roles/").await;
    let asked = send(&mut browser, &list, "role=support", &[]).await;
    let taken = send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert_eq!(taken.location().as_deref(), Some("/admin/roles/?done=taken"), "{}", taken.body);
    let list = browser.visit("/admin/roles/").await;
    let asked = send(&mut browser, &list, "role=owner", &[]).await;
    let last = send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert_eq!(last.status, 409, "{}", last.body);
}

#[tokio::test]
async fn support_blocks_opens_signs_out_and_mails_and_each_is_in_the_audit_log() {
    let server = TestServer::start().await;
    let mut ada = server.browser();
    let back = server.sign_in(&mut ada, &[]).await;
    assert_eq!(server.exchange(&back.location_parameter("code").unwrap()).await.status, 200);
    let subject = subject_of_ada(&server).await;
    let mut browser = browser_of(&server, Some(Role::Support)).await;
    let detail = browser.visit(&format!("/admin/accounts/{subject}/")).await;
    let asked = send(&mut browser, &detail, "/grants/", &[]).await;
    let revoked = send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert_eq!(revoked.location(), Some(format!("/admin/accounts/{subject}/?done=revoked")), "{}", revoked.body);
    let detail = browser.visit(&format!("/admin/accounts/{subject}/")).await;
    let asked = send(&mut browser, &detail, "/sessions/", &[]).await;
    send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert!(ada.get("/accounts/").await.location().is_some(), "Ada is signed out");
    for (action, done) in [("reset", "reset-sent"), ("block", "blocked"), ("unblock", "unblocked"), ("end-sessions", "sessions-ended")] {
        let asked = browser.visit(&format!("/admin/accounts/{subject}/{action}/")).await;
        let answer = browser.submit(&asked, &[]).await;
        assert_eq!(answer.location(), Some(format!("/admin/accounts/{subject}/?done={done}")), "{}", answer.body);
    }
    assert!(server.mailbox.0.lock().unwrap().iter().any(|mail| mail.to == ADA && mail.text.contains("/password/reset/key/")));
    let mut auditor = browser_of(&server, Some(Role::Auditor)).await;
    let log = auditor.visit("/admin/audit/").await;
    for kind in ["grants.revoke", "sessions.end", "accounts.send_password_reset", "accounts.block", "accounts.unblock"] {
        assert!(log.body.contains(kind), "{kind}: {}", log.body);
    }
    let event = log.body.split("href=\"/admin/audit/").find(|rest| rest.contains("accounts.block")).unwrap().split('"').next().unwrap();
    let event = auditor.visit(&format!("/admin/audit/{event}")).await;
    assert_eq!(event.status, 200);
    assert!(auditor.get("/admin/audit/export").await.body.lines().count() >= 6);
}

#[tokio::test]
async fn apis_and_sites_and_applications_are_changed_by_their_forms() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/apis/new/").await;
    let wrong =
        [("name", "Mail"), ("audience", "no uri"), ("scopes", "mail:read Read your mail\nmail:send"), ("access_token_lifetime", "300")];
    let refused = send(&mut browser, &page, "api-save", &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("mail:read Read your mail"));
    let right = [wrong[0], ("audience", "https://mail.example"), wrong[2], wrong[3], ("token_type", "at+jwt"), ("signing_alg", "ES256")];
    let made = send(&mut browser, &refused, "api-save", &right).await;
    assert_eq!(made.location().as_deref(), Some("/admin/apis/?done=created"), "{}", made.body);
    let api = server.chabi.store().find_api("https://mail.example").await.unwrap().unwrap();
    assert_eq!(api.settings.scope_words["mail:read"], "Read your mail");
    let edit = browser.visit("/admin/applications/edit/?id=app").await;
    let fields = [
        ("name", "Renamed"),
        ("profile", "oauth21"),
        ("kind", "web"),
        ("authentication", "none"),
        ("redirect_uris", crate::server::REDIRECT),
        ("grant_types", "authorization_code"),
        ("scope", "openid"),
        ("id_token_alg", "ES256"),
    ];
    let saved = send(&mut browser, &edit, "application-save", &fields).await;
    assert_eq!(saved.location().as_deref(), Some("/admin/applications/show/?id=app&done=saved"), "{}", saved.body);
    let application = server.chabi.store().find_application("app").await.unwrap().unwrap();
    assert_eq!((application.name.as_str(), application.id_token_alg.as_str()), ("Renamed", "ES256"));
    let page = browser.visit("/admin/settings/sites/main/").await;
    let pale = [("name", "Our key"), ("accent_light", "#ffff00"), ("password_sign_in", "yes"), ("sign_up_open", "yes")];
    let refused = send(&mut browser, &page, "site-save", &pale).await;
    assert_eq!(refused.status, 422, "a colour that nobody can read: {}", refused.body);
    let saved = send(&mut browser, &refused, "site-save", &[pale[0], ("accent_light", "#0b3d91"), pale[2], pale[3]]).await;
    assert_eq!(saved.location().as_deref(), Some("/admin/settings/?done=saved"), "{}", saved.body);
}

#[tokio::test]
async fn of_two_who_edit_the_same_thing_the_second_is_told_and_what_they_typed_is_kept() {
    let server = TestServer::start().await;
    let mut first = browser_of(&server, Some(Role::Owner)).await;
    let mut second = browser_of(&server, Some(Role::Administrator)).await;
    let new = first.visit("/admin/social/new/google/").await;
    let fields = [("id", "google"), ("client_id", "ours"), ("client_secret", "secret")];
    let made = send(&mut first, &new, "name=\"client_secret\"", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let of_app: Fields = &[
        ("profile", "oauth21"),
        ("kind", "web"),
        ("authentication", "none"),
        ("redirect_uris", crate::server::REDIRECT),
        ("grant_types", "authorization_code"),
        ("scope", "openid"),
        ("id_token_alg", "ES256"),
    ];
    let of_api: Fields = &[("scopes", "notes:read"), ("access_token_lifetime", "300"), ("token_type", "at+jwt"), ("signing_alg", "ES256")];
    for (path, needle, name, others) in [
        ("/admin/applications/edit/?id=app", "application-save", "name", of_app),
        ("/admin/apis/edit/?audience=https%3A%2F%2Fapi.example", "api-save", "name", of_api),
        ("/admin/settings/sites/main/", "site-save", "name", &[("password_sign_in", "yes"), ("sign_up_open", "yes")]),
        ("/admin/social/google/", "social-save", "client_id", &[]),
    ] {
        let fields = |value| [&[(name, value)], others].concat();
        let (mine, theirs) = (first.visit(path).await, second.visit(path).await);
        let saved = send(&mut first, &mine, needle, &fields("First")).await;
        assert_eq!(saved.status, 303, "{path}: {}", saved.body);
        // a try that is refused for another reason makes it no form of what is there by now
        let missing = send(&mut second, &theirs, needle, &fields("")).await;
        for seen in [&theirs, &missing] {
            let told = send(&mut second, seen, needle, &fields("Second")).await;
            assert_eq!(told.status, 409, "{path}: {}", told.body);
            assert!(told.body.contains("Somebody else changed this") && told.body.contains("value=\"Second\""), "{path}: {}", told.body);
        }
        let there = first.visit(path).await;
        assert!(there.body.contains("value=\"First\"") && !there.body.contains("value=\"Second\""), "{path}: nothing was overwritten");
        let told = send(&mut second, &theirs, needle, &fields("Second")).await;
        let again = send(&mut second, &told, needle, &fields("Second")).await;
        assert_eq!(again.status, 303, "{path}: who was told may save: {}", again.body);
        assert!(second.visit(path).await.body.contains("value=\"Second\""), "{path}");
    }
}

#[tokio::test]
async fn a_second_site_is_asked_about_once_there_is_one() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/settings/sites/new/").await;
    let fields = [
        ("id", "shop"),
        ("issuer", "https://shop.example"),
        ("name", "Shop"),
        ("accounts", "separate"),
        ("languages", "bn"),
        ("password_sign_in", "yes"),
    ];
    let made = send(&mut browser, &page, "site-save", &fields).await;
    assert_eq!(made.location().as_deref(), Some("/admin/settings/?done=created"), "{}", made.body);
    for path in ["/admin/social/new/google/", "/admin/applications/edit/?id=app"] {
        assert!(browser.visit(path).await.body.contains("name=\"sites\""), "{path}");
    }
    assert!(browser.visit("/admin/roles/").await.body.contains("value=\"shop\""));
    // each site has its own callback, to be registered at the provider
    assert!(browser.visit("/admin/social/new/google/").await.body.contains(">https://shop.example/accounts/google/login/callback/<"));
}

#[tokio::test]
async fn what_was_typed_outlives_a_sign_in_that_grew_too_old_and_its_secrets_are_on_no_page() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/social/new/google/").await;
    server.clock.advance(Seconds::minutes(11));
    let fields = [("client_id", "typed-for-long"), ("client_secret", "GOCSPX-shown-nowhere"), ("sign_up", "on"), ("linking", "never")];
    let held = send(&mut browser, &page, "social-save", &fields).await;
    assert_eq!(held.status, 403, "{}", held.body);
    assert!(held.body.contains("value=\"typed-for-long\"") && !held.body.contains("GOCSPX"), "{}", held.body);
    assert!(held.body.contains("name=\"client_secret\"") && held.body.contains("target=\"_blank\""));
    let too_early = send(&mut browser, &held, "send-again", &[("client_secret", "GOCSPX-shown-nowhere")]).await;
    assert_eq!(too_early.status, 403, "nobody signed in again: {}", too_early.body);
    let sign_in = browser.visit("/accounts/login/?next=%2Fadmin%2F&again=1").await;
    browser.submit(&sign_in, &[("username", "owner@example.test"), ("password", PASSWORD)]).await;
    let form = held.form_with("send-again").unwrap();
    let hidden = form.hidden_fields();
    let fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let elsewhere = browser.post("/admin/social/new/github/", &fields).await;
    assert_eq!(elsewhere.status, 403, "it is good for this address alone: {}", elsewhere.body);
    let done = send(&mut browser, &held, "send-again", &[("client_secret", "GOCSPX-shown-nowhere")]).await;
    assert_eq!(done.location().as_deref(), Some("/admin/social/?done=social-added"), "{}", done.body);
    let rows = server.chabi.store().list_social_applications().await.unwrap();
    assert!(rows[0].settings.contains("typed-for-long") && rows[0].linking == "never" && rows[0].sign_up);
}

#[tokio::test]
async fn what_was_held_for_one_person_is_good_for_no_other_and_for_an_hour_alone() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/social/new/google/").await;
    server.clock.advance(Seconds::minutes(11));
    let fields = [("client_id", "typed-for-long"), ("client_secret", "s"), ("sign_up", "on"), ("linking", "never")];
    let held = send(&mut browser, &page, "social-save", &fields).await;
    let hidden = held.form_with("send-again").unwrap().hidden_fields();
    let fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("client_secret", "s")]).collect();
    let mut other = browser_of(&server, Some(Role::Administrator)).await;
    let refused = other.post("/admin/social/new/google/", &fields).await;
    assert_eq!(refused.status, 403, "it was held for somebody else: {}", refused.body);
    server.clock.advance(Seconds::minutes(61));
    let sign_in = browser.visit("/accounts/login/?next=%2Fadmin%2F&again=1").await;
    browser.submit(&sign_in, &[("username", "owner@example.test"), ("password", PASSWORD)]).await;
    let refused = browser.post("/admin/social/new/google/", &fields).await;
    assert_eq!(refused.status, 403, "an hour is over: {}", refused.body);
    assert!(server.chabi.store().list_social_applications().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_confirms_what_somebody_else_changed_since_is_asked_again() {
    let server = TestServer::start().await;
    let mut first = browser_of(&server, Some(Role::Owner)).await;
    let mut second = browser_of(&server, Some(Role::Administrator)).await;
    let subject = subject_of_ada(&server).await;
    let account = format!("/admin/accounts/{subject}/");
    for (asks, edits, needle, fields) in [
        (format!("{account}delete/"), format!("{account}edit/"), "account-save", vec![("name", "Countess"), ("nickname", "Ada")]),
        (format!("{account}block/"), format!("{account}edit/"), "account-save", vec![("name", "Ada Lovelace")]),
    ] {
        let asked = first.visit(&asks).await;
        let edit = second.visit(&edits).await;
        let saved = send(&mut second, &edit, needle, &fields).await;
        assert_eq!(saved.status, 303, "{edits}: {}", saved.body);
        let told = send(&mut first, &asked, "id=\"confirm\"", &[("subject", &subject)]).await;
        assert_eq!(told.status, 409, "{asks}: {}", told.body);
        assert!(told.body.contains("Somebody else changed this since you were asked") && told.body.contains("id=\"confirm\""), "{asks}");
    }
    let shown = first.visit(&account).await;
    assert!(shown.body.contains("Ada Lovelace") && !shown.body.contains("Countess"), "{}", shown.body);
}

#[tokio::test]
async fn everything_of_a_site_is_in_its_form_and_nothing_that_is_wrong_is_lost() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let page = browser.visit("/admin/settings/sites/main/").await;
    let mut fields = vec![
        ("name", "Our key"),
        ("accent_light", "#0b3d91"),
        ("logo", "data:image/png;base64,iVBORw0KGgo="),
        ("sign_up_open", "no"),
        ("session_idle", "many"),
        ("session_absolute", "7200"),
        ("session_fresh", "600"),
        ("require_pushed_authorization_requests", "yes"),
        ("require_dpop_nonces", "yes"),
    ];
    let wrong = send(&mut browser, &page, "site-save", &fields).await;
    assert_eq!(wrong.status, 422);
    for kept in ["id=\"session_idle-problem-1\"", "value=\"many\"", "value=\"7200\"", "iVBORw0KGgo=", "<details open>"] {
        assert!(wrong.body.contains(kept), "{kept}: {}", wrong.body);
    }
    fields[4].1 = "3600";
    let saved = send(&mut browser, &wrong, "site-save", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let site = server.chabi.store().find_site("main").await.unwrap().unwrap();
    assert_eq!(site.theme.logo, "data:image/png;base64,iVBORw0KGgo=");
    let settings = &site.settings;
    assert_eq!((settings.sign_up_open, settings.password_sign_in), (Some(false), None));
    assert_eq!((settings.session_idle, settings.session_absolute, settings.session_fresh), (Some(3_600), Some(7_200), Some(600)));
    assert_eq!((settings.require_pushed_authorization_requests, settings.require_dpop_nonces), (Some(true), Some(true)));
}

#[tokio::test]
async fn what_is_known_of_a_person_is_changed_by_a_form() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let subject = subject_of_ada(&server).await;
    let page = browser.visit(&format!("/admin/accounts/{subject}/edit/")).await;
    let mut fields =
        vec![("name", "Ada Lovelace"), ("locale", "bn"), ("birthdate", "tomorrow"), ("locality", "Dhaka"), ("formatted", "1 Road\nDhaka")];
    let wrong = send(&mut browser, &page, "account-save", &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert!(wrong.body.contains("id=\"birthdate-problem-1\"") && wrong.body.contains("value=\"tomorrow\""));
    fields[2].1 = "1815-12-10";
    let saved = send(&mut browser, &wrong, "account-save", &fields).await;
    assert_eq!(saved.location(), Some(format!("/admin/accounts/{subject}/?done=saved")), "{}", saved.body);
    let account = accounts::find(server.chabi.store(), ADA).await.unwrap();
    let profile = account.profile.unwrap();
    assert_eq!((account.name.as_str(), account.locale.as_str(), profile.birthdate.as_str()), ("Ada Lovelace", "bn", "1815-12-10"));
    assert_eq!(profile.address.unwrap().locality, "Dhaka");
    let log = browser.visit("/admin/audit/?kind=admin.accounts.update").await;
    assert!(log.body.contains("Ada Lovelace") && log.body.contains(&format!("account {subject}")), "{}", log.body);
}

#[tokio::test]
async fn sessions_and_grants_of_everybody_are_listed_filtered_and_ended() {
    let server = TestServer::start().await;
    let mut ada = server.browser();
    let back = server.sign_in(&mut ada, &[]).await;
    assert_eq!(server.exchange(&back.location_parameter("code").unwrap()).await.status, 200);
    let subject = subject_of_ada(&server).await;
    let mut browser = browser_of(&server, Some(Role::Support)).await;
    let of_ada = |body: &str| body.contains(&format!("/admin/accounts/{subject}/"));
    for (path, listed) in [
        ("/admin/sessions/".to_owned(), true),
        (format!("/admin/sessions/?account={subject}"), true),
        ("/admin/sessions/?application=app".to_owned(), true),
        ("/admin/sessions/?application=confidential".to_owned(), false),
        ("/admin/grants/".to_owned(), true),
        ("/admin/grants/?application=app".to_owned(), true),
        ("/admin/grants/?reused=on".to_owned(), false),
        ("/admin/grants/?account=nobody".to_owned(), false),
    ] {
        let page = browser.visit(&path).await;
        assert_eq!((page.status.as_u16(), of_ada(&page.body)), (200, listed), "{path}: {}", page.body);
    }
    let wrong = browser.visit("/admin/sessions/?site=nowhere").await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let list = browser.visit(&format!("/admin/sessions/?account={subject}")).await;
    let asked = send(&mut browser, &list, &format!("/accounts/{subject}/sessions/"), &[]).await;
    let ended = send(&mut browser, &asked, "id=\"confirm\"", &[]).await;
    assert_eq!(ended.status, 303, "{}", ended.body);
    assert!(!of_ada(&browser.visit("/admin/sessions/").await.body));
}

#[tokio::test]
async fn rules_are_said_in_the_language_of_the_page() {
    let server = TestServer::start().await;
    let mut browser = browser_of(&server, Some(Role::Owner)).await;
    let subject = subject_of_ada(&server).await;
    let account = format!("/admin/accounts/{subject}/edit/");
    let wrong: [(&str, &str, Fields); 9] = [
        (
            "/admin/settings/sites/new/",
            "site-save",
            &[("id", "new"), ("issuer", "http://b.example"), ("accounts", "shared"), ("name", "B"), ("accent_light", "#ffff00")],
        ),
        ("/admin/settings/sites/main/", "site-save", &[("name", "B"), ("logo", "x"), ("session_idle", "7200"), ("session_absolute", "1")]),
        ("/admin/apis/new/", "api-save", &[("name", "B"), ("audience", "https://b.example"), ("scopes", "\u{e9}")]),
        ("/admin/applications/new/web-server/", "application-create", &[("name", "B"), ("redirect_uris", "no-uri http://x.example/cb")]),
        (
            "/admin/applications/edit/?id=app",
            "application-save",
            &[("name", "B"), ("grant_types", "refresh_token"), ("settings", "{\"x\":1}")],
        ),
        ("/admin/accounts/new/", "account-create", &[("email", "no address"), ("password", "x")]),
        (account.as_str(), "account-save", &[("phone_number", "1"), ("website", "x"), ("locale", "_"), ("zoneinfo", "a b")]),
        ("/admin/roles/", "role-grant", &[("holder", "nobody@example.test"), ("role", "auditor")]),
        ("/admin/applications/initial-access-tokens/", "token-create", &[("label", "x"), ("uses", "0"), ("lifetime", "60")]),
    ];
    for (path, needle, fields) in wrong {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = browser.visit(&format!("{path}{joint}ui_locales=bn")).await;
        let refused = send(&mut browser, &page, needle, fields).await;
        assert_eq!(refused.status, 422, "{path}: {}", refused.body);
        let alert = refused.body.split("id=\"problems\"").nth(1).unwrap().split("</ul>").next().unwrap();
        assert!(refused.body.contains("<html lang=\"bn\"") && !alert.contains("lang=\"en\""), "{path}: {alert}");
    }
}
