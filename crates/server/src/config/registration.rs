//! `[registration]`: applications that register themselves. `[client_id_documents]`: those that are described at their client id.

use anyhow::{Result, ensure};
use chabi::{Profile, RegistrationMode, RegistrationSettings, Scope, Seconds};
use serde::Deserialize;

/// `[registration]` (RFC 7591).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationSection {
    /// `off`, `token` or `open`.
    pub mode: Mode,
    /// `oauth21` or `oidc`.
    pub profile: ProfileName,
    /// What such applications and documents may ask for beside what is about the person alone: words separated by spaces.
    pub scope: String,
    /// From one network in an hour.
    pub most_per_network: i64,
    /// In all, in a day.
    pub most_per_day: i64,
    /// One that never got a token is removed after so many days.
    pub unused_days: i64,
    /// One that got its last token so many days ago is removed.
    pub idle_days: i64,
}

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nobody.
    #[default]
    Off,
    /// Who has an initial access token.
    Token,
    /// Everybody.
    Open,
}

/// The rules of those who register themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileName {
    /// PKCE for all.
    #[default]
    OAuth21,
    /// PKCE optional for an application with a secret.
    Oidc,
}

/// `[client_id_documents]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DocumentsSection {
    /// A client id may be the URL of a metadata document.
    pub allowed: bool,
    /// Hosts whose documents are taken; empty: all.
    pub hosts: Vec<String>,
}

impl Default for RegistrationSection {
    fn default() -> Self {
        let usual = RegistrationSettings::default();
        let days = |span: Seconds| span.0 / Seconds::days(1).0;
        Self {
            mode: Mode::Off,
            profile: ProfileName::OAuth21,
            scope: String::new(),
            most_per_network: usual.most_per_network,
            most_per_day: usual.most_per_day,
            unused_days: days(usual.unused_lifetime),
            idle_days: days(usual.idle_lifetime),
        }
    }
}

impl Default for DocumentsSection {
    fn default() -> Self {
        Self { allowed: true, hosts: Vec::new() }
    }
}

impl RegistrationSection {
    /// The rules that both sections must keep, and what they say.
    ///
    /// # Errors
    /// In words.
    pub fn settings(&self, documents: &DocumentsSection) -> Result<RegistrationSettings> {
        let scope = if self.scope.trim().is_empty() { Scope::default() } else { Scope::parse(self.scope.trim()).map_err(scope_words)? };
        ensure!(
            self.most_per_network > 0 && self.most_per_day > 0,
            "registration: one at least must be allowed; to allow none, set mode to \"off\""
        );
        ensure!((1..=3_650).contains(&self.unused_days), "registration.unused_days: 1 to 3650");
        ensure!((30..=3_650).contains(&self.idle_days), "registration.idle_days: 30 to 3650, since refresh tokens live that long");
        for host in &documents.hosts {
            ensure!(
                !host.is_empty() && !host.contains([':', '/', '*', ' ']) && *host == host.to_lowercase(),
                "client_id_documents.hosts: `{host}` must be a host alone, in lower case, such as `app.example`"
            );
        }
        Ok(RegistrationSettings {
            mode: match self.mode {
                Mode::Off => RegistrationMode::Off,
                Mode::Token => RegistrationMode::Token,
                Mode::Open => RegistrationMode::Open,
            },
            profile: match self.profile {
                ProfileName::OAuth21 => Profile::OAuth21,
                ProfileName::Oidc => Profile::Oidc,
            },
            scope,
            most_per_network: self.most_per_network,
            most_per_day: self.most_per_day,
            unused_lifetime: Seconds::days(self.unused_days),
            idle_lifetime: Seconds::days(self.idle_days),
            client_id_documents: documents.allowed,
            document_hosts: documents.hosts.clone(),
        })
    }
}

fn scope_words(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("registration.scope: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<RegistrationSettings> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Both {
            registration: RegistrationSection,
            client_id_documents: DocumentsSection,
        }
        let both: Both = toml::from_str(text)?;
        both.registration.settings(&both.client_id_documents)
    }

    // req: dcr.off
    #[test]
    fn registration_is_off_and_documents_are_on_unless_the_operator_says_otherwise() {
        let usual = settings("").unwrap();
        assert_eq!((usual.mode, usual.client_id_documents), (RegistrationMode::Off, true));
        let text =
            "[registration]\nmode = \"open\"\nprofile = \"oidc\"\nscope = \"notes:read\"\n[client_id_documents]\nhosts = [\"app.example\"]";
        let chosen = settings(text).unwrap();
        assert_eq!((chosen.mode, chosen.profile), (RegistrationMode::Open, Profile::Oidc));
        assert_eq!(chosen.scope.to_string(), "notes:read");
        assert_eq!(chosen.document_hosts, ["app.example"]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (text, word) in [
            ("[registration]\nmode = \"closed\"", "closed"),
            ("[registration]\nscope = \"a\\\"b\"", "registration.scope"),
            ("[registration]\nmost_per_day = 0", "mode to \"off\""),
            ("[registration]\nidle_days = 3", "idle_days"),
            ("[registration]\nunused_days = 0", "unused_days"),
            ("[client_id_documents]\nhosts = [\"https://app.example\"]", "a host alone"),
        ] {
            let said = format!("{:#}", settings(text).unwrap_err());
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
