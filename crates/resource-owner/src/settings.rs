//! What an operator can decide about people's accounts.

use std::time::Duration;

use chabi_spec::issuer;
use chabi_store::account::Realm;
use chabi_token::{Seconds, SiteTag};

/// Settings of this crate. `Settings::new` has the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which site of the installation this is: nothing that another one made is good here.
    pub site: SiteTag,
    /// Its id; `main` where there are no others.
    pub site_id: String,
    /// Among whom people are looked for.
    pub realm: Realm,
    /// The issuer: scheme, host and port, perhaps a path, no trailing slash.
    pub public_url: String,
    /// True when the public URL is https: cookies are then `Secure` and `__Host-`.
    pub secure: bool,
    /// Under which path people's pages live, below the issuer's own, without trailing slash.
    pub prefix: String,
    /// The site's name, in mails and in the list of words that a password may not consist of.
    pub site_name: String,
    /// Whether strangers may make an account.
    pub sign_up_open: bool,
    /// Whether people sign in by a password; if not, providers are the only way in, and no page is about passwords.
    pub password_sign_in: bool,
    /// How long a browser stays signed in.
    pub session: SessionSettings,
    /// Rules for passwords, and what hashing one may cost.
    pub password: PasswordSettings,
    /// How many attempts are allowed.
    pub throttle: ThrottleSettings,
}

impl Settings {
    /// The defaults, for this public URL.
    #[must_use]
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url = public_url.into();
        Self {
            secure: public_url.starts_with("https://"),
            site: SiteTag::MAIN,
            site_id: chabi_token::site::MAIN.to_owned(),
            realm: Realm::SHARED,
            public_url,
            prefix: "/accounts".to_owned(),
            site_name: "Chabi".to_owned(),
            sign_up_open: true,
            password_sign_in: true,
            session: SessionSettings::default(),
            password: PasswordSettings::default(),
            throttle: ThrottleSettings::default(),
        }
    }

    /// The path of a page of ours as browsers ask for it: `path("login/")` is `/accounts/login/`, below the issuer's path where it has one.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        self.mounted(&self.route(below))
    }

    /// The same for what is not below the prefix, such as `/device`.
    #[must_use]
    pub fn mounted(&self, path: &str) -> String {
        let (_, mount) = issuer::split(&self.public_url);
        format!("{mount}{path}")
    }

    /// The same page as the router knows it, to which requests come without the issuer's path.
    #[must_use]
    pub fn route(&self, below: &str) -> String {
        format!("{}/{below}", self.prefix)
    }

    /// The URL of a path that browsers ask for.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let (origin, _) = issuer::split(&self.public_url);
        format!("{origin}{path}")
    }

    /// Where a provider sends people back to: what must be registered there, byte by byte.
    #[must_use]
    pub fn callback_url(&self, provider: &str) -> String {
        self.url(&self.path(&format!("{provider}/login/callback/")))
    }
}

/// How long a browser stays signed in. Both ends are checked on our side, at use.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// Without any use.
    pub idle: Seconds,
    /// In all (NIST SP 800-63B-4 §2.1.3: 30 days at the most).
    pub absolute: Seconds,
    /// Sensitive changes need a sign-in that is not older than this.
    pub fresh: Seconds,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { idle: Seconds::days(7), absolute: Seconds::days(30), fresh: Seconds::minutes(10) }
    }
}

/// Rules for passwords, and what hashing one may cost.
#[derive(Clone, Copy, Debug)]
pub struct PasswordSettings {
    /// Fewest Unicode code points (NIST SP 800-63B-4 §3.1.1.2: 15 where the password is the only factor).
    pub min_length: usize,
    /// Argon2id memory in KiB.
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
    /// Argon2id lanes.
    pub lanes: u32,
    /// How many hashes are computed at once; each takes `memory_kib`.
    pub at_once: usize,
    /// How many more may wait for their turn.
    pub waiting: usize,
    /// How long they wait before they are told to come back later.
    pub patience: Duration,
}

impl Default for PasswordSettings {
    /// OWASP's floor for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { min_length: 15, memory_kib: 19_456, passes: 2, lanes: 1, at_once, waiting: 64, patience: Duration::from_secs(5) }
    }
}

/// How many attempts are allowed. A limit counts within a window that begins with its first attempt.
#[derive(Clone, Copy, Debug)]
pub struct ThrottleSettings {
    /// The short window.
    pub window: Seconds,
    /// Guesses at one account in the short window.
    pub account: i64,
    /// Guesses at one account in 30 days, from browsers in which its owner never signed in (NIST SP 800-63B-4 §3.2.2: 100 at the most).
    pub account_long: i64,
    /// Attempts from one address in the short window.
    pub address: i64,
    /// Attempts from everywhere in the short window.
    pub global: i64,
    /// Mails to one address in an hour.
    pub mails: i64,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { window: Seconds::minutes(15), account: 10, account_long: 100, address: 100, global: 10_000, mails: 6 }
    }
}
