//! Taking back what was issued, by the operator: grants end at once here, and within a second in APIs that follow the list or the stream.

pub use chabi_admin::installation::revoke::{Revoke, RevokeProblem};

use crate::Chabi;

/// Takes it back; how many rows. 0: there was none, or it was taken back before. An audit event tells of it.
///
/// # Errors
/// [`RevokeProblem`].
pub async fn revoke(chabi: &Chabi, what: Revoke) -> Result<i64, RevokeProblem> {
    // a token is verified first, and a command has just begun to load the keys
    if matches!(what, Revoke::Token(_)) {
        chabi.until_ready().await?;
    }
    chabi_admin::installation::revoke::revoke(chabi.admin(), what).await
}
