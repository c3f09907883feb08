//! Authorization requests (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3, RFC 8707 §2.1).

use crate::{ErrorCode, Prompt, Refusal, Scope, SecretText, claims_parameter::ClaimsRequest, form::Form, pkce::CodeChallenge, resource};

/// The longest `client_id`, in bytes.
pub const LONGEST_CLIENT_ID: usize = 256;
/// The longest redirect URI, in bytes.
pub const LONGEST_URI: usize = 2_048;
/// The longest `state`, in bytes: it comes back whole or not at all.
pub const LONGEST_STATE: usize = 4_096;
/// The longest `nonce`, in bytes.
pub const LONGEST_NONCE: usize = 2_048;
/// The longest scope, in bytes.
pub const LONGEST_SCOPE: usize = 4_096;
/// The longest `login_hint`, `ui_locales`, `acr_values` and the like, in bytes.
pub const LONGEST_HINT: usize = 512;
/// The longest `id_token_hint`, in bytes.
pub const LONGEST_ID_TOKEN_HINT: usize = 16 * 1024;

/// Parameters that may be repeated in an authorization request.
pub const REPEATABLE: [&str; 1] = ["resource"];

/// How the answer travels back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In its fragment.
    Fragment,
    /// By a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// What is asked for. A code is all there is (RFC 9700 §2.1.2: no token ever leaves by the front channel).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// `code`.
    Code,
}

/// What must be known before any answer may leave by redirect: read first, and alone, so that everything after it can be reported to
/// the application. Nothing in it is trusted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress {
    /// The application.
    pub client_id: String,
    /// As it was sent, to be compared byte for byte.
    pub redirect_uri: Option<String>,
    /// To be returned byte for byte.
    pub state: Option<String>,
    /// `Query` as well when it was left out or makes no sense: that is refused later, and the refusal must travel somehow.
    pub response_mode: ResponseMode,
}

impl ReturnAddress {
    /// Reads the four parameters.
    ///
    /// # Errors
    /// `invalid_request`, to be shown as a page, when `client_id` is missing or one of them is longer than its cap.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        form.require("client_id")?;
        let response_mode = form.get("response_mode").and_then(|text| ResponseMode::parse(text).ok());
        Ok(Self {
            client_id: capped(form, "client_id", LONGEST_CLIENT_ID)?.unwrap_or_default(),
            redirect_uri: capped(form, "redirect_uri", LONGEST_URI)?,
            // OAuth 2.1 §4.1.2: `state` comes back as it was; one that is too long is refused, never cut
            state: capped(form, "state", LONGEST_STATE)?,
            response_mode: response_mode.unwrap_or_default(),
        })
    }
}

/// A whole request, well-formed. Whether this application may ask for it is not decided here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The application.
    pub client_id: String,
    /// As it was sent, to be compared byte for byte.
    pub redirect_uri: Option<String>,
    /// To be returned byte for byte.
    pub state: Option<String>,
    /// `code`.
    pub response_type: ResponseType,
    /// `None`: the default of the response type, which is the query.
    pub response_mode: Option<ResponseMode>,
    /// Empty when it was left out.
    pub scope: Scope,
    /// To be echoed in the ID token.
    pub nonce: Option<String>,
    /// S256 (RFC 7636 §4.2).
    pub code_challenge: Option<CodeChallenge>,
    /// Which pages are to be shown.
    pub prompt: Prompt,
    /// How many seconds ago the person may have signed in at the most.
    pub max_age: Option<i64>,
    /// To be filled in on the sign-in page.
    pub login_hint: Option<String>,
    /// Space-separated BCP 47 tags, the favourite first.
    pub ui_locales: Option<String>,
    /// `page`, `popup`, `touch` or `wap`; anything else is ignored.
    pub display: Option<String>,
    /// An ID token of ours, to be verified by whoever uses it.
    pub id_token_hint: Option<IdTokenHint>,
    /// Wishes only (OpenID Connect Core §3.1.2.1), the favourite first.
    pub acr_values: Vec<String>,
    /// Claims that are asked for by name.
    pub claims: ClaimsRequest,
    /// Well-formed; whether there are such APIs, the store says.
    pub resource: Vec<String>,
}

impl AuthorizationRequest {
    /// Reads all parameters; unknown ones are ignored (RFC 6749 §3.1).
    ///
    /// # Errors
    /// For the first parameter that is not well-formed, or that is not offered at all.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        check_not_offered(form)?;
        let address = ReturnAddress::parse(form)?;
        Ok(Self {
            client_id: address.client_id,
            redirect_uri: address.redirect_uri,
            state: address.state,
            response_type: ResponseType::parse(form.require("response_type")?)?,
            response_mode: form.get("response_mode").map(ResponseMode::parse).transpose()?,
            scope: Scope::parse(capped(form, "scope", LONGEST_SCOPE)?.as_deref().unwrap_or_default())?,
            nonce: capped(form, "nonce", LONGEST_NONCE)?,
            code_challenge: code_challenge(form)?,
            prompt: Prompt::parse(form.get("prompt").unwrap_or_default())?,
            max_age: form.get("max_age").map(max_age).transpose()?,
            login_hint: capped(form, "login_hint", LONGEST_HINT)?,
            ui_locales: capped(form, "ui_locales", LONGEST_HINT)?,
            display: form.get("display").filter(|text| DISPLAYS.contains(text)).map(str::to_owned),
            id_token_hint: capped(form, "id_token_hint", LONGEST_ID_TOKEN_HINT)?.map(IdTokenHint),
            acr_values: words(capped(form, "acr_values", LONGEST_HINT)?.as_deref().unwrap_or_default()),
            claims: form.get("claims").map(ClaimsRequest::parse).transpose()?.unwrap_or_default(),
            resource: resource::parse_all(form)?,
        })
    }
}

const DISPLAYS: [&str; 4] = ["page", "popup", "touch", "wap"];

impl ResponseMode {
    /// Reads `response_mode`.
    ///
    /// # Errors
    /// `invalid_request` for one that is not offered.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "query" => Ok(Self::Query),
            "fragment" => Ok(Self::Fragment),
            "form_post" => Ok(Self::FormPost),
            _ => {
                let hint = "response_mode must be query, fragment or form_post";
                let clause = "OAuth 2.0 Multiple Response Types §2.1";
                Err(Refusal::new(ErrorCode::InvalidRequest, "response_mode_unknown", hint, clause)
                    .explain(text, "query, fragment or form_post"))
            }
        }
    }

    /// As it is registered.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

impl ResponseType {
    /// Reads `response_type`.
    ///
    /// # Errors
    /// `unsupported_response_type` for anything but `code`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text == "code" {
            return Ok(Self::Code);
        }
        // RFC 9700 §2.1.2: no token by the front channel, alone or beside a code
        let hint = "response_type must be code";
        let refusal = Refusal::new(ErrorCode::UnsupportedResponseType, "response_type_not_code", hint, "RFC 9700 §2.1.2");
        Err(refusal.explain(text, "code"))
    }
}

/// OpenID Connect Core §3.1.2.6, §6: what is not offered is refused by its own code, since ignoring it would change the request.
fn check_not_offered(form: &Form) -> Result<(), Refusal> {
    let refused = [
        ("request", ErrorCode::RequestNotSupported, "request_object", "request objects are not supported"),
        ("request_uri", ErrorCode::RequestUriNotSupported, "request_uri", "request_uri is not supported"),
        ("registration", ErrorCode::RegistrationNotSupported, "registration", "the registration parameter is not supported"),
    ];
    for (name, code, rule, hint) in refused {
        if form.get(name).is_some() {
            return Err(Refusal::new(code, rule, hint, "OpenID Connect Core §3.1.2.6"));
        }
    }
    Ok(())
}

fn code_challenge(form: &Form) -> Result<Option<CodeChallenge>, Refusal> {
    match (form.get("code_challenge"), form.get("code_challenge_method")) {
        (Some(challenge), method) => CodeChallenge::parse(challenge, method).map(Some),
        (None, None) => Ok(None),
        // RFC 7636 §4.3: a method without a challenge protects nothing, and the sender believes that it does
        (None, Some(_)) => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "code_challenge_missing",
            "code_challenge_method came without code_challenge",
            "RFC 7636 §4.3",
        )),
    }
}

fn max_age(text: &str) -> Result<i64, Refusal> {
    let digits = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(seconds),
        _ => {
            let hint = "max_age must be a whole number of seconds";
            Err(Refusal::new(ErrorCode::InvalidRequest, "max_age_malformed", hint, "OpenID Connect Core §3.1.2.1").explain(text, "seconds"))
        }
    }
}

/// The value of an optional parameter; one that is longer than `cap` bytes is refused, never cut.
fn capped(form: &Form, name: &'static str, cap: usize) -> Result<Option<String>, Refusal> {
    match form.get(name) {
        Some(value) if value.len() > cap => {
            let hint = "a parameter is too long";
            let refusal = Refusal::new(ErrorCode::InvalidRequest, "parameter_too_long", hint, "RFC 6749 §4.1.2.1");
            Err(refusal.explain(format!("{name} of {} bytes", value.len()), format!("{cap} bytes at the most")))
        }
        value => Ok(value.map(str::to_owned)),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// An ID token that came as a hint. Prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct IdTokenHint(String);

impl IdTokenHint {
    /// The token, not verified.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<IdTokenHint> for SecretText {
    fn from(hint: IdTokenHint) -> Self {
        Self::new(hint.0)
    }
}

impl std::fmt::Debug for IdTokenHint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
