//! Pushed Authorization Requests.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_spec::ClientAddress;
use chabi_store::authorization_transaction::{Decision, TransactionId};
use chabi_testkit::{Browser, Page, browser};
use chabi_token::{BrowserBinding, Seconds, SiteTag};
use http::{Request, StatusCode, header};

use crate::rig::{Answer, CALLBACK, CHALLENGE, ISSUER, NOTES, Rig, SECRET, parameter};

const URN: &str = "urn:ietf:params:oauth:request_uri:";
/// What must be seen nowhere but in the store.
const CANARY: &str = "canary-of-the-state";

fn fields<'a>(client_id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid notes:read"),
        ("state", CANARY),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

async fn push(rig: &Rig, client_id: &str, more: &[(&str, &str)]) -> Answer {
    rig.post("/oauth2/par", &fields(client_id, more), None).await
}

/// A request that was taken.
async fn pushed(rig: &Rig, client_id: &str, more: &[(&str, &str)]) -> String {
    let answer = push(rig, client_id, more).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.text("request_uri")
}

fn url(client_id: &str, request_uri: &str) -> String {
    let pairs = [("client_id", client_id), ("request_uri", request_uri)];
    format!("/oauth2/authorize?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

fn is_refused_by_a_page(page: &Page) -> bool {
    page.status == StatusCode::BAD_REQUEST && page.location().is_none() && page.body.contains("page-title")
}

mod section_2 {
    use super::*;

    // req: par.auth
    #[tokio::test]
    async fn an_application_proves_who_it_is_as_at_the_token_endpoint() {
        let rig = Rig::new(1).await;
        let basic = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let (right, wrong) = (basic("web", SECRET), basic("web", "wrong"));
        for (client_id, more, authorization, status) in [
            ("spa", &[][..], None, 201),
            ("web", &[("client_secret", SECRET)], None, 201),
            ("web", &[], Some(&right), 201),
            ("web", &[("client_id", "")], Some(&right), 201),
            ("web", &[], None, 401),
            ("web", &[("client_secret", "wrong")], None, 401),
            ("web", &[], Some(&wrong), 401),
            ("spa", &[("client_secret", SECRET)], None, 401),
            ("nobody", &[], None, 401),
            ("disabled", &[("client_secret", SECRET)], None, 401),
            ("spa", &[], Some(&right), 400),
        ] {
            let answer = rig.post("/oauth2/par", &fields(client_id, more), authorization.map(String::as_str)).await;
            assert_eq!(answer.status, status, "{client_id} {more:?} {}", answer.body);
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
    }

    // req: par.nest
    #[tokio::test]
    async fn a_request_uri_inside_is_refused_and_so_is_a_request_object() {
        let rig = Rig::new(2).await;
        let first = pushed(&rig, "spa", &[]).await;
        assert_eq!(push(&rig, "spa", &[("request_uri", &first)]).await.error(), (400, "invalid_request".into()));
        assert_eq!(push(&rig, "spa", &[("request_uri", "https://app.example/r")]).await.error(), (400, "invalid_request".into()));
        assert_eq!(push(&rig, "spa", &[("request", "x.y.z")]).await.error(), (400, "request_not_supported".into()));
    }

    // req: par.auth
    #[tokio::test]
    async fn the_rules_of_the_authorization_endpoint_are_met_when_it_is_pushed_and_refused_in_json() {
        let rig = Rig::new(3).await;
        for (more, error) in [
            (("redirect_uri", "https://evil.example/cb"), "invalid_request"),
            (("response_type", "token"), "unsupported_response_type"),
            (("response_type", ""), "invalid_request"),
            (("code_challenge", ""), "invalid_request"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("resource", "https://unknown.example/"), "invalid_target"),
            (("scope", "a\"b"), "invalid_scope"),
            (("prompt", "none login"), "invalid_request"),
        ] {
            let answer = push(&rig, "spa", &[more]).await;
            assert_eq!(answer.error(), (400, error.into()), "{more:?}");
            assert!(!answer.headers.contains_key("location"));
        }
        let mut repeated = fields("spa", &[]);
        repeated.push(("scope", "openid"));
        assert_eq!(rig.post("/oauth2/par", &repeated, None).await.error(), (400, "invalid_request".into()));
        let several = [("resource", NOTES), ("resource", crate::rig::MAIL)];
        assert_eq!(push(&rig, "spa", &several).await.status, 201, "resource alone may be repeated");
    }

    #[tokio::test]
    async fn it_is_posted_as_a_form_and_has_nothing_in_its_url() {
        let rig = Rig::new(4).await;
        let get = rig.ask(Request::get("/oauth2/par?client_id=spa").body(Body::empty()).unwrap()).await;
        assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
        let json = Request::post("/oauth2/par").header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(rig.ask(json).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let answer = rig.post("/oauth2/par?client_id=spa", &fields("spa", &[]), None).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()));
    }

    // req: par.uri
    #[tokio::test]
    async fn a_request_uri_is_long_and_new_and_short_lived() {
        let mut rig = Rig::new(5).await;
        rig.sign_in().await;
        let answer = push(&rig, "spa", &[]).await;
        assert_eq!(answer.body["expires_in"], 90);
        let (first, second) = (answer.text("request_uri"), pushed(&rig, "spa", &[]).await);
        let secret = first.rsplit('.').next().unwrap();
        assert!(first.starts_with(URN) && secret.len() == 43 && first != second, "{first}");
        rig.clock.advance(Seconds(89));
        let page = rig.browser.get(&url("spa", &first)).await;
        assert!(parameter(&page, "code").is_some(), "{page:?}");
        rig.clock.advance(Seconds(1));
        assert!(is_refused_by_a_page(&rig.browser.get(&url("spa", &second)).await));
    }

    // req: par.store
    #[tokio::test]
    async fn of_its_secret_only_the_hash_is_stored() {
        let rig = Rig::new(6).await;
        let request_uri = pushed(&rig, "web", &[("client_secret", SECRET)]).await;
        let (id, secret) = request_uri.strip_prefix(URN).unwrap().split_once('.').unwrap();
        let id = chabi_store::pushed_request::PushedRequestId(id.parse().unwrap());
        let stored = rig.store.find_pushed_request(id, rig.env.now()).await.unwrap().unwrap();
        assert_eq!(stored.client_id, "web");
        let text = format!("{stored:?}");
        assert!(text.contains(CANARY) && !text.contains(secret) && !text.contains(SECRET), "{text}");
    }

    #[tokio::test]
    async fn strangers_of_one_network_cannot_fill_the_disk() {
        let rig = Rig::new(7).await;
        let address = ClientAddress("192.0.2.7".parse().unwrap());
        let key = format!("par/from/{}", address.network());
        for _ in 0..1_000 {
            let _counted = rig.store.count_attempt(&key, 1_000, Seconds::minutes(15), rig.env.now()).await.unwrap();
        }
        let router = rig.router.clone().layer(axum::Extension(address));
        let push = async |client_id, more: &[(&str, &str)]| {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields(client_id, more)).finish();
            let request = Request::post("/oauth2/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            browser::ask(&router, request.body(Body::from(body)).unwrap()).await.0
        };
        assert_eq!(push("spa", &[]).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(push("web", &[("client_secret", SECRET)]).await, StatusCode::CREATED, "who proves a secret is no stranger");
        let mut itself = rig.store.find_application("web").await.unwrap().unwrap();
        itself.client_id = "itself".into();
        itself.settings.registered_by = chabi_store::application_settings::RegisteredBy::Itself;
        rig.store.put_application(itself).await.unwrap();
        let made_by_itself = push("itself", &[("client_secret", SECRET)]).await;
        assert_eq!(made_by_itself, StatusCode::SERVICE_UNAVAILABLE, "anybody can make themselves a secret");
        rig.clock.advance(Seconds::minutes(16));
        assert_eq!(push("spa", &[]).await, StatusCode::CREATED);
    }
}

mod section_4 {
    use super::*;

    #[tokio::test]
    async fn client_id_and_request_uri_are_enough_and_what_comes_beside_them_is_ignored() {
        let mut rig = Rig::new(1).await;
        rig.sign_in().await;
        let request_uri = pushed(&rig, "spa", &[]).await;
        let more = "&state=other&scope=mail:read&redirect_uri=https://evil.example/&response_type=token&prompt=none%20login";
        let page = rig.browser.get(&format!("{}{more}", url("spa", &request_uri))).await;
        assert!(page.location().unwrap().starts_with(CALLBACK), "{page:?}");
        assert_eq!(parameter(&page, "state").as_deref(), Some(CANARY));
        let code = parameter(&page, "code").unwrap();
        assert_eq!(rig.redeem("spa", &code, &[]).await.text("scope"), "notes:read openid");
    }

    // req: par.client
    #[tokio::test]
    async fn another_applications_request_uri_is_refused_by_a_page_with_words() {
        let mut rig = Rig::new(2).await;
        rig.sign_in().await;
        let request_uri = pushed(&rig, "spa", &[]).await;
        let page = rig.browser.get(&url("other", &request_uri)).await;
        assert!(is_refused_by_a_page(&page), "{page:?}");
        assert!(page.body.contains("begun too long ago"), "{}", page.body);
        let nameless = format!("/oauth2/authorize?request_uri={request_uri}");
        assert!(is_refused_by_a_page(&rig.browser.get(&nameless).await));
        let page = rig.browser.get(&url("spa", &request_uri)).await;
        assert!(parameter(&page, "code").is_some(), "and it is not spent by that");
    }

    // req: par.client
    #[tokio::test]
    async fn one_that_nobody_pushed_is_refused_by_a_page() {
        let mut rig = Rig::new(3).await;
        rig.sign_in().await;
        let real = pushed(&rig, "spa", &[]).await;
        let other_secret = format!("{}.{}", real.rsplit_once('.').unwrap().0, "A".repeat(43));
        for request_uri in [URN, &format!("{URN}x"), &other_secret, &real[..real.len() - 1]] {
            assert!(is_refused_by_a_page(&rig.browser.get(&url("spa", request_uri)).await), "{request_uri}");
        }
    }

    // req: jar.ext
    #[tokio::test]
    async fn a_request_uri_that_is_a_web_address_is_refused_by_its_own_code() {
        let mut rig = Rig::new(4).await;
        rig.sign_in().await;
        let page = rig.authorize("request_uri=https://app.example/request.jwt").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("request_uri_not_supported"));
    }

    // req: par.once
    #[tokio::test]
    async fn it_may_be_opened_again_until_a_code_was_given_and_never_after() {
        let mut rig = Rig::new(5).await;
        let request_uri = pushed(&rig, "spa", &[]).await;
        let first = rig.browser.get(&url("spa", &request_uri)).await;
        let second = rig.browser.get(&url("spa", &request_uri)).await;
        assert!(first.location().unwrap().contains("/login") && second.location().unwrap().contains("/login"));
        rig.sign_in().await;
        // long after its own end: what began in time may take its time
        rig.clock.advance(Seconds::minutes(20));
        let page = rig.browser.get(&format!("/oauth2/authorize/resume/{}", crate::rig::transaction(&first))).await;
        assert!(parameter(&page, "code").is_some(), "{page:?}");
        let late = rig.browser.get(&format!("/oauth2/authorize/resume/{}", crate::rig::transaction(&second))).await;
        assert!(late.location().is_none() && late.body.contains("page-title"), "{late:?}");
        assert!(is_refused_by_a_page(&rig.browser.get(&url("spa", &request_uri)).await));
    }

    // req: par.once
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn opened_in_many_tabs_at_once_it_gives_one_code() {
        let mut rig = Rig::new(6).await;
        rig.sign_in().await;
        for _ in 0..4 {
            let address = url("spa", &pushed(&rig, "spa", &[]).await);
            let tabs: Vec<_> = std::iter::repeat_with(|| {
                let (mut tab, address) = (rig.browser.clone(), address.clone());
                tokio::spawn(async move { tab.get(&address).await })
            })
            .take(16)
            .collect();
            let mut codes = 0;
            for tab in tabs {
                codes += usize::from(parameter(&tab.await.unwrap(), "code").is_some());
            }
            assert_eq!(codes, 1);
        }
    }

    // req: par.store
    #[tokio::test]
    async fn what_was_pushed_is_in_no_url_no_cookie_no_page_and_no_record() {
        let mut rig = Rig::new(7).await;
        let request_uri = pushed(&rig, "spa", &[("login_hint", CANARY), ("prompt", "login")]).await;
        // a form that another site posts comes without cookies, and is sent on by GET
        let mut fresh = Browser::new(rig.router.clone(), ISSUER);
        let posted = fresh.post("/oauth2/authorize", &[("client_id", "spa"), ("request_uri", &request_uri), ("state", "x")]).await;
        assert_eq!(posted.location().unwrap(), url("spa", &request_uri));
        let waiting = rig.browser.get(&url("spa", &request_uri)).await;
        for page in [&posted, &waiting] {
            // the hint for the sign-in page is the gate's to carry
            assert!(!format!("{:?} {}", page.headers, page.body).replace(&format!("login_hint={CANARY}"), "").contains(CANARY), "{page:?}");
        }
        let id: TransactionId = crate::rig::transaction(&waiting).parse().unwrap();
        let binding = BrowserBinding::parse(rig.browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap();
        let kept = rig.store.find_transaction(id, binding.hash(), rig.env.now()).await.unwrap().unwrap();
        assert_eq!(kept.parameters, "client_id=spa");
        let records = format!("{:?}", rig.seen.0.lock().unwrap());
        let secret = request_uri.rsplit('.').next().unwrap();
        assert!(records.contains("/oauth2/par") && !records.contains(CANARY) && !records.contains(secret), "{records}");
    }

    // req: az.scope
    #[tokio::test]
    async fn what_the_person_decides_counts_for_a_pushed_request_too() {
        let mut rig = Rig::new(8).await;
        let (ada, _) = rig.sign_in().await;
        let request_uri = pushed(&rig, "spa", &[("prompt", "consent"), ("scope", "openid profile notes:read")]).await;
        let page = rig.browser.get(&url("spa", &request_uri)).await;
        rig.decide(&page, Decision::Denied, ada).await;
        let back = rig.browser.get(&format!("/oauth2/authorize/resume/{}", crate::rig::transaction(&page))).await;
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&back, "state").as_deref(), Some(CANARY));
    }
}

mod section_5 {
    use super::*;

    #[tokio::test]
    async fn the_metadata_says_where_to_push_and_nothing_of_a_duty_that_is_none() {
        let rig = Rig::new(1).await;
        let metadata = rig.ask(Request::get("/.well-known/openid-configuration").body(Body::empty()).unwrap()).await;
        assert_eq!(metadata.text("pushed_authorization_request_endpoint"), format!("{ISSUER}/oauth2/par"));
        assert!(metadata.body.get("require_pushed_authorization_requests").is_none());
        assert_eq!(metadata.body["request_uri_parameter_supported"], false);
    }

    // req: par.must
    #[tokio::test]
    async fn an_application_that_must_push_is_refused_without() {
        let mut rig = Rig::new(2).await;
        rig.sign_in().await;
        let mut careful = crate::rig::application("spa");
        careful.settings.require_pushed_authorization_requests = true;
        rig.store.put_application(careful).await.unwrap();
        rig.store.configuration_changed();
        let page = rig.authorize("").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
        let request_uri = pushed(&rig, "spa", &[]).await;
        let page = rig.browser.get(&url("spa", &request_uri)).await;
        assert!(parameter(&page, "code").is_some(), "{page:?}");
    }
}
