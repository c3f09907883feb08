//! Argon2id, a bounded number at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        PasswordHasher as _, PasswordVerifier as _,
        phc::{Output, PasswordHash, Salt},
    },
};
use chabi_spec::Fault;
use chabi_token::Env;
use tokio::sync::Semaphore;

use super::{Password, PasswordProblem, policy};
use crate::settings::PasswordSettings;

/// What comparing a password with a stored hash found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Another password, or nothing to compare with.
    Wrong,
    /// The right one.
    Right,
    /// The right one, hashed with parameters that are no longer ours: to be hashed again.
    RightButOutdated,
}

/// Hashes and compares passwords outside the async threads; when too many wait, the answer is 503 with `Retry-After`.
pub struct Hasher {
    settings: PasswordSettings,
    site_name: String,
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    nobody: String,
}

impl Hasher {
    /// With these parameters, for a site of this name, which is no good password here.
    ///
    /// # Errors
    /// A fault when they are out of Argon2's range.
    pub fn new(settings: PasswordSettings, site_name: &str, env: &Env) -> Result<Self, Fault> {
        let out_of_range = |error: argon2::Error| Fault::internal("reading the Argon2id parameters").because(error.to_string());
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, None).map_err(out_of_range)?;
        Ok(Self {
            settings,
            site_name: site_name.to_owned(),
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(settings.at_once)),
            queue: Arc::new(Semaphore::new(settings.at_once.saturating_add(settings.waiting))),
            nobody: hash_of_nobody(settings, env)?,
        })
    }

    /// The same for another site of the installation, within one bound for both.
    #[must_use]
    pub fn beside(&self, site_name: &str) -> Self {
        Self {
            settings: self.settings,
            site_name: site_name.to_owned(),
            argon2: self.argon2.clone(),
            turns: Arc::clone(&self.turns),
            queue: Arc::clone(&self.queue),
            nobody: self.nobody.clone(),
        }
    }

    /// A PHC string of the password, with a new salt of 16 bytes.
    ///
    /// # Errors
    /// Unavailable when too many hashes wait; internal when Argon2 refuses.
    pub async fn hash(&self, password: &Password, env: &Env) -> Result<String, Fault> {
        let salt: [u8; 16] = env.random();
        let (argon2, text) = (self.argon2.clone(), copy(password));
        self.in_turn(move || argon2.hash_password_with_salt(text.expose().as_bytes(), &salt).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| Fault::internal("hashing a password").because(error.to_string()))
    }

    /// Compares with a stored PHC string. `None` costs as much as a real comparison, so that nobody learns by the time whether there
    /// is an account; so does a string that is damaged.
    ///
    /// # Errors
    /// Unavailable when too many hashes wait.
    pub async fn compare(&self, password: &Password, stored: Option<&str>) -> Result<Comparison, Fault> {
        let current = self.argon2.params().clone();
        let (argon2, text) = (self.argon2.clone(), copy(password));
        let usable = stored.and_then(usable_hash);
        let known = usable.is_some();
        let Some(hash) = usable.or_else(|| usable_hash(&self.nobody)) else {
            return Err(Fault::internal("reading the hash that stands in for nobody's"));
        };
        let outdated = Params::try_from(&hash).map_or(true, |params| !same_cost(&params, &current));
        let right = self.in_turn(move || argon2.verify_password(text.expose().as_bytes(), &hash).is_ok()).await?;
        Ok(match (known && right, outdated) {
            (false, _) => Comparison::Wrong,
            (true, false) => Comparison::Right,
            (true, true) => Comparison::RightButOutdated,
        })
    }

    /// Judges a new password by the rules of this installation. `context`: the person's name and addresses.
    ///
    /// # Errors
    /// The outer: unavailable when too many wait. The inner: why the password is refused.
    pub async fn judge(&self, password: &Password, mut context: Vec<String>) -> Result<Result<(), PasswordProblem>, Fault> {
        context.push(self.site_name.clone());
        let (text, min_length) = (copy(password), self.settings.min_length);
        self.in_turn(move || policy::check_new(&text, min_length, &context)).await
    }

    /// Waits for a turn, within bounds of number and time, and works on a thread that may block.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let busy = || Fault::unavailable("waiting for a turn to hash a password");
        let _place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| busy())?;
        let waiting = tokio::time::timeout(self.settings.patience, Arc::clone(&self.turns).acquire_owned());
        let turn = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let working = tokio::task::spawn_blocking(move || {
            // the turn lasts as long as the work, even when the request is dropped
            let _turn = turn;
            work()
        });
        working.await.map_err(|error| Fault::internal("hashing a password").because(error))
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Highest memory (KiB), passes and lanes of a stored hash that we are willing to pay for.
const DEAREST: (u32, u32, u32) = (262_144, 16, 8);

/// A stored string that is a hash of Argon2id at a bearable cost.
fn usable_hash(stored: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let bearable = params.m_cost() <= DEAREST.0 && params.t_cost() <= DEAREST.1 && params.p_cost() <= DEAREST.2;
    (bearable && hash.hash.is_some() && hash.salt.is_some()).then_some(hash)
}

fn same_cost(a: &Params, b: &Params) -> bool {
    (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost())
}

/// A hash that no password has: random bytes where the output would stand.
fn hash_of_nobody(settings: PasswordSettings, env: &Env) -> Result<String, Fault> {
    let broken = |error: argon2::password_hash::phc::Error| {
        Fault::internal("making the hash that stands in for nobody's").because(error.to_string())
    };
    let salt = Salt::new(&env.random::<16>()).map_err(broken)?.to_salt_string();
    let output = Output::new(&env.random::<32>()).map_err(broken)?;
    let PasswordSettings { memory_kib, passes, lanes, .. } = settings;
    Ok(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${output}"))
}

fn copy(password: &Password) -> Password {
    Password(chabi_token::secret::SecretText::new(password.expose().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cheap() -> PasswordSettings {
        PasswordSettings {
            memory_kib: 64,
            passes: 1,
            at_once: 1,
            waiting: 0,
            patience: Duration::from_millis(50),
            ..PasswordSettings::default()
        }
    }

    fn hasher(settings: PasswordSettings) -> Hasher {
        Hasher::new(settings, "Acme", &Env::system()).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::read(text).unwrap()
    }

    // req: pw.hash
    #[tokio::test]
    async fn a_hash_is_a_phc_string_of_argon2id_at_the_owasp_floor_with_its_own_salt() {
        let hasher = hasher(PasswordSettings::default());
        let first = hasher.hash(&password("orchid lantern"), &Env::system()).await.unwrap();
        let second = hasher.hash(&password("orchid lantern"), &Env::system()).await.unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second);
        assert_eq!(first.split('$').nth(4).unwrap().len(), 22, "16 bytes of salt");
        assert_eq!(hasher.compare(&password("orchid lantern"), Some(&first)).await.unwrap(), Comparison::Right);
        assert_eq!(hasher.compare(&password("orchid lanterN"), Some(&first)).await.unwrap(), Comparison::Wrong);
    }

    // req: pw.hash
    #[tokio::test]
    async fn a_hash_with_older_parameters_is_right_but_outdated() {
        let old = hasher(cheap()).hash(&password("orchid lantern"), &Env::system()).await.unwrap();
        let newer = hasher(PasswordSettings { passes: 2, ..cheap() });
        assert_eq!(newer.compare(&password("orchid lantern"), Some(&old)).await.unwrap(), Comparison::RightButOutdated);
    }

    // req: pw.max
    #[tokio::test]
    async fn two_passwords_that_differ_at_the_73rd_character_are_two_passwords() {
        let hasher = hasher(cheap());
        let base = "x".repeat(72);
        let hash = hasher.hash(&password(&format!("{base}a")), &Env::system()).await.unwrap();
        assert_eq!(hasher.compare(&password(&format!("{base}b")), Some(&hash)).await.unwrap(), Comparison::Wrong);
    }

    // req: pw.import, pw.blank
    #[tokio::test]
    async fn a_damaged_hash_is_a_wrong_password_and_no_panic() {
        let hasher = hasher(cheap());
        let good = hasher.hash(&password("orchid lantern"), &Env::system()).await.unwrap();
        let truncated = good.get(..good.len() / 2).unwrap();
        let huge = good.replace("m=64", "m=4294967295");
        let slow = good.replace("t=1", "t=4294967295");
        for stored in ["", "x", "$argon2id$", "পাসওয়ার্ড", "$argon2id$v=19$m=64,t=1,p=1$$", truncated, &huge, &slow] {
            assert_eq!(hasher.compare(&password("orchid lantern"), Some(stored)).await.unwrap(), Comparison::Wrong, "{stored}");
            assert_eq!(hasher.compare(&password(""), Some(stored)).await.unwrap(), Comparison::Wrong, "{stored}");
        }
        assert_eq!(hasher.compare(&password(""), None).await.unwrap(), Comparison::Wrong);
    }

    // req: pw.sem
    #[tokio::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let hasher = hasher(cheap());
        let _everybody_works = Arc::clone(&hasher.turns).acquire_owned().await.unwrap();
        let fault = hasher.compare(&password("x"), None).await.unwrap_err();
        assert_eq!(fault.kind, chabi_spec::FaultKind::Unavailable);
        let _queue_is_full = Arc::clone(&hasher.queue).acquire_owned().await.unwrap();
        assert_eq!(hasher.compare(&password("x"), None).await.unwrap_err().kind, chabi_spec::FaultKind::Unavailable);
    }
}
