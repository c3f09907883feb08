//! Requests to sign out (OpenID Connect RP-Initiated Logout 1.0 §2).

use crate::{ErrorCode, Refusal, SecretText, authorization_request, form::Form};

/// A request to the logout endpoint. Nothing in it is trusted yet.
#[derive(Debug)]
pub struct LogoutRequest {
    /// An ID token of ours, perhaps expired.
    pub id_token_hint: Option<SecretText>,
    /// The application.
    pub client_id: Option<String>,
    /// As it was sent, to be compared byte for byte with what the application registered.
    pub post_logout_redirect_uri: Option<String>,
    /// To be returned as it is.
    pub state: Option<String>,
    /// Who is meant, when the browser has several sessions.
    pub logout_hint: Option<String>,
    /// Space-separated BCP 47 tags.
    pub ui_locales: Option<String>,
}

impl LogoutRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` when one is longer than its cap.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        let capped = |name: &'static str, cap: usize| match form.get(name) {
            Some(value) if value.len() > cap => {
                let hint = "a parameter is too long";
                Err(Refusal::new(ErrorCode::InvalidRequest, "parameter_too_long", hint, "RP-Initiated Logout §2").explain("longer", name))
            }
            value => Ok(value.map(str::to_owned)),
        };
        Ok(Self {
            id_token_hint: capped("id_token_hint", authorization_request::LONGEST_ID_TOKEN_HINT)?.map(SecretText::new),
            client_id: capped("client_id", authorization_request::LONGEST_CLIENT_ID)?,
            post_logout_redirect_uri: capped("post_logout_redirect_uri", authorization_request::LONGEST_URI)?,
            state: capped("state", authorization_request::LONGEST_STATE)?,
            logout_hint: capped("logout_hint", authorization_request::LONGEST_HINT)?,
            ui_locales: capped("ui_locales", authorization_request::LONGEST_HINT)?,
        })
    }
}
