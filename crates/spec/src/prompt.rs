//! `prompt`: which pages the application wants shown (OpenID Connect Core §3.1.2.1, Prompt Create 1.0).

use crate::{ErrorCode, Refusal};

/// The words of `prompt`; all `false` when it was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show no page at all.
    pub none: bool,
    /// Sign in again, although somebody is signed in.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose an account.
    pub select_account: bool,
    /// Show the page to sign up.
    pub create: bool,
}

impl Prompt {
    /// Reads a space-separated list.
    ///
    /// # Errors
    /// `invalid_request` for an unknown word, and for `none` beside another.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                "create" => prompt.create = true,
                _ => return Err(refusal("prompt_unknown", "prompt has a value that is not supported").explain(text, WORDS)),
            }
        }
        // OpenID Connect Core §3.1.2.1: `none` stands alone
        if prompt.none && prompt.shows_a_page() {
            return Err(refusal("prompt_none_with_others", "prompt=none must stand alone").explain(text, "none"));
        }
        Ok(prompt)
    }

    /// True when some page is asked for.
    #[must_use]
    pub fn shows_a_page(self) -> bool {
        self.login || self.consent || self.select_account || self.create
    }
}

const WORDS: &str = "none, or some of: login consent select_account create";

fn refusal(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, "OpenID Connect Core §3.1.2.1")
}
