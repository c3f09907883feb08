//! Config: what the metadata and the keys look like, before anybody signs in.

use serde_json::Value;

use crate::{
    conformance::suite::Suite,
    server::{ISSUER, TestServer, builder, secret},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn metadata(server: &TestServer) -> Value {
    server.browser().get(DISCOVERY).await.json()
}

async fn keys(server: &TestServer) -> Vec<Value> {
    server.browser().get("/oauth2/jwks").await.json()["keys"].as_array().unwrap().clone()
}

fn words(metadata: &Value, member: &str) -> Vec<String> {
    let list = metadata[member].as_array().unwrap_or_else(|| panic!("{member} is no list: {metadata}"));
    list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The names of the IANA registry "OAuth Authorization Server Metadata", as far as code flow, logout and registration go: what the suite's
/// schema knows. Any other is a warning.
const REGISTERED: [&str; 58] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "service_documentation",
    "ui_locales_supported",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "device_authorization_endpoint",
    "userinfo_endpoint",
    "acr_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported",
    "request_object_signing_alg_values_supported",
    "display_values_supported",
    "claim_types_supported",
    "claims_supported",
    "claims_locales_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "introspection_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported",
    "check_session_iframe",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "end_session_endpoint",
    "dpop_signing_alg_values_supported",
    "client_id_metadata_document_supported",
    "prompt_values_supported",
    "protected_resources",
    "signed_metadata",
    "mtls_endpoint_aliases",
    "tls_client_certificate_bound_access_tokens",
];

mod oidcc_discovery_endpoint_verification {
    use super::*;

    // CheckDiscEndpointIssuer, CheckDiscEndpointIssuerIsValidUrl
    // req: md.issuer
    #[tokio::test]
    async fn the_issuer_is_the_address_of_the_document_without_the_well_known_path() {
        let metadata = metadata(&TestServer::start().await).await;
        assert_eq!(format!("{}{DISCOVERY}", metadata["issuer"].as_str().unwrap()), format!("{ISSUER}{DISCOVERY}"));
    }

    // EnsureDiscoveryEndpointResponseStatusCodeIs200, CheckDiscoveryEndpointReturnedJsonContentType
    #[tokio::test]
    async fn the_document_is_200_and_json() {
        let answer = TestServer::start().await.browser().get(DISCOVERY).await;
        assert_eq!((answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()), (200, "application/json"));
    }

    // ValidateServerMetadataAgainstSchema
    #[tokio::test]
    async fn every_member_has_the_type_of_its_name_and_none_is_null_or_empty() {
        let metadata = metadata(&TestServer::start().await).await;
        for (name, value) in metadata.as_object().unwrap() {
            let fits = match name.as_str() {
                _ if name.ends_with("_values_supported") || name.ends_with("_methods_supported") => is_list(value),
                "request_parameter_supported" | "request_uri_parameter_supported" | "claims_parameter_supported" => value.is_boolean(),
                "authorization_response_iss_parameter_supported" | "client_id_metadata_document_supported" => value.is_boolean(),
                _ if name.starts_with("require_") || name.contains("channel_logout") => value.is_boolean(),
                _ if name.ends_with("_supported") => is_list(value),
                _ => value.as_str().is_some_and(|text| !text.is_empty()),
            };
            assert!(fits, "{name}: {value}");
        }
    }

    fn is_list(value: &Value) -> bool {
        let Some(items) = value.as_array() else { return false };
        let all = items.iter().all(|item| item.as_str().is_some_and(|text| !text.is_empty()));
        let mut once = items.clone();
        once.sort_by_key(ToString::to_string);
        once.dedup();
        !items.is_empty() && all && once.len() == items.len()
    }

    // CheckForUnexpectedParametersInServerMetadata
    #[tokio::test]
    async fn no_member_is_unknown_to_the_registry() {
        let metadata = metadata(&TestServer::start().await).await;
        let unknown: Vec<_> = metadata.as_object().unwrap().keys().filter(|name| !REGISTERED.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    // CheckDiscEndpointAllEndpointsAreHttps
    // req: md.host
    #[tokio::test]
    async fn every_endpoint_is_https_and_of_the_issuer() {
        let metadata = metadata(&TestServer::start().await).await;
        let addresses = metadata.as_object().unwrap().iter();
        let addresses = addresses.filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri") || name.ends_with("_iframe"));
        let count =
            addresses.inspect(|(name, value)| assert!(value.as_str().unwrap().starts_with(&format!("{ISSUER}/")), "{name}")).count();
        assert!(count >= 8, "{count}");
    }

    // OIDCCCheckDiscEndpointResponseTypesSupported, OIDCCCheckDiscEndpointGrantTypesSupported
    #[tokio::test]
    async fn response_types_and_grants_are_listed() {
        let metadata = metadata(&TestServer::start().await).await;
        assert_eq!(words(&metadata, "response_types_supported"), ["code"]);
        assert!(words(&metadata, "grant_types_supported").contains(&"authorization_code".to_owned()));
    }

    // OIDCCCheckDiscEndpointIdTokenSigningAlgValuesSupported
    #[tokio::test]
    async fn rs256_is_listed_first_and_none_and_hmac_never() {
        let metadata = metadata(&TestServer::start().await).await;
        for member in ["id_token", "userinfo", "introspection"] {
            let algorithms = words(&metadata, &format!("{member}_signing_alg_values_supported"));
            assert_eq!(algorithms[0], "RS256", "{member}");
            assert!(algorithms.iter().all(|alg| alg != "none" && !alg.starts_with("HS")), "{algorithms:?}");
        }
    }

    // CheckDiscEndpointSubjectTypesSupported, CheckDiscEndpointScopesSupportedContainsOpenId, OIDCCCheckDiscEndpointClaimsSupported
    #[tokio::test]
    async fn subject_types_scopes_and_claims_are_listed() {
        let metadata = metadata(&TestServer::start().await).await;
        let types = words(&metadata, "subject_types_supported");
        assert!(!types.is_empty() && types.iter().all(|kind| kind == "public" || kind == "pairwise"), "{types:?}");
        assert!(words(&metadata, "scopes_supported").contains(&"openid".to_owned()));
        for claim in ["sub", "iss", "auth_time", "acr", "name", "email"] {
            assert!(words(&metadata, "claims_supported").contains(&claim.to_owned()), "{claim}");
        }
    }

    // CheckDiscEndpointLocalesSyntax, CheckDiscEndpointLocalesCanonicalCasing
    #[tokio::test]
    async fn locales_are_bcp_47_in_canonical_case() {
        let metadata = metadata(&TestServer::start().await).await;
        for tag in words(&metadata, "ui_locales_supported") {
            let mut parts = tag.split('-');
            let language = parts.next().unwrap();
            assert!((2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase()), "{tag}");
            for part in parts {
                match part.len() {
                    2 => assert!(part.bytes().all(|byte| byte.is_ascii_uppercase()), "{tag}: a region"),
                    4 => assert!(part.starts_with(|c: char| c.is_ascii_uppercase()), "{tag}: a script"),
                    _ => panic!("{tag}"),
                }
            }
        }
    }

    // EnsureServerConfigurationCodeChallengeMethodsSupportedIsAnArray, EnsureServerConfigurationSupportsCodeChallengeMethodS256
    // req: md.pkce
    #[tokio::test]
    async fn the_methods_of_pkce_are_a_list_of_s256() {
        assert_eq!(words(&metadata(&TestServer::start().await).await, "code_challenge_methods_supported"), ["S256"]);
    }

    // CheckDiscEndpointRequestObjectSigningAlgValuesSupportedIncludesRS256
    #[tokio::test]
    async fn request_objects_are_not_promised() {
        let metadata = metadata(&TestServer::start().await).await;
        assert!(metadata.get("request_object_signing_alg_values_supported").is_none());
        assert_eq!(
            (&metadata["request_parameter_supported"], &metadata["request_uri_parameter_supported"]),
            (&false.into(), &false.into())
        );
    }

    // EnsureJwksHasNoPrivateOrSymmetricKeyMaterial, ValidateJwksStructure, CheckDistinctKeyIdValueInServerJWKs, WarnOnUnusableJwksKeys
    // req: md.jwks
    #[tokio::test]
    async fn keys_are_public_and_usable_and_each_has_a_name_a_use_and_an_algorithm_of_its_own() {
        let server = TestServer::start().await;
        let keys = keys(&server).await;
        let mut names: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), keys.len());
        for key in &keys {
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(key.get(private).is_none(), "{private}");
            }
            assert_eq!(key["use"], "sig");
            let numbers: &[&str] = match (key["kty"].as_str().unwrap(), key["alg"].as_str().unwrap()) {
                ("RSA", "RS256" | "PS256") => &["n", "e"],
                ("EC", "ES256") => &["x", "y"],
                ("OKP", "EdDSA") => &["x"],
                other => panic!("{other:?}"),
            };
            for number in numbers {
                assert!(!chabi_token::base64url::decode(key[*number].as_str().unwrap()).unwrap().is_empty());
            }
        }
        let listed = words(&metadata(&server).await, "id_token_signing_alg_values_supported");
        assert!(listed.iter().all(|alg| keys.iter().any(|key| key["alg"] == alg.as_str())), "{listed:?}");
        let answer = server.browser().get("/oauth2/jwks").await;
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    }
}

mod oidcc_server_rotate_keys {
    use chabi::operations::keys::rotate;

    use super::*;

    // VerifyNewJwksHasNewSigningKey, VerifyNewJwksStillHasOldSigningKey
    // req: ky.rot
    #[tokio::test]
    async fn new_keys_of_every_algorithm_are_published_and_the_old_ones_stay_and_sign_until_caches_have_run_out() {
        let mut suite = Suite::start(module_path!()).await;
        let before = keys(&suite.server).await;
        let made = rotate(suite.server.chabi.store(), &secret(), suite.server.chabi.env()).await.unwrap();
        // another node of the same installation, since a running one looks once a second
        let other = builder(suite.server.chabi.env()).store(suite.server.chabi.store().clone()).build().await.unwrap();
        other.until_ready().await.unwrap();
        (suite.server.router, suite.server.chabi) = (other.router(), other);
        suite.browser = suite.server.browser();
        let after = keys(&suite.server).await;
        assert_eq!((made.len(), after.len()), (4, before.len() + 4));
        assert!(before.iter().all(|old| after.contains(old)));
        assert!(made.iter().all(|kid| after.iter().any(|key| key["kid"] == kid.as_str())));
        // signed by an old key still, and good by the new document
        suite.tokens(&[]).await;
    }
}

mod oidcc_idtoken_rs256 {
    use super::*;

    // EnsureIdTokenContainsKid, EnsureIdTokenSignatureIsRS256, ValidateIdTokenSignature, CheckForSubjectInIdToken, ValidateAtHash
    #[tokio::test]
    async fn the_id_token_names_its_key_and_a_short_subject_and_the_hash_of_the_access_token() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[]).await;
        let expected = chabi_token::id_token::at_hash(chabi_token::Algorithm::RS256, &tokens.access_token);
        assert_eq!(tokens.id_token["at_hash"], expected.as_str());
        let sub = tokens.id_token["sub"].as_str().unwrap();
        assert!(!sub.is_empty() && sub.len() <= 255 && sub.bytes().all(|byte| byte.is_ascii_graphic()), "{sub}");
    }
}
