//! Buttons that lead to a provider.

use serde::Serialize;

use crate::FormFields;

/// One provider as people see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProviderButton {
    /// The part of the path, such as `google`: the button posts to `{prefix}/{id}/login/`. `google`, `apple`, `facebook`,
    /// `microsoft`, `github` and `x` have their marks, as their owners' rules want them; others get a neutral one.
    pub id: String,
    /// The name in sentences, such as `Google`.
    pub name: String,
}

impl ProviderButton {
    /// From id and name.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// Provider buttons and the hidden fields of their forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProviderButtons {
    /// Hidden fields of each form; the token is the one that `{prefix}/<provider>/login/` checks.
    pub form: FormFields,
    /// In this order; empty: no buttons are shown.
    pub buttons: Vec<ProviderButton>,
}
