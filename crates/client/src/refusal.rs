//! Why a sign-in at a provider came to nothing.

use chabi_outgoing::guarded_http::HttpTrouble;

/// What went wrong. The words are for the log; what the person reads hangs on [`UpstreamRefusal::page_key`] alone, so that nothing a
/// provider or an attacker sent stands on a page of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamRefusal {
    /// The person said no at the provider.
    #[error("the person cancelled at the provider")]
    Cancelled,
    /// The provider says no: to the request, or to the code.
    #[error("the provider refused: {doing}: {code}")]
    Refused {
        /// What we were doing, such as `exchanging the code`.
        doing: &'static str,
        /// What it said, cut short and without control characters. For the log alone.
        code: String,
    },
    /// The provider cannot be reached, or says that it cannot now.
    #[error("the provider is down: {doing}: {reason}")]
    Down {
        /// What we were doing, such as `fetching the keys`.
        doing: &'static str,
        /// What was met; holds no secret.
        reason: String,
    },
    /// The provider, or somebody in its name, sent what a rule forbids.
    #[error("the provider's answer is not acceptable: {rule}: {detail}")]
    Wrong {
        /// The rule's name, such as `nonce`.
        rule: &'static str,
        /// What was met; holds no secret.
        detail: String,
    },
}

impl UpstreamRefusal {
    pub(crate) fn wrong(rule: &'static str, detail: impl Into<String>) -> Self {
        Self::Wrong { rule, detail: shortened(&detail.into()) }
    }

    pub(crate) fn down(doing: &'static str, reason: impl Into<String>) -> Self {
        Self::Down { doing, reason: shortened(&reason.into()) }
    }

    pub(crate) fn refused(doing: &'static str, code: impl Into<String>) -> Self {
        Self::Refused { doing, code: shortened(&code.into()) }
    }

    /// A call that gave no answer.
    pub(crate) fn no_answer(doing: &'static str, trouble: &HttpTrouble) -> Self {
        match trouble {
            HttpTrouble::Forbidden(_) => Self::wrong("outgoing_url", format!("{doing}: {trouble}")),
            _ => Self::down(doing, trouble.to_string()),
        }
    }

    /// Which text the person is shown: `upstream-cancelled`, `upstream-refused`, `upstream-down` or `upstream-wrong`.
    #[must_use]
    pub fn page_key(&self) -> &'static str {
        match self {
            Self::Cancelled => "upstream-cancelled",
            Self::Refused { .. } => "upstream-refused",
            Self::Down { .. } => "upstream-down",
            Self::Wrong { .. } => "upstream-wrong",
        }
    }
}

/// At most 200 characters, without control characters: fit for a line of the log.
fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
