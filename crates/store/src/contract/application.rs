//! Applications registered with us.

use chabi_spec::Scope;

use super::Subject;
use crate::{
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::{ApplicationSettings, RegisteredBy},
    site::{MAIN, SiteIds},
};

pub(super) fn application(subject: &Subject, client_id: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: client_id.into(),
        name: format!("The {client_id}"),
        profile: Profile::Oidc,
        kind: ApplicationKind::Native,
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![[1; 32], [2; 32]],
        redirect_uris: vec!["https://app.example/cb?a=\"b\"".into(), "app.example:/cb".into()],
        post_logout_redirect_uris: vec![],
        origins: vec!["https://app.example".into(), "https://app.example:8443".into()],
        grant_types: vec!["authorization_code".into()],
        scope: Scope::of(["openid", "notes:read"]),
        default_audience: "https://notes.example".into(),
        id_token_alg: "RS256".into(),
        first_party: true,
        disabled_at: None,
        created_at: subject.now(),
        settings: ApplicationSettings {
            jwks_uri: "https://app.example/keys".into(),
            default_max_age: Some(60),
            ..ApplicationSettings::default()
        },
    }
}

/// Added, replaced by one of the same `client_id`, listed by name, removed.
pub async fn an_application_reads_back_replaces_and_goes(subject: Subject) {
    let store = subject.store();
    let (web, app) = (application(&subject, "web"), application(&subject, "app"));
    store.put_application(web.clone()).await.unwrap();
    store.put_application(app.clone()).await.unwrap();
    assert_eq!(store.find_application("web").await.unwrap(), Some(web.clone()));
    assert_eq!(store.find_application("WEB").await.unwrap(), None);
    let changed = RegisteredClient {
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: vec![],
        scope: Scope::default(),
        first_party: false,
        disabled_at: Some(subject.now()),
        ..web
    };
    store.put_application(changed.clone()).await.unwrap();
    assert_eq!(store.list_applications().await.unwrap(), [app, changed]);
    assert!(store.delete_application("web").await.unwrap());
    assert!(!store.delete_application("web").await.unwrap());
}

/// Not a part of it, not a pattern, not what a disabled application registered.
pub async fn an_origin_is_registered_only_when_all_of_it_is(subject: Subject) {
    let store = subject.store();
    store.put_application(application(&subject, "app")).await.unwrap();
    let off =
        RegisteredClient { origins: vec!["https://off.example".into()], disabled_at: Some(subject.now()), ..application(&subject, "off") };
    store.put_application(off).await.unwrap();
    assert!(store.is_registered_origin("https://app.example", MAIN).await.unwrap());
    assert!(store.is_registered_origin("https://app.example:8443", MAIN).await.unwrap());
    for other in ["https://app.exampl", "https://app.example:844", "%", "https://app_example", ",", "", "\"", "https://off.example"] {
        assert!(!store.is_registered_origin(other, MAIN).await.unwrap(), "{other:?}");
    }
}

/// An origin counts at the sites that know its application, and a document's at all.
pub async fn an_origin_counts_where_its_application_is_known(subject: Subject) {
    let store = subject.store();
    let mut at_b = RegisteredClient { origins: vec!["https://b.app.example".into()], ..application(&subject, "of b") };
    at_b.settings.sites = SiteIds(vec!["b".into()]);
    let mut document = RegisteredClient { origins: vec!["https://doc.example".into()], ..application(&subject, "https://doc.example/") };
    document.settings.registered_by = RegisteredBy::Document;
    for application in [application(&subject, "app"), at_b, document] {
        store.put_application(application).await.unwrap();
    }
    for (origin, at_main, at_b) in
        [("https://app.example", true, false), ("https://b.app.example", false, true), ("https://doc.example", true, true)]
    {
        assert_eq!(store.is_registered_origin(origin, MAIN).await.unwrap(), at_main, "{origin}");
        assert_eq!(store.is_registered_origin(origin, "b").await.unwrap(), at_b, "{origin}");
    }
}
