//! The answer travels in the query, and nowhere else.

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal, authorization_request::ResponseMode};

/// ASVS 10.4.12: a response mode that is not offered is refused, in the mode that is.
pub(super) fn check_allowed(request: &AuthorizationRequest) -> Result<(), Refusal> {
    match request.response_mode {
        None | Some(ResponseMode::Query) => Ok(()),
        Some(other) => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "response_mode_not_offered",
            "response_mode must be query",
            "OAuth 2.0 Multiple Response Types §2.1",
        )
        .explain(other.as_str(), "query")),
    }
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;

    use super::*;

    // req: az.mode
    #[test]
    fn query_is_the_one_mode() {
        for (mode, passes) in [("", true), ("query", true), ("fragment", false), ("form_post", false)] {
            let query = format!("client_id=a&response_type=code&response_mode={mode}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            assert_eq!(check_allowed(&request).is_ok(), passes, "{mode}");
        }
    }
}
