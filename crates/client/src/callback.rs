//! What the browser brings back from a provider.

use crate::{provider::Provider, refusal::UpstreamRefusal};

/// The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2). Everybody can write them: nothing here is proven.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Callback {
    /// The code.
    pub code: Option<String>,
    /// What we sent, to be matched by the caller before anything else.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why not.
    pub error: Option<String>,
    /// Apple: the person's name, as JSON, at their first sign-in only. Through the browser: a name, and proof of nothing.
    pub user: Option<String>,
    /// VK: an id that its token endpoint wants back.
    pub device_id: Option<String>,
    /// All the others, for protocols that have names of their own; each once.
    pub(crate) fields: Vec<(String, String)>,
}

/// A query that is no authorization response: too long, or a parameter twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an authorization response")]
pub struct NotACallback;

const LONGEST_QUERY: usize = 16 << 10;

impl Callback {
    /// Reads a query string, or the body of a form.
    ///
    /// # Errors
    /// [`NotACallback`].
    pub fn parse(query: &str) -> Result<Self, NotACallback> {
        if query.len() > LONGEST_QUERY {
            return Err(NotACallback);
        }
        let mut callback = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match &*name {
                "code" => &mut callback.code,
                "state" => &mut callback.state,
                "iss" => &mut callback.iss,
                "error" => &mut callback.error,
                "user" => &mut callback.user,
                "device_id" => &mut callback.device_id,
                _ => {
                    callback.keep(&name, &value)?;
                    continue;
                }
            };
            // RFC 6749 §3.1: a parameter must not stand twice
            if slot.replace(value.into_owned()).is_some() {
                return Err(NotACallback);
            }
        }
        Ok(callback)
    }

    /// Only names that some protocol gives a meaning to are kept, and held to stand once.
    fn keep(&mut self, name: &str, value: &str) -> Result<(), NotACallback> {
        let known = name.starts_with("openid.") || crate::signed_form::NAMES.contains(&name);
        match known {
            false => Ok(()),
            true if self.field(name).is_some() => Err(NotACallback),
            true => {
                self.fields.push((name.to_owned(), value.to_owned()));
                Ok(())
            }
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The code, when the right provider gave one.
    pub(crate) fn code_from(&self, provider: &Provider, iss_promised: bool) -> Result<&str, UpstreamRefusal> {
        check_answered_by(self.iss.as_deref(), provider.issuer(), iss_promised)?;
        match (self.error.as_deref(), self.code.as_deref()) {
            (Some(error), _) => Err(refused(error)),
            (None, Some(code)) if !code.is_empty() => Ok(code),
            (None, _) => Err(UpstreamRefusal::wrong("authorization_response", "neither code nor error")),
        }
    }
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").field("iss", &self.iss).field("error", &self.error).finish_non_exhaustive()
    }
}

/// RFC 9207 §2.4: `iss` must be the issuer we sent the person to; where its metadata promises one, it must be there. This stands
/// before the error is read: an error in another's name is not this provider's word.
fn check_answered_by(iss: Option<&str>, issuer: &str, promised: bool) -> Result<(), UpstreamRefusal> {
    match iss {
        Some(iss) if iss == issuer => Ok(()),
        Some(iss) => Err(UpstreamRefusal::wrong("iss_of_response", format!("{iss}, expected {issuer}"))),
        None if promised => Err(UpstreamRefusal::wrong("iss_of_response", "missing, although the provider promises it")),
        None => Ok(()),
    }
}

/// RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6: what the codes mean for the person in front of the page.
fn refused(error: &str) -> UpstreamRefusal {
    match error {
        "access_denied"
        | "user_cancelled_login"
        | "user_cancelled_authorize"
        | "consent_required"
        | "interaction_required"
        | "login_required" => UpstreamRefusal::Cancelled,
        "temporarily_unavailable" | "server_error" => UpstreamRefusal::down("authorizing", error),
        other => UpstreamRefusal::refused("authorizing", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6749 §3.1
    #[test]
    fn a_parameter_that_stands_twice_is_no_answer() {
        assert_eq!(Callback::parse("code=a&state=s&code=b"), Err(NotACallback));
        assert_eq!(Callback::parse(&format!("code={}", "a".repeat(LONGEST_QUERY))), Err(NotACallback));
        assert_eq!(Callback::parse("code=a%20b&state=s&x=1&x=2").unwrap().code.as_deref(), Some("a b"));
    }

    // RFC 9207 §2.4
    // req: up.mix
    // req: up.err
    #[test]
    fn an_answer_in_another_name_is_refused_before_its_error_is_read() {
        let issuer = "https://idp.example";
        for wrong in ["https://idp.example/", "https://IDP.example", "https://evil.example", "", "http://idp.example"] {
            let verdict = check_answered_by(Some(wrong), issuer, false);
            assert!(matches!(verdict, Err(UpstreamRefusal::Wrong { rule: "iss_of_response", .. })), "{wrong}");
        }
        assert!(check_answered_by(None, issuer, true).is_err());
        assert_eq!(check_answered_by(None, issuer, false), Ok(()));
        assert_eq!(check_answered_by(Some(issuer), issuer, true), Ok(()));
    }

    // RFC 6749 §4.1.2.1
    // req: up.err
    #[test]
    fn what_a_provider_says_reaches_the_page_as_one_of_four_keys() {
        assert_eq!(refused("access_denied").page_key(), "upstream-cancelled");
        assert_eq!(refused("temporarily_unavailable").page_key(), "upstream-down");
        assert_eq!(refused("<script>alert(1)</script>").page_key(), "upstream-refused");
    }
}
