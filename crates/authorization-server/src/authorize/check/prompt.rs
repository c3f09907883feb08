//! A page that is asked for must be one that is shown here.

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal};

/// OpenID Connect Prompt Create 1.0 §4: what the metadata does not list is refused, and not answered by another page.
pub(super) fn check_offered(request: &AuthorizationRequest, may_sign_up: bool) -> Result<(), Refusal> {
    match request.prompt.create && !may_sign_up {
        true => {
            let hint = "nobody can make an account here: leave out prompt=create, which the metadata does not list";
            Err(Refusal::new(ErrorCode::InvalidRequest, "prompt_create_closed", hint, "OpenID Connect Prompt Create 1.0 §4"))
        }
        false => Ok(()),
    }
}
