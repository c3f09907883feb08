//! Whom its people are told apart from.

use chabi_store::application::RegisteredClient;

use super::Contradiction;
use crate::sector;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    // OpenID Connect Core §8.1: without one host for all redirect URIs, somebody must say what the sector is
    if application.settings.pairwise && sector::of(application).is_none() {
        let hint = "pairwise subjects need one host for all redirect URIs, or a sector_identifier_uri";
        found.push(Contradiction::new("subject_type", "pairwise", ("pairwise_without_sector", "OpenID Connect Core §8.1"), hint));
    }
}
