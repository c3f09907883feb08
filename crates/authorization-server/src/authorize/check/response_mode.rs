//! How the answer travels: in a way that this application may ask for.

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal, authorization_request::ResponseMode};
use chabi_store::application::RegisteredClient;

/// How answers and refusals travel: as asked for, and where that may not be, as the application's list says first.
pub(super) fn for_answers(asked: ResponseMode, client: &RegisteredClient) -> ResponseMode {
    match may_use(client, asked) {
        true => asked,
        false => client.settings.response_modes.iter().find_map(|mode| ResponseMode::parse(mode).ok()).unwrap_or_default(),
    }
}

/// ASVS 10.4.12: a response mode that the application may not ask for is refused, in one that it may.
pub(super) fn check_allowed(request: &AuthorizationRequest, client: &RegisteredClient) -> Result<(), Refusal> {
    let mode = request.response_mode.unwrap_or_default();
    match may_use(client, mode) {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "response_mode_not_allowed",
            "the application may not ask for this response_mode",
            "OAuth 2.0 Multiple Response Types §2.1",
        )
        .explain(mode.as_str(), client.settings.response_modes.join(" "))),
    }
}

fn may_use(client: &RegisteredClient, mode: ResponseMode) -> bool {
    let allowed = &client.settings.response_modes;
    allowed.is_empty() || allowed.iter().any(|allowed| allowed == mode.as_str())
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;

    use super::*;
    use crate::fixtures::application;

    // req: az.mode
    #[test]
    fn a_mode_is_taken_when_the_application_may_ask_for_it() {
        for (allowed, mode, passes, answers) in [
            (&[][..], "", true, ResponseMode::Query),
            (&[], "fragment", true, ResponseMode::Fragment),
            (&[], "form_post", true, ResponseMode::FormPost),
            (&["query"], "", true, ResponseMode::Query),
            (&["query"], "form_post", false, ResponseMode::Query),
            (&["query"], "fragment", false, ResponseMode::Query),
            (&["form_post"], "form_post", true, ResponseMode::FormPost),
            (&["form_post"], "", false, ResponseMode::FormPost),
            (&["fragment", "form_post"], "query", false, ResponseMode::Fragment),
        ] {
            let mut client = application();
            client.settings.response_modes = allowed.iter().map(|mode| (*mode).to_owned()).collect();
            let query = format!("client_id=a&response_type=code&response_mode={mode}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            assert_eq!(check_allowed(&request, &client).is_ok(), passes, "{allowed:?} {mode}");
            assert_eq!(for_answers(request.response_mode.unwrap_or_default(), &client), answers, "{allowed:?} {mode}");
        }
    }
}
