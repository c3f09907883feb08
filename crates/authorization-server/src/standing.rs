//! How an access token stands at this moment, for an operator who looks at one. Nobody is let in by it.

use chabi_resource_server::Reason;
use chabi_spec::{Failure, Fault};

use crate::{AuthorizationServer, live_token};

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Every API of its audience takes it.
    Good,
    /// It breaks this rule.
    NotGood(Reason),
    /// It was good, and was taken back; or its application is disabled or gone.
    TakenBack,
}

impl AuthorizationServer {
    /// Looks at a token as an API does, and then at what was taken back.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn standing(&self, token: &str) -> Result<Standing, Fault> {
        if let Err(rejection) = self.verify_for_whomever(token).await {
            return Ok(Standing::NotGood(rejection.reason().clone()));
        }
        match live_token::find(token, self.shared()).await {
            Ok(Some(_)) => Ok(Standing::Good),
            Ok(None) => Ok(Standing::TakenBack),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(Failure::Refusal(refusal)) => Err(Fault::internal("looking at a token").because(refusal)),
        }
    }
}
