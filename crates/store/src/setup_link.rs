//! The link by which an installation's first owner gets in.

use chabi_token::{Timestamp, id_type};

use crate::Answer;

id_type!(
    /// A link's row. Its secret is derived from the installation's, so that it can be printed again.
    SetupLinkId
);

/// Verbs on set-up links.
pub trait SetupLinkVerbs {
    /// The link that is open; `proposed` becomes it where there is none.
    fn open_setup_link(&self, proposed: SetupLinkId, now: Timestamp) -> Answer<'_, SetupLinkId>;
    /// Whether this link is open.
    fn is_setup_link_open(&self, id: SetupLinkId) -> Answer<'_, bool>;
    /// Spends it; `false`: it was not open any more.
    fn spend_setup_link(&self, id: SetupLinkId, by: &str, now: Timestamp) -> Answer<'_, bool>;
}
