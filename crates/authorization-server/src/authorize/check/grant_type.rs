//! The application must be registered for the code grant.

use chabi_spec::{ErrorCode, Refusal};
use chabi_store::application::RegisteredClient;

/// RFC 6749 §4.1.2.1: an application without the code grant cannot begin it.
pub(super) fn check_registered(client: &RegisteredClient) -> Result<(), Refusal> {
    match client.grant_types.iter().any(|grant| grant == "authorization_code") {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::UnauthorizedClient,
            "code_grant_not_allowed",
            "the application is not registered for authorization codes",
            "RFC 6749 §4.1.2.1",
        )
        .explain("response_type=code", client.grant_types.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    #[test]
    fn an_application_without_the_code_grant_is_unauthorized() {
        let machine = RegisteredClient { grant_types: vec!["client_credentials".to_owned()], ..application() };
        assert_eq!(check_registered(&machine).unwrap_err().code, ErrorCode::UnauthorizedClient);
        assert!(check_registered(&application()).is_ok());
    }
}
