//! Cookies (RFC 6265, and the `__Host-` prefix of its successor).

use std::{borrow::Cow, fmt};

/// The name as it is sent: behind `__Host-` when the public URL is https, so that no sibling host can set it.
#[must_use]
pub fn name(base: &str, secure: bool) -> Cow<'_, str> {
    if secure { Cow::Owned(format!("__Host-{base}")) } else { Cow::Borrowed(base) }
}

/// The value of the first cookie of this name in a `Cookie` header. Names are compared byte for byte.
#[must_use]
pub fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
    // RFC 6265 §4.2.1: pairs are separated by a semicolon and a space
    pairs.map(|(found, value)| (found.trim_matches([' ', '\t']), value)).find(|(found, _)| *found == name).map(|(_, value)| {
        let value = value.trim_matches([' ', '\t']);
        value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
    })
}

/// Which requests from other sites carry the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Navigations by link; the answer of a provider comes that way.
    Lax,
    /// None at all.
    Strict,
    /// All of them: a frame on another site reads the cookie too. For https alone; else it is `Lax`.
    None,
}

/// One `Set-Cookie` header; its text is `to_string()`. Always `Path=/` and without `Domain`: for this host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// As it is sent, with `__Host-` where that applies.
    pub name: String,
    /// Characters that a cookie may not have (RFC 6265 §4.1.1) are left out when it is written.
    pub value: String,
    /// Seconds; `None`: until the browser closes; 0: gone.
    pub max_age: Option<i64>,
    /// Out of reach of scripts.
    pub http_only: bool,
    /// Sent over https alone.
    pub secure: bool,
    /// `Lax` unless set.
    pub same_site: SameSite,
}

impl SetCookie {
    /// `HttpOnly`, `SameSite=Lax`, until the browser closes. `base` is the name without `__Host-`.
    #[must_use]
    pub fn new(base: &str, value: impl Into<String>, secure: bool) -> Self {
        let name = name(base, secure).into_owned();
        Self { name, value: value.into(), max_age: None, http_only: true, secure, same_site: SameSite::Lax }
    }

    /// Takes the cookie away.
    #[must_use]
    pub fn removal(base: &str, secure: bool) -> Self {
        Self::new(base, "", secure).max_age(0_i64)
    }

    /// How long it lasts, in seconds.
    #[must_use]
    pub fn max_age(mut self, seconds: impl Into<i64>) -> Self {
        self.max_age = Some(seconds.into());
        self
    }

    /// `SameSite=Strict`.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.same_site = SameSite::Strict;
        self
    }

    /// `SameSite=None` when the cookie is `Secure`, which browsers demand of it.
    #[must_use]
    pub fn for_frames(mut self) -> Self {
        self.same_site = if self.secure { SameSite::None } else { SameSite::Lax };
        self
    }

    /// Lets scripts read it: for what is no secret, such as the language.
    #[must_use]
    pub fn readable_by_scripts(mut self) -> Self {
        self.http_only = false;
        self
    }
}

impl fmt::Display for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // RFC 6265 §4.1.1: no separator or control character may get into the header
        let name: String = self.name.chars().filter(|&c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
        let value: String = self.value.chars().filter(|&c| c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\')).collect();
        write!(f, "{name}={value}; Path=/")?;
        if let Some(seconds) = self.max_age {
            write!(f, "; Max-Age={}", seconds.max(0))?;
        }
        if self.http_only {
            f.write_str("; HttpOnly")?;
        }
        if self.secure {
            f.write_str("; Secure")?;
        }
        f.write_str(match self.same_site {
            SameSite::Lax => "; SameSite=Lax",
            SameSite::Strict => "; SameSite=Strict",
            SameSite::None => "; SameSite=None",
        })
    }
}

/// The name alone: values may be secret.
impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetCookie({}=…)", self.name)
    }
}
