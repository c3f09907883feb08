//! The members that no statement looks at, each to its place.

use std::collections::BTreeMap;

use chabi_spec::Refusal;
use chabi_store::application_settings::ApplicationSettings;
use serde_json::Value;

use super::{ClientMetadata, refusal};

/// Members that may be there once for each language (RFC 7591 §2.2).
const IN_LANGUAGES: [&str; 5] = ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];
/// The most of them, and the longest.
const MOST_ECHOED: usize = 100;
const LONGEST_ECHOED: usize = 2_048;

impl ClientMetadata {
    /// `base` keeps what only an operator says.
    pub(super) fn settings(&self, base: ApplicationSettings) -> Result<ApplicationSettings, Refusal> {
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        Ok(ApplicationSettings {
            client_uri: text(&self.client_uri),
            logo_uri: text(&self.logo_uri),
            policy_uri: text(&self.policy_uri),
            tos_uri: text(&self.tos_uri),
            contacts: self.contacts.clone().unwrap_or_default(),
            echoed: self.echoed()?,
            jwks: self.jwks.as_ref().map(Value::to_string).unwrap_or_default(),
            jwks_uri: text(&self.jwks_uri),
            token_endpoint_auth_signing_alg: text(&self.token_endpoint_auth_signing_alg),
            pairwise: self.is_pairwise()?,
            sector_identifier_uri: text(&self.sector_identifier_uri),
            userinfo_signed_response_alg: text(&self.userinfo_signed_response_alg),
            introspection_signed_response_alg: text(&self.introspection_signed_response_alg),
            default_max_age: self.default_max_age,
            require_auth_time: self.require_auth_time.unwrap_or_default(),
            default_acr_values: self.default_acr_values.clone().unwrap_or_default(),
            initiate_login_uri: text(&self.initiate_login_uri),
            response_modes: self.response_modes.clone().unwrap_or_default(),
            frontchannel_logout_uri: text(&self.frontchannel_logout_uri),
            frontchannel_logout_session_required: self.frontchannel_logout_session_required.unwrap_or_default(),
            backchannel_logout_uri: text(&self.backchannel_logout_uri),
            backchannel_logout_session_required: self.backchannel_logout_session_required.unwrap_or_default(),
            require_pushed_authorization_requests: self.require_pushed_authorization_requests.unwrap_or_default(),
            dpop_bound_access_tokens: self.dpop_bound_access_tokens.unwrap_or_default(),
            ..base
        })
    }

    fn is_pairwise(&self) -> Result<bool, Refusal> {
        match self.subject_type.as_deref().unwrap_or_default() {
            "" | "public" => Ok(false),
            "pairwise" => Ok(true),
            other => Err(refusal("subject_type_unknown", "use public or pairwise", "OpenID Connect Registration §2")
                .explain(other, "public or pairwise")),
        }
    }

    /// What is kept for the echo alone.
    fn echoed(&self) -> Result<BTreeMap<String, String>, Refusal> {
        let own = [
            ("software_id", &self.software_id),
            ("software_version", &self.software_version),
            ("application_type", &self.application_type),
        ];
        let mut echoed: BTreeMap<String, String> = own
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        for (name, value) in &self.others {
            let Some((base, language)) = name.split_once('#') else { continue };
            let Value::String(value) = value else { continue };
            if IN_LANGUAGES.contains(&base) && is_language(language) && !value.is_empty() {
                echoed.insert(name.clone(), value.clone());
            }
        }
        if echoed.len() > MOST_ECHOED || echoed.values().any(|value| value.len() > LONGEST_ECHOED) {
            return Err(refusal("metadata_too_much", "there is too much of it: shorten it", "RFC 7591 §3.2.2"));
        }
        Ok(echoed)
    }
}

/// BCP 47, as far as its letters go.
fn is_language(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
