//! Go on as who one is, or as somebody else (`prompt=select_account`).

use serde::Serialize;

use super::Page;
use crate::FormFields;

/// Posts to `{prefix}/choose-account/`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChooseAccount {
    /// Hidden fields.
    pub form: FormFields,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// The name of the account that is signed in in this browser; may be empty.
    pub account_name: String,
    /// Its address; may be empty.
    pub account_address: String,
    /// Where to sign in to another one.
    pub another_url: String,
}

impl Page for ChooseAccount {
    const TEMPLATE: &'static str = "choose_account.html";
    const TITLE: &'static str = "choose-account-title";
    const FORM_LEAVES: bool = true;

    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}
