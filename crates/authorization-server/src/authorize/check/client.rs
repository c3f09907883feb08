//! The application must be registered and open.

use std::sync::Arc;

use chabi_spec::{ErrorCode, Refusal};
use chabi_store::application::RegisteredClient;

/// RFC 6749 §4.1.2.1: an unknown application cannot be told anything, so that this is a page. `why_unknown` is for the developer who asks.
pub(super) fn find_registered(
    found: Option<Arc<RegisteredClient>>,
    client_id: &str,
    why_unknown: Option<String>,
) -> Result<Arc<RegisteredClient>, Refusal> {
    let open = found.filter(|client| client.disabled_at.is_none());
    open.ok_or_else(|| {
        Refusal::new(ErrorCode::InvalidRequest, "client_unknown", "client_id is not one of a registered application", "RFC 6749 §4.1.2.1")
            .explain(client_id, why_unknown.unwrap_or_else(|| "a registered application".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use chabi_token::Timestamp;

    use super::*;
    use crate::fixtures::application;

    #[test]
    fn an_unknown_and_a_disabled_application_are_refused_alike() {
        let disabled = RegisteredClient { disabled_at: Some(Timestamp(1)), ..application() };
        assert_eq!(find_registered(None, "spa", None), find_registered(Some(disabled.into()), "spa", None));
        assert!(find_registered(Some(application().into()), "spa", None).is_ok());
    }
}
