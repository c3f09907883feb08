//! What a database remembers of the installation it belongs to: its secret's check value, its issuer, and whether `dev` made it.

use chabi_store::Store;
use chabi_token::MasterSecret;

use crate::BuildError;

const SECRET: &str = "master_secret_check";
const MODE: &str = "mode";

/// Settles, at the first start, which secret and which mode this database is for; refuses another one afterwards.
///
/// # Errors
/// [`BuildError::WrongSecret`], [`BuildError::DevelopmentDatabase`], [`BuildError::ProductionDatabase`], or the store's fault.
pub(crate) async fn settle(store: &Store, secret: &MasterSecret, development: bool) -> Result<(), BuildError> {
    let mode = if development { "development" } else { "production" };
    if store.settle_fact(MODE, mode).await? != mode {
        return Err(if development { BuildError::ProductionDatabase } else { BuildError::DevelopmentDatabase });
    }
    // two nodes with different secrets would not open each other's keys, and refuse each other's refresh tokens
    if store.settle_fact(SECRET, &secret.check_value()).await? != secret.check_value() {
        return Err(BuildError::WrongSecret);
    }
    Ok(())
}
