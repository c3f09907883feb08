//! Requests to the token endpoint, by grant (RFC 6749 §4.1.3, §4.4.2, §6; the younger grants have files of their own).

mod device_code;
mod jwt_bearer;
pub mod native_sign_in;
pub mod token_exchange;

pub use device_code::DeviceCodeRequest;
pub use jwt_bearer::JwtBearerRequest;
pub use native_sign_in::NativeSignInRequest;
pub use token_exchange::TokenExchangeRequest;

use crate::{ErrorCode, Refusal, Scope, SecretText, form::Form, resource};

/// A request to the token endpoint. Who sends it is read apart: see [`crate::client_credentials`].
#[derive(Debug)]
pub enum TokenRequest {
    /// `authorization_code`.
    AuthorizationCode(AuthorizationCodeRequest),
    /// `refresh_token`.
    RefreshToken(RefreshTokenRequest),
    /// `client_credentials`.
    ClientCredentials(ClientCredentialsRequest),
    /// RFC 8628.
    DeviceCode(DeviceCodeRequest),
    /// RFC 8693.
    TokenExchange(TokenExchangeRequest),
    /// RFC 8693, by a provider's ID token.
    NativeSignIn(NativeSignInRequest),
    /// RFC 7523.
    JwtBearer(JwtBearerRequest),
}

/// RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2.
#[derive(Debug)]
pub struct AuthorizationCodeRequest {
    /// The code.
    pub code: SecretText,
    /// As it was sent, byte for byte.
    pub redirect_uri: Option<String>,
    /// As it was sent: whether it can be a verifier is part of the grant's rules.
    pub code_verifier: Option<SecretText>,
    /// Well-formed; empty: all that were granted.
    pub resource: Vec<String>,
}

/// RFC 6749 §6, RFC 8707 §2.2.
#[derive(Debug)]
pub struct RefreshTokenRequest {
    /// The refresh token.
    pub refresh_token: SecretText,
    /// `None`: all that was granted.
    pub scope: Option<Scope>,
    /// Well-formed; empty: all that were granted.
    pub resource: Vec<String>,
}

/// RFC 6749 §4.4.2, RFC 8707 §2.2.
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    /// `None`: all that the application may have.
    pub scope: Option<Scope>,
    /// Well-formed; empty: the application's default.
    pub resource: Vec<String>,
}

/// Parameters that may be repeated in a token request.
pub const REPEATABLE: [&str; 2] = ["resource", "audience"];

impl TokenRequest {
    /// Reads the parameters of the grant that is named; unknown ones are ignored (RFC 6749 §3.2).
    ///
    /// # Errors
    /// `invalid_request` for a missing parameter, `unsupported_grant_type`, `invalid_scope`, `invalid_target`.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        let grant_type = form.require("grant_type")?;
        match grant_type {
            "authorization_code" => Ok(Self::AuthorizationCode(AuthorizationCodeRequest {
                code: secret(form.require("code")?),
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
                code_verifier: form.get("code_verifier").map(secret),
                resource: resource::parse_all(form)?,
            })),
            "refresh_token" => Ok(Self::RefreshToken(RefreshTokenRequest {
                refresh_token: secret(form.require("refresh_token")?),
                scope: scope(form)?,
                resource: resource::parse_all(form)?,
            })),
            "client_credentials" => {
                Ok(Self::ClientCredentials(ClientCredentialsRequest { scope: scope(form)?, resource: resource::parse_all(form)? }))
            }
            DeviceCodeRequest::GRANT_TYPE => DeviceCodeRequest::parse(form).map(Self::DeviceCode),
            TokenExchangeRequest::GRANT_TYPE if NativeSignInRequest::is_meant(form) => {
                NativeSignInRequest::parse(form).map(Self::NativeSignIn)
            }
            TokenExchangeRequest::GRANT_TYPE => TokenExchangeRequest::parse(form).map(Self::TokenExchange),
            JwtBearerRequest::GRANT_TYPE => JwtBearerRequest::parse(form).map(Self::JwtBearer),
            // RFC 9700 §2.4: `password` is refused like any other grant that is not offered
            _ => {
                Err(Refusal::new(ErrorCode::UnsupportedGrantType, "grant_type_unknown", "the grant type is not supported", "RFC 6749 §5.2")
                    .explain(grant_type, "a grant of grant_types_supported"))
            }
        }
    }

    /// `grant_type` as it is registered.
    #[must_use]
    pub fn grant_type(&self) -> &'static str {
        match self {
            Self::AuthorizationCode(_) => "authorization_code",
            Self::RefreshToken(_) => "refresh_token",
            Self::ClientCredentials(_) => "client_credentials",
            Self::DeviceCode(_) => DeviceCodeRequest::GRANT_TYPE,
            Self::TokenExchange(_) | Self::NativeSignIn(_) => TokenExchangeRequest::GRANT_TYPE,
            Self::JwtBearer(_) => JwtBearerRequest::GRANT_TYPE,
        }
    }
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn scope(form: &Form) -> Result<Option<Scope>, Refusal> {
    form.get("scope").map(Scope::parse).transpose()
}
