use chabi_spec::Scope;
use chabi_store::{
    application::{ApplicationKind, ClientAuthentication, Profile},
    application_settings::{ApplicationSettings, AssertionIssuer, ExchangeRule, RegisteredBy},
};
use chabi_token::Timestamp;

use super::*;

pub(crate) const KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1","use":"sig"}]}"#;
const PRIVATE_KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","kid":"1"}]}"#;

pub(crate) fn application() -> RegisteredClient {
    RegisteredClient {
        client_id: "app".into(),
        name: "App".into(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: vec!["https://app.example/cb".into()],
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        grant_types: vec!["authorization_code".into(), "refresh_token".into()],
        scope: Scope::of(["openid"]),
        default_audience: String::new(),
        id_token_alg: "RS256".into(),
        first_party: false,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: ApplicationSettings::default(),
    }
}

/// The rules that the application breaks after `change`.
fn broken(change: impl FnOnce(&mut RegisteredClient)) -> Vec<&'static str> {
    let mut application = application();
    change(&mut application);
    check(&application, Place::Public).into_iter().map(|contradiction| contradiction.rule).collect()
}

fn grants(application: &mut RegisteredClient, grants: &[&str]) {
    application.grant_types = grants.iter().map(|grant| (*grant).to_owned()).collect();
}

#[test]
fn an_ordinary_application_breaks_no_rule() {
    assert_eq!(broken(|_| {}), [""; 0]);
    assert_eq!(
        broken(|app| {
            app.authentication = ClientAuthentication::PrivateKeyJwt;
            app.settings.jwks = KEY.into();
            app.settings.logo_uri = "https://app.example/logo.svg".into();
            app.settings.frontchannel_logout_uri = "https://app.example/logout".into();
            app.settings.frontchannel_logout_session_required = true;
            app.settings.backchannel_logout_uri = "https://backend.example/logout".into();
            app.settings.pairwise = true;
            app.post_logout_redirect_uris = vec!["com.example.app:/bye".into()];
        }),
        [""; 0]
    );
}

// req: rd.reg
#[test]
fn every_contradiction_is_told_at_once_and_how_to_mend_it() {
    let mut wrong = application();
    wrong.redirect_uris = vec!["https://app.example/cb#x".into(), "http://app.example/".into()];
    wrong.id_token_alg = "HS256".into();
    let found = check(&wrong, Place::Public);
    let rules: Vec<_> = found.iter().map(|contradiction| contradiction.rule).collect();
    assert_eq!(rules, ["redirect_uri_fragment", "redirect_uri_http", "signing_alg_unknown"]);
    assert_eq!(found.first().unwrap().refusal().code, ErrorCode::InvalidRedirectUri);
    assert_eq!(found.last().unwrap().refusal().code, ErrorCode::InvalidClientMetadata);
    assert_eq!(
        found.last().unwrap().to_string(),
        "id_token_signed_response_alg `HS256`: it is no signing algorithm here: use RS256, PS256, ES256 or EdDSA (OpenID Connect Registration §2)"
    );
}

#[test]
fn grants_fit_the_application() {
    for (public, list, rule) in [
        (true, &["implicit"][..], "grant_type_unknown"),
        (true, &["client_credentials"], "client_credentials_public"),
        (true, &["refresh_token"], "refresh_token_alone"),
        (false, &[grants::TOKEN_EXCHANGE], "token_exchange_rule"),
        (false, &[grants::JWT_BEARER], "jwt_bearer_issuers"),
    ] {
        let found = broken(|app| {
            grants(app, list);
            if !public {
                app.authentication = ClientAuthentication::Secret;
                app.secret_hashes = vec![[1; 32]];
            }
        });
        assert_eq!(found, [rule], "{list:?}");
    }
    let exchange = |app: &mut RegisteredClient| {
        grants(app, &[grants::TOKEN_EXCHANGE]);
        app.settings.exchange = Some(ExchangeRule { subjects_of: vec!["app".into()], ..ExchangeRule::default() });
    };
    assert_eq!(broken(exchange), ["token_exchange_public"]);
    let issuer = AssertionIssuer { issuer: "https://a.example".into(), jwks: KEY.into(), people: true, ..AssertionIssuer::default() };
    assert_eq!(broken(|app| app.settings.assertion_issuers = vec![issuer]), ["jwt_bearer_issuers"]);
    assert_eq!(broken(|app| app.redirect_uris.clear()), ["redirect_uris_missing"]);
    assert_eq!(broken(|app| app.settings.response_modes = vec!["query.jwt".into()]), ["response_mode_unknown"]);
}

// req: dcr.upd
#[test]
fn the_way_to_prove_who_it_is_fits_what_it_has() {
    type Change = fn(&mut RegisteredClient);
    let cases: [(Change, &[&str]); 9] = [
        (|app| app.authentication = ClientAuthentication::Secret, &["client_secret_missing"]),
        (|app| app.secret_hashes = vec![[1; 32]], &["client_secret_unused"]),
        (|app| app.authentication = ClientAuthentication::PrivateKeyJwt, &["jwks_missing"]),
        (
            |app| {
                app.settings.jwks = KEY.into();
                app.settings.jwks_uri = "https://app.example/jwks".into();
            },
            &["jwks_twice"],
        ),
        (|app| app.settings.jwks = PRIVATE_KEY.into(), &["jwks_private"]),
        (|app| app.settings.jwks = "{}".into(), &["jwks_malformed"]),
        (
            |app| {
                app.authentication = ClientAuthentication::PrivateKeyJwt;
                app.settings.jwks = r#"{"keys":[]}"#.into();
            },
            &["jwks_without_use"],
        ),
        (|app| app.settings.token_endpoint_auth_signing_alg = "ES256".into(), &["assertion_alg_unused"]),
        (
            |app| {
                app.authentication = ClientAuthentication::PrivateKeyJwt;
                app.settings.jwks = KEY.into();
                app.settings.token_endpoint_auth_signing_alg = "HS256".into();
            },
            &["assertion_alg_unknown"],
        ),
    ];
    for (change, rules) in cases {
        assert_eq!(broken(change), rules);
    }
}

// req: cl.logo
#[test]
fn every_uri_that_people_are_shown_or_we_call_is_https() {
    for uri in [
        "http://app.example/x",
        "javascript:alert(1)",
        "data:image/svg+xml,<svg/>",
        "file:///etc/passwd",
        "//app.example/x",
        "x",
        "http://127.0.0.1/x",
    ] {
        type Member = fn(&mut ApplicationSettings) -> &mut String;
        let members: [Member; 7] = [
            |settings| &mut settings.client_uri,
            |settings| &mut settings.logo_uri,
            |settings| &mut settings.policy_uri,
            |settings| &mut settings.tos_uri,
            |settings| &mut settings.jwks_uri,
            |settings| &mut settings.initiate_login_uri,
            |settings| &mut settings.backchannel_logout_uri,
        ];
        for member in members {
            assert_eq!(broken(|app| uri.clone_into(member(&mut app.settings))).len(), 1, "{uri}");
        }
        let tagged = broken(|app| {
            app.settings.echoed.insert("logo_uri#bn".into(), uri.into());
        });
        assert_eq!(tagged.len(), 1, "{uri}");
    }
    let mut here = application();
    here.settings.initiate_login_uri = "http://localhost:3000/login".into();
    assert_eq!(check(&here, Place::ThisMachine), []);
    here.settings.initiate_login_uri = "http://app.example/login".into();
    assert_eq!(check(&here, Place::ThisMachine).len(), 1);
}

#[test]
fn a_front_channel_logout_is_at_the_origin_of_a_redirect() {
    let front = |uri: &str| broken(|app| uri.clone_into(&mut app.settings.frontchannel_logout_uri));
    assert_eq!(front("https://app.example/logout?x"), [""; 0]);
    assert_eq!(front("https://app.example:8443/logout"), ["frontchannel_logout_origin"]);
    assert_eq!(front("https://other.example/logout"), ["frontchannel_logout_origin"]);
    assert_eq!(broken(|app| app.settings.backchannel_logout_session_required = true), ["logout_session_without_uri"]);
}

#[test]
fn pairwise_subjects_need_a_sector() {
    let two = ["https://a.example/cb", "https://b.example/cb"].map(str::to_owned).to_vec();
    let pairwise = |app: &mut RegisteredClient| {
        app.settings.pairwise = true;
        app.redirect_uris.clone_from(&two);
    };
    assert_eq!(broken(pairwise), ["pairwise_without_sector"]);
    let named = |app: &mut RegisteredClient| {
        pairwise(app);
        app.settings.sector_identifier_uri = "https://a.example/sector.json".into();
    };
    assert_eq!(broken(named), [""; 0]);
}

// OpenID Connect Core §8.1: a host that nobody has shown to be theirs makes no sector: every installed application has the same loopback
// address, and `com.evil.app://bank.example/cb` is no address of the bank's
#[test]
fn an_installed_application_shares_its_sector_with_nobody() {
    use crate::sector;
    let of = |id: &str, uri: &str| {
        let mut app = RegisteredClient { client_id: id.into(), redirect_uris: vec![uri.to_owned()], ..application() };
        app.settings.pairwise = true;
        sector::of(&app)
    };
    for uri in ["com.example.app://bank.example/cb", "com.example.app:/cb", "http://127.0.0.1/cb", "http://localhost/cb", "http://[::1]/cb"]
    {
        let (one, two) = (of("one", uri), of("two", uri));
        assert!(one.is_some() && one != two && one.as_deref() != Some("bank.example"), "{uri}: {one:?}");
    }
    assert_eq!(of("one", "https://bank.example/cb").as_deref(), Some("bank.example"));
    let mixed = |app: &mut RegisteredClient| {
        app.settings.pairwise = true;
        app.kind = ApplicationKind::Native;
        app.redirect_uris = ["com.example.app://bank.example/cb", "https://bank.example/cb"].map(str::to_owned).to_vec();
    };
    assert_eq!(broken(mixed), ["pairwise_without_sector"]);
}

// OpenID Connect Core §8.1: what shows that a host is the application's is that codes go there; by the grant of devices none does
#[test]
fn what_registered_itself_joins_no_sector_by_the_grant_of_devices() {
    let joins = |by: RegisteredBy| {
        broken(|app| {
            app.settings.registered_by = by;
            app.settings.pairwise = true;
            app.grant_types.push(super::grants::DEVICE_CODE.to_owned());
        })
    };
    assert_eq!(joins(RegisteredBy::Operator), [""; 0]);
    assert_eq!(joins(RegisteredBy::Itself), ["pairwise_by_device"]);
    assert_eq!(joins(RegisteredBy::Document), ["pairwise_by_device"]);
}

#[test]
fn a_setting_that_contradicts_the_profile_is_refused() {
    let legacy = |profile| {
        broken(|app| {
            app.profile = profile;
            app.authentication = ClientAuthentication::PrivateKeyJwt;
            app.settings.jwks = KEY.into();
            app.settings.legacy_assertion_audience = true;
        })
    };
    assert_eq!(legacy(Profile::OAuth21), ["legacy_audience_in_oauth21"]);
    assert_eq!(legacy(Profile::Oidc), [""; 0]);
}

// req: dcr.off
#[test]
fn an_application_that_registered_itself_has_no_privilege() {
    for by in [RegisteredBy::Itself, RegisteredBy::Document] {
        let machine = broken(|app| {
            app.settings.registered_by = by;
            app.authentication = ClientAuthentication::PrivateKeyJwt;
            app.settings.jwks = KEY.into();
            grants(app, &["client_credentials"]);
        });
        assert_eq!(machine, ["grant_type_privileged"]);
        let first_party = broken(|app| {
            app.settings.registered_by = by;
            app.first_party = true;
        });
        assert_eq!(first_party, ["first_party_unproven"]);
    }
    let with_secret = broken(|app| {
        app.settings.registered_by = RegisteredBy::Document;
        app.authentication = ClientAuthentication::SecretBasic;
        app.secret_hashes = vec![[1; 32]];
    });
    assert_eq!(with_secret, ["document_with_secret"]);
}

#[test]
fn a_name_hides_nothing() {
    for name in ["", "a\nb", "moc.evil\u{202e}", "zero\u{200b}width", &"x".repeat(201)] {
        assert_eq!(broken(|app| name.clone_into(&mut app.name)), ["client_name_characters"], "{name:?}");
    }
    assert_eq!(broken(|app| "চাবি".clone_into(&mut app.name)), [""; 0]);
    for id in ["", "a b", "a/b", "https://app.example", "https://app.example/a#b"] {
        assert_eq!(broken(|app| id.clone_into(&mut app.client_id)), ["client_id_characters"], "{id:?}");
    }
    assert_eq!(broken(|app| "https://app.example/client.json".clone_into(&mut app.client_id)), [""; 0]);
}

// req: rd.reg
#[test]
fn answers_are_signed_with_an_algorithm_of_ours_or_not_at_all() {
    type Member = fn(&mut RegisteredClient) -> &mut String;
    let members: [Member; 2] =
        [|app| &mut app.settings.userinfo_signed_response_alg, |app| &mut app.settings.introspection_signed_response_alg];
    for member in members {
        for (name, rules) in [("", &[][..]), ("ES256", &[]), ("HS256", &["signing_alg_unknown"]), ("none", &["signing_alg_unknown"])] {
            assert_eq!(broken(|app| name.clone_into(member(app))), rules, "{name}");
        }
    }
    assert_eq!(broken(|app| app.id_token_alg.clear()), ["signing_alg_unknown"], "an ID token is always signed");
}

#[test]
fn an_age_is_not_negative() {
    for (age, rules) in [(None, &[][..]), (Some(0), &[]), (Some(-1), &["default_max_age_negative"])] {
        assert_eq!(broken(|app| app.settings.default_max_age = age), rules, "{age:?}");
    }
}

#[test]
fn an_application_has_an_old_and_a_new_secret_and_no_more() {
    let with = |secrets: usize| {
        broken(|app| {
            app.authentication = ClientAuthentication::Secret;
            app.secret_hashes = vec![[1; 32]; secrets];
        })
    };
    assert_eq!(with(2), [""; 0]);
    assert_eq!(with(3), ["client_secrets_many"]);
}

#[test]
fn an_audience_of_assertions_is_nothing_for_those_who_send_none() {
    let legacy = broken(|app| {
        app.profile = Profile::Oidc;
        app.settings.legacy_assertion_audience = true;
    });
    assert_eq!(legacy, ["legacy_audience_unused"]);
}

#[test]
fn an_origin_is_one_that_a_browser_sends() {
    for (origin, rules) in [("https://app.example", &[][..]), ("https://*.example", &["origin_malformed"]), ("null", &["origin_malformed"])]
    {
        assert_eq!(broken(|app| app.origins = vec![origin.into()]), rules, "{origin}");
    }
}

#[test]
fn a_name_in_another_language_hides_nothing_either() {
    let named = |name: &str| {
        broken(|app| {
            app.settings.echoed.insert("client_name#bn".into(), name.into());
        })
    };
    assert_eq!(named("চাবি"), [""; 0]);
    assert_eq!(named("moc.evil\u{202e}"), ["client_name_characters"]);
}

#[test]
fn no_claim_that_we_make_can_be_added() {
    let added = |name: &str| {
        broken(|app| {
            app.settings.extra_claims.insert(name.into(), serde_json::json!("x"));
        })
    };
    assert_eq!(added("tenant"), [""; 0]);
    assert_eq!(added("sub"), ["extra_claims"]);
}

// req: rd.reg
#[test]
fn where_a_browser_goes_after_a_logout_is_held_to_the_rules_of_redirects() {
    let after = |uri: &str| broken(|app| app.post_logout_redirect_uris = vec![uri.into()]);
    assert_eq!(after("https://app.example/bye"), [""; 0]);
    assert_eq!(after("https://app.example/bye#x"), ["redirect_uri_fragment"]);
    assert_eq!(after("http://app.example/bye"), ["redirect_uri_http"]);
}

// req: dos.map
#[test]
fn a_hundred_redirects_of_each_kind_are_enough() {
    let many = |most: usize| (0..most).map(|number| format!("https://app.example/{number}")).collect::<Vec<_>>();
    assert_eq!(broken(|app| app.redirect_uris = many(100)), [""; 0]);
    assert_eq!(broken(|app| app.redirect_uris = many(101)), ["too_many_uris"]);
    assert_eq!(broken(|app| app.post_logout_redirect_uris = many(101)), ["too_many_uris"]);
}

// req: cl.logo
#[test]
fn a_uri_that_people_are_shown_holds_nothing_that_is_read_in_two_ways() {
    let shown = |uri: &str| broken(|app| uri.clone_into(&mut app.settings.client_uri));
    assert_eq!(shown(&format!("https://app.example/{}", "x".repeat(2_028))), [""; 0]);
    assert_eq!(shown(&format!("https://app.example/{}", "x".repeat(2_029))), ["uri_characters"]);
    for odd in ["https://app.example/a b", "https://app.example/a\nb", "https://app.example/\u{e9}", "https://app.example\\@evil.example"] {
        assert_eq!(shown(odd), ["uri_characters"], "{odd}");
    }
    for hidden in ["https://bank.example@app.example", "https://:x@app.example", "https://app.example/#x", "https://app.example/#"] {
        assert_eq!(shown(hidden), ["uri_userinfo_or_fragment"], "{hidden}");
    }
}

#[test]
fn a_mobile_app_of_ours_exchanges_its_vendors_tokens_and_no_other_ones() {
    let native = |app: &mut RegisteredClient| {
        grants(app, &[grants::TOKEN_EXCHANGE, "refresh_token"]);
        app.redirect_uris = Vec::new();
        app.settings.native_sign_in = vec!["google".into()];
        app.first_party = true;
    };
    assert_eq!(broken(native), [""; 0]);
    assert_eq!(
        broken(|app| {
            native(app);
            app.first_party = false;
        }),
        ["native_sign_in_of_strangers"]
    );
    assert_eq!(
        broken(|app| {
            native(app);
            app.default_audience = "https://notes.example".into();
            app.settings.exchange = Some(ExchangeRule { subjects_of: vec!["web".into()], ..ExchangeRule::default() });
        }),
        ["token_exchange_public"]
    );
    assert_eq!(
        broken(|app| {
            app.first_party = true;
            app.settings.native_sign_in = vec!["google".into()];
        }),
        ["token_exchange_rule"]
    );
}
