//! Where secrets must not be: in the database, in the log, in answers made of a stranger's headers.

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use chabi_testkit::databases;
use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    server::{ADA, TestServer},
    whole_flow::{self, POISON, Record},
    written_log::Log,
};

/// What would give a secret away: itself, its secret half (the other one is the id of a row), and the bytes that it stands for; each
/// plain, in base64 and in hex.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let half = secret.rsplit('.').next().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(half).ok().filter(|bytes| bytes.len() >= 16);
    for form in [Some(secret.as_bytes().to_vec()), Some(half.as_bytes().to_vec()), bytes].into_iter().flatten() {
        let hex: String = form.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = STANDARD.encode(&form).trim_end_matches('=').to_owned();
        forms.extend([URL_SAFE_NO_PAD.encode(&form), base64, hex.to_uppercase(), hex, text(&form)]);
    }
    forms
}

/// A byte a character: searching text is quick, also in a build without optimization.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

// req: st.hash
// req: rt.rand
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_the_database_after_a_whole_flow_holds_no_secret_in_any_form() {
    let (env, _) = chabi_testkit::env(1);
    let file = databases::sqlite_on_file(&env).await;
    let store = file.store.clone();
    let server = TestServer::start_with(|builder| builder.store(store)).await;
    let secrets = whole_flow::run(&server).await;
    let path = file.url.strip_prefix("sqlite:").unwrap();
    let mut dump = std::fs::read(path).unwrap();
    dump.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    let dump = text(&dump);
    assert!(dump.contains(ADA) && dump.contains("new@example.test"), "this is the database");
    let code = secrets["code"].rsplit('.').next().unwrap();
    let hashed = chabi_token::hash::sha256(&URL_SAFE_NO_PAD.decode(code).unwrap());
    assert!(dump.contains(&text(&hashed)), "the code's hash is there");
    for (name, secret) in &secrets {
        for form in forms(secret) {
            assert!(!dump.contains(&form), "the {name} is in the database as {form}");
        }
    }
    for marker in ["chabi_ac_", "chabi_rt_", "chabi_cs_", "chabi_master_", "PRIVATE KEY"] {
        assert!(!dump.contains(marker), "{marker}");
    }
}

// req: lg.secret
#[tokio::test]
async fn nothing_that_is_logged_at_any_level_holds_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let layer = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    // for the whole process: the other tests here only add to what must be clean
    tracing_subscriber::registry().with(LevelFilter::TRACE).with(layer).init();
    let server = TestServer::start().await;
    let secrets = whole_flow::run(&server).await;
    // and what is refused, since refusals are what is logged
    let code = secrets["code"].as_str();
    server.exchange(code).await;
    server.token(&[("grant_type", "refresh_token"), ("refresh_token", &secrets["first refresh token"])]).await;
    server.token(&[("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", "wrong-but-secret-too")]).await;
    server.get_with_token("/notes", &secrets["ID token"]).await;
    server.get_with_token("/oauth2/userinfo", &secrets["access token"]).await;
    let written = text(&log.written());
    assert!(written.contains("request refused"), "the log is written");
    assert!(!written.contains("wrong-but-secret-too"));
    for (name, secret) in &secrets {
        for form in forms(secret) {
            let at = written.find(&form);
            assert_eq!(at, None, "the {name} is in the log: {}", at.and_then(|at| written[at..].lines().next()).unwrap_or_default());
        }
    }
}

// req: md.host
// req: px.trust
#[tokio::test]
async fn no_answer_and_no_mail_is_made_of_a_hosts_name_that_a_stranger_sent() {
    let mut server = TestServer::start().await;
    let record = Record::default();
    server.router = record.around(server.router.clone(), &POISON);
    let secrets = whole_flow::run(&server).await;
    for path in ["/.well-known/openid-configuration", "/.well-known/change-password", "/accounts", "/nothing", "/oauth2/nothing"] {
        server.browser().get(path).await;
    }
    let mut seen = record.text() + &whole_flow::first_mail(&server).await;
    assert!(seen.contains("https://id.example/oauth2/token") && seen.contains("/oauth2/authorize/resume/"));
    for token in [&secrets["access token"], &secrets["ID token"]] {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        seen.push_str(std::str::from_utf8(&payload).unwrap());
    }
    let at = seen.find("evil.test");
    assert_eq!(at, None, "{}", at.map(|at| &seen[at.saturating_sub(300)..at + 20]).unwrap_or_default());
}
