//! The words on the wire: requests, responses, error codes and metadata of OAuth 2 and OpenID Connect.
//!
//! No input or output, no clock, no web framework: bytes in, types out, and back.

pub mod actor;
pub mod authorization_request;
pub mod bearer;
pub mod claims_parameter;
pub mod client_address;
pub mod client_credentials;
pub mod confirmation;
pub mod cookie;
pub mod device_authorization;
pub mod difference;
pub mod error_code;
pub mod failure;
pub mod form;
pub mod introspection;
pub mod issuer;
pub mod logout_request;
pub mod metadata;
pub mod observe;
pub mod pkce;
pub mod prompt;
pub mod protected_resource;
pub mod redirect_uri;
pub mod reserved_claims;
pub mod resource;
pub mod revocation_request;
pub mod scope;
pub mod secret;
pub mod token_request;
pub mod token_response;

pub use actor::Actor;
pub use authorization_request::AuthorizationRequest;
pub use bearer::Challenge;
pub use client_address::ClientAddress;
pub use confirmation::Confirmation;
pub use error_code::ErrorCode;
pub use failure::{Cause, Failure, Fault, FaultKind, Refusal};
pub use form::Form;
pub use issuer::Issuer;
pub use metadata::Metadata;
pub use observe::{Observer, RequestRecord, Step};
pub use prompt::Prompt;
pub use redirect_uri::RegisteredRedirectUri;
pub use scope::Scope;
pub use secret::SecretText;
pub use token_request::TokenRequest;
