//! A logout that waits: for a person's word, or for the page that tells the browser's applications.

use chabi_store::browser_session::SessionId;

/// What is kept of it as the parameters of a transaction of purpose `logout`: three lines, since a form in its encoding has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitingLogout {
    /// The session that is to end, or has ended.
    pub session: Option<SessionId>,
    /// The application's request, form-encoded; empty: the person themselves signed out.
    pub request: String,
    /// A path of ours to go to afterwards.
    pub next: Option<String>,
}

impl WaitingLogout {
    /// To be stored.
    #[must_use]
    pub fn to_parameters(&self) -> String {
        let session = self.session.map(|session| session.to_string()).unwrap_or_default();
        format!("{session}\n{}\n{}", self.request, self.next.as_deref().unwrap_or_default())
    }

    /// What was stored.
    #[must_use]
    pub fn parse(parameters: &str) -> Self {
        let mut lines = parameters.split('\n');
        let session = lines.next().and_then(|line| line.parse().ok());
        let request = lines.next().unwrap_or_default().to_owned();
        let next = lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
        Self { session, request, next }
    }
}

#[cfg(test)]
mod tests {
    use chabi_token::Id;

    use super::*;

    #[test]
    fn what_was_kept_reads_back() {
        let whole = WaitingLogout {
            session: Some(SessionId(Id::from_bytes([7; 16]))),
            request: "state=%0Ax&client_id=app".to_owned(),
            next: Some("/accounts/".to_owned()),
        };
        for waiting in [
            whole.clone(),
            WaitingLogout { next: None, ..whole.clone() },
            WaitingLogout { session: None, ..whole },
            WaitingLogout::default(),
        ] {
            assert_eq!(WaitingLogout::parse(&waiting.to_parameters()), waiting);
        }
    }
}
