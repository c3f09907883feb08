//! Where the installation is.

/// Where the installation is: it decides whether plain http on loopback will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its issuer is https.
    Public,
    /// Its issuer is of this very machine, as in development: then applications on servers of this machine may use plain http too, since
    /// nothing leaves it either way.
    ThisMachine,
}

impl Place {
    /// Of an issuer that was checked.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        if issuer.starts_with("https://") { Self::Public } else { Self::ThisMachine }
    }
}
