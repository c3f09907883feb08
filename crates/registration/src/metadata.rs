//! The metadata of an application, as it sends them (RFC 7591 §2, OpenID Connect Registration §2), and as they are told back.

mod description;
mod settings;

pub use description::{describe, fingerprint};

use std::collections::BTreeMap;

use chabi_spec::{ErrorCode, Refusal, Scope};
use chabi_store::application::{ApplicationKind, ClientAuthentication, RegisteredClient};
use serde::Deserialize;
use serde_json::Value;

use crate::{About, Contradiction, origins, rules};

/// What came. Absent, `null` and empty mean the same (RFC 7592 §2.2); what we do not know is ignored (RFC 7591 §2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    scope: Option<String>,
    contacts: Option<Vec<String>>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    jwks_uri: Option<String>,
    jwks: Option<Value>,
    software_id: Option<String>,
    software_version: Option<String>,
    software_statement: Option<Value>,
    application_type: Option<String>,
    sector_identifier_uri: Option<String>,
    subject_type: Option<String>,
    id_token_signed_response_alg: Option<String>,
    userinfo_signed_response_alg: Option<String>,
    introspection_signed_response_alg: Option<String>,
    token_endpoint_auth_signing_alg: Option<String>,
    default_max_age: Option<i64>,
    require_auth_time: Option<bool>,
    default_acr_values: Option<Vec<String>>,
    initiate_login_uri: Option<String>,
    response_modes: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: Option<bool>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: Option<bool>,
    require_pushed_authorization_requests: Option<bool>,
    dpop_bound_access_tokens: Option<bool>,
    client_id: Option<String>,
    client_secret: Option<String>,
    /// Members that only our own answers have, languages, and what we do not know.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl ClientMetadata {
    /// Reads the body of a registration, or a document.
    ///
    /// # Errors
    /// `invalid_client_metadata` when it is no JSON object, or a member has another type than it should, or is there twice;
    /// `unapproved_software_statement` when it brings one.
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        let read: Self = serde_json::from_slice(json).map_err(|error| {
            let hint = "send the metadata as one JSON object, each member once and of its type";
            refusal("metadata_malformed", hint, "RFC 7591 §3.1").explain(error.to_string(), "a JSON object")
        })?;
        // RFC 7591 §2.3: a statement that we do not check must not look as if it had been
        if read.software_statement.is_some() {
            let hint = "software statements are not taken here: leave it out";
            return Err(Refusal::new(ErrorCode::UnapprovedSoftwareStatement, "software_statement", hint, "RFC 7591 §3.2.2"));
        }
        Ok(read)
    }

    /// `client_id`, when it has one.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// `client_secret`, when it has one.
    #[must_use]
    pub fn client_secret(&self) -> Option<&str> {
        self.client_secret.as_deref()
    }

    /// True for a member of whatever kind, also one that we do not know.
    #[must_use]
    pub fn has(&self, member: &str) -> bool {
        self.others.contains_key(member)
    }

    /// A document that names no way to prove who it is means `none`: there is no secret that it could have.
    pub(crate) fn without_secret_by_default(mut self) -> Self {
        self.token_endpoint_auth_method.get_or_insert_with(|| "none".to_owned());
        self
    }

    /// The record that comes of it: `base` with everything that the metadata say, which is what an update means too (RFC 7592 §2.2:
    /// what it leaves out is taken away). `allowed` is what the application may ask for at the most. The rules are still to be checked.
    ///
    /// # Errors
    /// `invalid_client_metadata` for a word that means nothing here.
    pub fn over(self, base: RegisteredClient, allowed: &Scope) -> Result<RegisteredClient, Refusal> {
        let authentication = self.authentication()?;
        let grant_types = self.grant_types.clone().filter(|grants| !grants.is_empty()).unwrap_or_else(|| vec![CODE_GRANT.to_owned()]);
        check_response_types(self.response_types.as_deref(), &grant_types)?;
        let redirect_uris = folded(self.redirect_uris.clone());
        let kind = self.kind(&redirect_uris)?;
        let scope = match self.scope.as_deref().filter(|scope| !scope.is_empty()) {
            // RFC 7591 §2: what it asks for beyond what it may have is left out, and the answer says so
            Some(scope) => Scope::parse(scope)
                .map_err(|malformed| refusal(malformed.cause.rule, malformed.hint, malformed.clause))?
                .intersection(allowed),
            None => allowed.clone(),
        };
        let named =
            |name: &Option<String>, otherwise: &str| name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| otherwise.into());
        Ok(RegisteredClient {
            name: named(&self.client_name, &base.client_id),
            kind,
            authentication,
            origins: origins::of(&redirect_uris, authentication == ClientAuthentication::None),
            redirect_uris,
            post_logout_redirect_uris: folded(self.post_logout_redirect_uris.clone()),
            grant_types: folded(Some(grant_types)),
            scope,
            id_token_alg: named(&self.id_token_signed_response_alg, "RS256"),
            settings: self.settings(base.settings)?,
            client_id: base.client_id,
            profile: base.profile,
            secret_hashes: base.secret_hashes,
            default_audience: base.default_audience,
            first_party: base.first_party,
            disabled_at: base.disabled_at,
            created_at: base.created_at,
        })
    }

    fn authentication(&self) -> Result<ClientAuthentication, Refusal> {
        match self.token_endpoint_auth_method.as_deref().unwrap_or_default() {
            // RFC 7591 §2: left out, it is client_secret_basic
            "" | "client_secret_basic" => Ok(ClientAuthentication::SecretBasic),
            "client_secret_post" => Ok(ClientAuthentication::SecretPost),
            "private_key_jwt" => Ok(ClientAuthentication::PrivateKeyJwt),
            "none" => Ok(ClientAuthentication::None),
            other => {
                let hint = "use client_secret_basic, client_secret_post, private_key_jwt or none";
                Err(refusal("auth_method_unknown", hint, "RFC 7591 §2").explain(other, hint))
            }
        }
    }

    fn kind(&self, redirect_uris: &[String]) -> Result<ApplicationKind, Refusal> {
        match self.application_type.as_deref().unwrap_or_default() {
            "native" => Ok(ApplicationKind::Native),
            "web" => Ok(ApplicationKind::Web),
            // OpenID Connect Registration §2 says web; those who know OAuth alone do not send it, and their redirects tell what they are
            "" if !redirect_uris.is_empty() && redirect_uris.iter().all(|uri| !uri.starts_with("https://")) => Ok(ApplicationKind::Native),
            "" => Ok(ApplicationKind::Web),
            other => {
                Err(refusal("application_type_unknown", "use web or native", "OpenID Connect Registration §2")
                    .explain(other, "web or native"))
            }
        }
    }
}

const CODE_GRANT: &str = "authorization_code";

/// RFC 7591 §2.1: response type and grant type say the same.
fn check_response_types(sent: Option<&[String]>, grants: &[String]) -> Result<(), Refusal> {
    let Some(sent) = sent else { return Ok(()) };
    if let Some(other) = sent.iter().find(|kind| *kind != "code") {
        return Err(
            refusal("response_type_unknown", "there is no other response type here than code", "RFC 7591 §2.1").explain(other, "code")
        );
    }
    if sent.is_empty() == grants.iter().any(|grant| grant == CODE_GRANT) {
        let hint = "response type code and grant type authorization_code go together: name both or neither";
        return Err(refusal("response_types_and_grants", hint, "RFC 7591 §2.1"));
    }
    Ok(())
}

/// Each once, in the order they came.
fn folded(list: Option<Vec<String>>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for item in list.unwrap_or_default() {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

/// The first contradiction as a refusal; the others go into what is logged with it.
///
/// # Errors
/// When there is one.
pub fn check(application: &RegisteredClient, place: crate::Place) -> Result<(), Refusal> {
    let found = rules::check(application, place);
    // RFC 7591 §3.2.2: redirect URIs have a code of their own, and whoever looks for it should find it
    let first = found.iter().find(|contradiction| contradiction.about == About::RedirectUri).or(found.first());
    let Some(first) = first else { return Ok(()) };
    let all: Vec<String> = found.iter().map(Contradiction::to_string).collect();
    let refusal = first.refusal();
    Err(Refusal { cause: chabi_spec::Cause { received: Some(all.join("; ")), ..refusal.cause }, ..refusal })
}

pub(crate) fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClientMetadata, rule, hint, clause)
}

#[cfg(test)]
mod tests;
