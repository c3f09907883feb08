//! Parameters in form encoding: the query of an authorization request, the body of every other (RFC 6749 appendix B).

use crate::{ErrorCode, Refusal};

/// The most parameters of one request.
pub const MOST_PARAMETERS: usize = 100;
/// The largest body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The parameters of a request, in the order they came. Those without value are left out.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a query or a body; only the parameters named in `repeatable` may be there more than once.
    ///
    /// # Errors
    /// `invalid_request` for a repeated parameter, more than 100 of them, more than 64 KiB, text that is not UTF-8, or a zero character.
    pub fn parse(encoded: &[u8], repeatable: &[&str]) -> Result<Self, Refusal> {
        Self::parse_parts(&[encoded], repeatable)
    }

    /// Reads query and body as one: a parameter in both is repeated.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_parts(parts: &[&[u8]], repeatable: &[&str]) -> Result<Self, Refusal> {
        if parts.iter().map(|part| part.len()).sum::<usize>() > LARGEST {
            return Err(too_much("form_too_large", "the request is too large"));
        }
        let pairs = || parts.iter().flat_map(|part| part.split(|&byte| byte == b'&')).filter(|pair| !pair.is_empty());
        // counted before anything is decoded
        if pairs().nth(MOST_PARAMETERS).is_some() {
            return Err(too_much("too_many_parameters", "the request has more than 100 parameters"));
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in pairs() {
            let (name, value) = read_pair(pair)?;
            // OAuth 2.1 §3.1 and §3.2: no parameter more than once, or two readers could see two requests
            if parameters.iter().any(|(other, _)| *other == name) && !repeatable.contains(&name.as_str()) {
                let refusal = Refusal::new(ErrorCode::InvalidRequest, "parameter_repeated", "a parameter is repeated", "OAuth 2.1 §3.1");
                return Err(refusal.explain(name, "each parameter once"));
            }
            parameters.push((name, value));
        }
        // RFC 6749 §3.1 and §3.2: a parameter without value counts as left out
        parameters.retain(|(_, value)| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The parameter's value; never empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Takes the first value out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let position = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.remove(position).1)
    }

    /// The parameter's value.
    ///
    /// # Errors
    /// `invalid_request` when it is not there.
    pub fn require(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            let refusal = Refusal::new(ErrorCode::InvalidRequest, "parameter_missing", "a required parameter is missing", "RFC 6749 §5.2");
            refusal.explain("nothing", name)
        })
    }

    /// Names and values, in the order they came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// True when no parameter has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Back to form encoding; [`Self::parse`] reads the same parameters out of it.
    #[must_use]
    pub fn to_encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }
}

/// Names alone: values may be secret.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.pairs().map(|(name, _)| name)).finish()
    }
}

fn read_pair(pair: &[u8]) -> Result<(String, String), Refusal> {
    let mut halves = pair.splitn(2, |&byte| byte == b'=');
    let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    match (decode(name), decode(value)) {
        (Some(name), Some(value)) => Ok((name, value)),
        _ => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "form_not_text",
            "a parameter is not UTF-8, or has a zero character",
            "RFC 6749 appendix B",
        )),
    }
}

/// One name or value out of form encoding: `+` is a space, `%` and two hexadecimal digits a byte, any other `%` itself. `None` when the
/// result is not UTF-8 or has a zero character, which no store and no log takes well.
pub(crate) fn decode(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, tail @ ..]) => hexadecimal(*high).zip(hexadecimal(*low)).map(|(high, low)| (high << 4 | low, tail)),
            _ => None,
        };
        let (byte, tail) = escaped.unwrap_or((if first == b'+' { b' ' } else { first }, after));
        bytes.push(byte);
        rest = tail;
    }
    if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn too_much(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, "RFC 6749 §5.2")
}
