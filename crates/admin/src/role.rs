//! Who may do what: four roles, and what each of them may do.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is here, for all sites or for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything and changes nothing.
    Auditor,
    /// Helps people: ends sessions, blocks, sends links for new passwords.
    Support,
    /// Does everything but giving roles.
    Administrator,
    /// Does everything.
    Owner,
}

impl Role {
    /// All, the mightiest last.
    pub const ALL: [Self; 4] = [Self::Auditor, Self::Support, Self::Administrator, Self::Owner];

    /// As it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Support => "support",
            Self::Administrator => "administrator",
            Self::Owner => "owner",
        }
    }

    /// Reads it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether it has this permission.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => true,
            Self::Administrator => !matches!(permission, P::ChangeRoles),
            Self::Support => matches!(
                permission,
                P::SeeDashboard
                    | P::SeeSocialApplications
                    | P::SeeSites
                    | P::SeeApplications
                    | P::SeeApis
                    | P::SeeAccounts
                    | P::HelpAccounts
                    | P::PreviewTokens
            ),
            Self::Auditor => permission.is_reading() && !matches!(permission, P::PreviewTokens),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role that somebody was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// Which.
    pub role: Role,
    /// At this site alone; `None`: at all.
    pub site: Option<String>,
}

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Statistics.
    SeeDashboard,
    /// Social applications, without their secrets.
    SeeSocialApplications,
    /// Adding, changing, removing them.
    ChangeSocialApplications,
    /// Sites.
    SeeSites,
    /// Adding, changing, removing them.
    ChangeSites,
    /// Applications, without their secrets.
    SeeApplications,
    /// Adding, changing, removing them, and their secrets.
    ChangeApplications,
    /// What a token of a person would hold.
    PreviewTokens,
    /// APIs and scopes.
    SeeApis,
    /// Adding, changing, removing them.
    ChangeApis,
    /// People, their sessions and what they granted.
    SeeAccounts,
    /// Ending sessions and grants, blocking, mailing links for new passwords, disconnecting providers.
    HelpAccounts,
    /// Making and deleting accounts.
    ChangeAccounts,
    /// Signing keys: which there are.
    SeeKeys,
    /// Rotating them.
    RotateKeys,
    /// Taking back whatever was issued.
    Revoke,
    /// Initial access tokens: which there are.
    SeeInitialAccessTokens,
    /// Making and removing them.
    ChangeInitialAccessTokens,
    /// The audit log.
    SeeAuditLog,
    /// Who has which role.
    SeeRoles,
    /// Giving and taking roles.
    ChangeRoles,
}

impl Permission {
    /// All.
    pub const ALL: [Self; 21] = [
        Self::SeeDashboard,
        Self::SeeSocialApplications,
        Self::ChangeSocialApplications,
        Self::SeeSites,
        Self::ChangeSites,
        Self::SeeApplications,
        Self::ChangeApplications,
        Self::PreviewTokens,
        Self::SeeApis,
        Self::ChangeApis,
        Self::SeeAccounts,
        Self::HelpAccounts,
        Self::ChangeAccounts,
        Self::SeeKeys,
        Self::RotateKeys,
        Self::Revoke,
        Self::SeeInitialAccessTokens,
        Self::ChangeInitialAccessTokens,
        Self::SeeAuditLog,
        Self::SeeRoles,
        Self::ChangeRoles,
    ];

    /// As it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeeDashboard => "see_dashboard",
            Self::SeeSocialApplications => "see_social_applications",
            Self::ChangeSocialApplications => "change_social_applications",
            Self::SeeSites => "see_sites",
            Self::ChangeSites => "change_sites",
            Self::SeeApplications => "see_applications",
            Self::ChangeApplications => "change_applications",
            Self::PreviewTokens => "preview_tokens",
            Self::SeeApis => "see_apis",
            Self::ChangeApis => "change_apis",
            Self::SeeAccounts => "see_accounts",
            Self::HelpAccounts => "help_accounts",
            Self::ChangeAccounts => "change_accounts",
            Self::SeeKeys => "see_keys",
            Self::RotateKeys => "rotate_keys",
            Self::Revoke => "revoke",
            Self::SeeInitialAccessTokens => "see_initial_access_tokens",
            Self::ChangeInitialAccessTokens => "change_initial_access_tokens",
            Self::SeeAuditLog => "see_audit_log",
            Self::SeeRoles => "see_roles",
            Self::ChangeRoles => "change_roles",
        }
    }

    /// Changes nothing.
    #[must_use]
    pub const fn is_reading(self) -> bool {
        matches!(
            self,
            Self::SeeDashboard
                | Self::SeeSocialApplications
                | Self::SeeSites
                | Self::SeeApplications
                | Self::PreviewTokens
                | Self::SeeApis
                | Self::SeeAccounts
                | Self::SeeKeys
                | Self::SeeInitialAccessTokens
                | Self::SeeAuditLog
                | Self::SeeRoles
        )
    }

    /// About what no site has to itself: a role at one site does not give it.
    #[must_use]
    pub const fn is_of_the_installation(self) -> bool {
        matches!(
            self,
            Self::SeeDashboard
                | Self::ChangeApis
                | Self::SeeKeys
                | Self::RotateKeys
                | Self::Revoke
                | Self::SeeInitialAccessTokens
                | Self::ChangeInitialAccessTokens
                | Self::SeeAuditLog
                | Self::SeeRoles
                | Self::ChangeRoles
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_changes_nothing_and_only_an_owner_gives_roles() {
        for permission in Permission::ALL {
            assert!(Role::Owner.may(permission));
            assert!(!Role::Auditor.may(permission) || permission.is_reading(), "{permission:?}");
            assert_eq!(Role::Administrator.may(permission), permission != Permission::ChangeRoles, "{permission:?}");
        }
    }

    #[test]
    fn a_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
