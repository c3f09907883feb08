//! Authorization requests that an application pushed before it sends the browser (RFC 9126).

use chabi_token::{Timestamp, id_type};

use crate::Answer;

id_type!(
    /// A pushed request's row; its `request_uri` carries it, with a secret.
    PushedRequestId
);

/// A validated request, which the browser names by a `request_uri` alone. Only the hash of the secret in it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRequest {
    /// Its row.
    pub id: PushedRequestId,
    /// SHA-256 of the secret in the `request_uri`.
    pub secret_hash: [u8; 32],
    /// The application that pushed it, and no other may use it.
    pub client_id: String,
    /// What was pushed, in form encoding, without what proved who the application is; parsed and checked again at every step.
    pub parameters: String,
    /// Thumbprint of the DPoP key that was proven when it was pushed (RFC 9449 §10.1).
    pub dpop_jkt: Option<String>,
    /// From then on the `request_uri` begins nothing any more.
    pub expires_at: Timestamp,
    /// From then on nothing that it began waits any more either: the row goes.
    pub kept_until: Timestamp,
}

/// Verbs on pushed requests.
pub trait PushedRequestVerbs {
    /// Adds one.
    fn insert_pushed_request(&self, request: PushedRequest) -> Answer<'_, ()>;
    /// Finds one that was not spent and is still kept. Whether it may still begin something, `expires_at` says.
    fn find_pushed_request(&self, id: PushedRequestId, now: Timestamp) -> Answer<'_, Option<PushedRequest>>;
    /// Ends it: `true` for exactly one caller, who may then give a code for it. One conditional statement.
    fn spend_pushed_request(&self, id: PushedRequestId, now: Timestamp) -> Answer<'_, bool>;
}
