//! What a person was on the way to when they met a page of ours: a request of an application, or another page.

use chabi_pages::FormFields;
use chabi_spec::Fault;
use chabi_store::{application::RegisteredClient, authorization_transaction::TransactionId};

use crate::{ResourceOwner, Visit, next::NextPath};

/// Where to go afterwards. Carried by the query of links and by hidden fields; proves nothing by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Continuation {
    /// A request that waits in the store, bound to the browser.
    pub transaction: Option<TransactionId>,
    /// A page of ours.
    pub next: Option<NextPath>,
}

/// Where the authorization server takes a request up again.
const RESUME_AUTHORIZATION: &str = "/oauth2/authorize/resume/";

impl Continuation {
    /// From the fields `transaction` and `next`; what is malformed counts as absent.
    pub fn read<'f>(field: impl Fn(&str) -> Option<&'f str>) -> Self {
        Self { transaction: field("transaction").and_then(|text| text.parse().ok()), next: field("next").and_then(NextPath::parse) }
    }

    /// The path to go to once the person is signed in: the request that waits, else `next`, else the account page.
    #[must_use]
    pub fn target(&self, owner: &ResourceOwner) -> String {
        match (&self.transaction, &self.next) {
            (Some(transaction), _) => owner.settings.mounted(&format!("{RESUME_AUTHORIZATION}{transaction}")),
            (None, Some(next)) => next.to_string(),
            (None, None) => owner.settings.path(""),
        }
    }

    /// A page of ours that keeps what waits: `url(owner, "login/")` is `/accounts/login/?transaction=…`.
    #[must_use]
    pub fn url(&self, owner: &ResourceOwner, page: &str) -> String {
        format!("{}{}", owner.settings.path(page), self.fields(String::new()).query())
    }

    /// Hidden fields of a form.
    #[must_use]
    pub fn fields(&self, csrf: String) -> FormFields {
        FormFields {
            csrf,
            transaction: self.transaction.map(|transaction| transaction.to_string()),
            next: self.next.as_ref().map(ToString::to_string),
        }
    }

    /// The application whose request waits, when it waits in this browser.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn application(&self, owner: &ResourceOwner, visit: &Visit) -> Result<Option<RegisteredClient>, Fault> {
        let Some(transaction) = self.transaction else { return Ok(None) };
        match owner.store.find_transaction(transaction, visit.browser.hash(), owner.env.now()).await? {
            Some(waiting) => owner.store.find_application(&waiting.client_id).await,
            None => Ok(None),
        }
    }

    /// Its name, for "to continue to …".
    ///
    /// # Errors
    /// The store's fault.
    pub async fn application_name(&self, owner: &ResourceOwner, visit: &Visit) -> Result<Option<String>, Fault> {
        Ok(self.application(owner, visit).await?.map(|application| application.name))
    }
}
