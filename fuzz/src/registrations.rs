//! What applications say of themselves: metadata, documents, the claims that they ask for, codes that people type.

use chabi_registration::{
    Place,
    client_id_document::{self, Allowed},
    metadata::ClientMetadata,
};
use chabi_spec::{Scope, claims_parameter::ClaimsRequest, device_authorization::UserCode, redirect_uri::RegisteredRedirectUri};

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "client_metadata",
        seeds: &[
            r#"{"redirect_uris":["https://app.example/cb"],"client_name":"App","client_name#bn":"অ্যাপ","grant_types":["authorization_code"],"token_endpoint_auth_method":"none","jwks":{"keys":[]},"logo_uri":"https://app.example/logo.png"}"#,
            r#"{"redirect_uris":["com.example.app:/cb"],"application_type":"native","subject_type":"pairwise","sector_identifier_uri":"https://app.example/sector","default_max_age":60}"#,
        ],
        run: client_metadata,
    },
    Target {
        name: "client_id_url",
        seeds: &[
            "https://app.example/client.json",
            "https://app.example/a/../b",
            "https://a@b/c",
            "https://app.example:443/x#y",
            "http://127.0.0.1/x",
        ],
        run: client_id_url,
    },
    Target {
        name: "claims_parameter",
        seeds: &[
            r#"{"userinfo":{"name":{"essential":true},"email":null},"id_token":{"acr":{"essential":true,"values":["1","2"]},"sub":{"value":"x"}}}"#,
            r#"{"id_token":{"auth_time":{"essential":true}}}"#,
        ],
        run: claims_parameter,
    },
    Target { name: "user_code", seeds: &["BCDF-GHJK", "bcdf ghjk", "BCDFGHJK"], run: user_code },
];

const ID: &str = "https://app.example/client.json";

fn client_metadata(bytes: &[u8]) {
    let _ = ClientMetadata::parse(bytes);
    let scope = Scope::of(["openid"]);
    if let Ok(application) = client_id_document::read(ID, bytes, Allowed { scope: &scope, place: Place::Public }) {
        assert_eq!(application.client_id, ID, "a document speaks for its own URL alone");
        assert!(!application.first_party && application.secret_hashes.is_empty());
        assert!(application.scope.words().all(|word| word == "openid"), "{}", application.scope);
        for uri in &application.redirect_uris {
            assert!(RegisteredRedirectUri::parse(uri, true).is_ok(), "{uri}");
        }
    }
}

fn client_id_url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(url) = client_id_document::check_url(&text) {
        assert_eq!(url.as_str(), text, "what is compared is where we look");
        assert!(url.fragment().is_none() && url.username().is_empty() && url.path() != "/", "{text}");
    }
}

fn claims_parameter(bytes: &[u8]) {
    let _ = ClaimsRequest::parse(&String::from_utf8_lossy(bytes));
}

fn user_code(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(code) = UserCode::parse(&text) {
        let shown = code.to_string();
        assert_eq!(UserCode::parse(&shown).map(|again| again.to_string()).ok(), Some(shown), "what is shown can be typed");
    }
}
