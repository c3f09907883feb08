//! `chabi key`.

use anyhow::Result;
use chabi::operations::keys;

use super::opened;
use crate::cli::Key;

/// Rotates or lists signing keys.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(key: Key) -> Result<()> {
    match key {
        Key::Rotate(installation) => {
            let (chabi, secret, env) = opened::open(&installation).await?;
            for kid in keys::rotate(chabi.store(), &secret, &env).await? {
                println!("new key {kid}");
            }
            println!("Published now; they sign as soon as caches of the older key set have run out. Run `chabi key list` to see when.");
        }
        Key::ReplaceCompromised(installation) => {
            let (chabi, secret, env) = opened::open(&installation).await?;
            for kid in keys::replace_compromised(chabi.store(), &secret, &env).await? {
                println!("new key {kid}");
            }
            println!("They sign now. Tokens of the older keys are refused here within a second, and by APIs once they fetch the key set.");
        }
        Key::List(installation) => {
            let (chabi, _, env) = opened::open(&installation).await?;
            let now = env.now();
            for key in keys::list(chabi.store(), &env).await? {
                let signs =
                    if key.signs_from > now { format!("signs in {} s", key.signs_from.since(now).0) } else { "signs or signed".into() };
                let gone = key.retired_at.map_or_else(String::new, |at| format!(", published for {} s more", at.since(now).0));
                println!("{}  {}  {signs}{gone}", key.alg, key.kid);
            }
        }
    }
    Ok(())
}
