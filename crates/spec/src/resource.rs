//! `resource`: which API a token is for (RFC 8707 §2).

use url::Url;

use crate::{ErrorCode, Refusal, form::Form};

/// The most resources of one request.
const MOST: usize = 10;
/// The longest one, in bytes.
const LONGEST: usize = 2_048;

/// All `resource` parameters of a request, in order, each once.
///
/// # Errors
/// `invalid_target` when one is not an absolute URI without fragment, or there are more than ten.
pub fn parse_all(form: &Form) -> Result<Vec<String>, Refusal> {
    let mut resources = Vec::new();
    for text in form.all("resource") {
        check(text)?;
        if !resources.iter().any(|other| other == text) {
            resources.push(text.to_owned());
        }
    }
    if resources.len() > MOST {
        let hint = "too many resources are asked for at once";
        return Err(Refusal::new(ErrorCode::InvalidTarget, "too_many_resources", hint, "RFC 8707 §2"));
    }
    Ok(resources)
}

/// Checks the form of one resource; whether there is such an API, the store says. It is compared byte for byte.
///
/// # Errors
/// `invalid_target` when it is not an absolute URI without fragment.
pub fn check(text: &str) -> Result<(), Refusal> {
    // RFC 8707 §2: an absolute URI, without fragment
    let well_formed = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('#');
    if well_formed && Url::parse(text).is_ok() {
        return Ok(());
    }
    let hint = "resource must be an absolute URI without fragment";
    Err(Refusal::new(ErrorCode::InvalidTarget, "resource_malformed", hint, "RFC 8707 §2").explain(text, "such as https://api.example/"))
}
