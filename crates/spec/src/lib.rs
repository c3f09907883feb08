//! The words on the wire: requests, responses, error codes and metadata of OAuth 2 and OpenID Connect.
//!
//! No input or output, no clock, no web framework: bytes in, types out, and back.

pub mod error_code;
pub mod failure;
pub mod observe;
pub mod pkce;
pub mod scope;

pub use error_code::ErrorCode;
pub use failure::{Cause, Failure, Fault, FaultKind, Refusal};
pub use observe::{Observer, RequestRecord, Step};
pub use scope::Scope;
