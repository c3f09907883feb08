//! Whose account a proven person of a provider opens: the rule, as a table without input or output.

use chabi_store::account::AccountId;

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Sign in.
    SignIn,
    /// Connect the provider to this account, in which they are signed in.
    Connect(AccountId),
}

/// What is known when they come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) intent: Intent,
    /// Whose account (provider, issuer, subject) is tied to.
    pub(super) tied_to: Option<Known>,
    /// The address that the provider told.
    pub(super) address: Told,
    /// Whether strangers may make an account.
    pub(super) sign_up_open: bool,
}

/// An account of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) account: AccountId,
    pub(super) disabled: bool,
}

/// The address, and who has it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// None was told.
    Nothing,
    /// Nobody here has it.
    Free {
        /// The provider is believed for it.
        proven: bool,
    },
    /// An account here has it.
    Held {
        /// The provider is believed for it.
        proven: bool,
        /// Whose it is here.
        by: Known,
        /// How well it is theirs.
        claim: Claim,
    },
}

/// How well an address is the account's that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Proven.
    Verified,
    /// Not proven, and nothing else of that account is.
    Unverified,
    /// Not proven, while the account has another address that is: it is somebody's, who typed an address of somebody else.
    UnverifiedBesideAVerifiedOne,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is tied to this account: sign in.
    Enter(AccountId),
    /// The address is proven on both sides: tie, sign in.
    Join(AccountId),
    /// The address was never proven here, and is now: clear the account of whatever entered it, then tie, sign in.
    TakeOver(AccountId),
    /// A new account; its address verified or not, or taken from one who never proved it.
    Create { verified: bool, taken_from: Option<AccountId> },
    /// Tie to the account that is signed in.
    Connect(AccountId),
    /// Somebody has the address: sign in first, then connect.
    SignInFirst,
    /// It is tied to another account than the one that is signed in.
    ConnectedElsewhere,
    /// The account is disabled.
    Shut,
    /// No new accounts here.
    SignUpClosed,
}

impl Decision {
    /// The account of ours that it opens or changes.
    pub(super) fn opens(&self) -> Option<AccountId> {
        match *self {
            Self::Enter(account) | Self::Join(account) | Self::TakeOver(account) | Self::Connect(account) => Some(account),
            Self::Create { taken_from, .. } => taken_from,
            Self::SignInFirst | Self::ConnectedElsewhere | Self::Shut | Self::SignUpClosed => None,
        }
    }
}

/// The rule of linking accounts. The identity is provider, issuer and subject; an address joins two only when it is proven
/// today, from both sides.
pub(super) fn decide(facts: &Facts) -> Decision {
    match (facts.intent, facts.tied_to) {
        (Intent::Connect(account), None) => Decision::Connect(account),
        (Intent::Connect(account), Some(known)) if known.account == account => Decision::Connect(account),
        (Intent::Connect(_), Some(_)) => Decision::ConnectedElsewhere,
        (Intent::SignIn, Some(known)) => unless_shut(known, Decision::Enter),
        (Intent::SignIn, None) => decide_by_address(facts.address, facts.sign_up_open),
    }
}

fn decide_by_address(address: Told, sign_up_open: bool) -> Decision {
    match address {
        Told::Nothing => create(false, None, sign_up_open),
        Told::Free { proven } => create(proven, None, sign_up_open),
        // any weaker proof must not open an account, nor make one that blocks it
        Told::Held { proven: false, .. } => Decision::SignInFirst,
        Told::Held { proven: true, by, claim: Claim::Verified } => unless_shut(by, Decision::Join),
        Told::Held { proven: true, by, claim: Claim::Unverified } => unless_shut(by, Decision::TakeOver),
        Told::Held { proven: true, by, claim: Claim::UnverifiedBesideAVerifiedOne } => create(true, Some(by.account), sign_up_open),
    }
}

fn unless_shut(known: Known, decision: impl Fn(AccountId) -> Decision) -> Decision {
    if known.disabled { Decision::Shut } else { decision(known.account) }
}

fn create(verified: bool, taken_from: Option<AccountId>, sign_up_open: bool) -> Decision {
    if sign_up_open { Decision::Create { verified, taken_from } } else { Decision::SignUpClosed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chabi_token::{Id, Timestamp};

    fn account(number: u8) -> AccountId {
        AccountId(Id::new(Timestamp(1), [number; 8]))
    }

    fn known(number: u8) -> Known {
        Known { account: account(number), disabled: false }
    }

    fn facts(address: Told) -> Facts {
        Facts { intent: Intent::SignIn, tied_to: None, address, sign_up_open: true }
    }

    fn held(proven: bool, claim: Claim) -> Facts {
        facts(Told::Held { proven, by: known(1), claim })
    }

    // `proven` is "trusted for the address, and verified": see the tests of `identity.rs` in the client crate, which judge both.
    // req: up.link
    #[test]
    fn the_eight_cases_of_trusted_verified_upstream_and_verified_here() {
        for trusted in [false, true] {
            for verified_upstream in [false, true] {
                for verified_here in [false, true] {
                    let claim = if verified_here { Claim::Verified } else { Claim::Unverified };
                    let expected = match (trusted, verified_upstream, verified_here) {
                        (true, true, true) => Decision::Join(account(1)),
                        (true, true, false) => Decision::TakeOver(account(1)),
                        _ => Decision::SignInFirst,
                    };
                    let case = held(trusted && verified_upstream, claim);
                    assert_eq!(decide(&case), expected, "{trusted} {verified_upstream} {verified_here}");
                }
            }
        }
    }

    // req: up.prehij
    #[test]
    fn an_account_that_somebody_proved_otherwise_loses_the_address_and_nothing_else() {
        let case = held(true, Claim::UnverifiedBesideAVerifiedOne);
        assert_eq!(decide(&case), Decision::Create { verified: true, taken_from: Some(account(1)) });
        assert_eq!(decide(&held(false, Claim::UnverifiedBesideAVerifiedOne)), Decision::SignInFirst);
    }

    // req: up.key
    #[test]
    fn who_is_tied_enters_whatever_address_the_provider_tells_today() {
        for address in [Told::Nothing, Told::Free { proven: true }, Told::Held { proven: true, by: known(2), claim: Claim::Verified }] {
            let case = Facts { tied_to: Some(known(1)), ..facts(address) };
            assert_eq!(decide(&case), Decision::Enter(account(1)));
        }
    }

    // req: up.active
    #[test]
    fn a_disabled_account_is_shut_on_every_way() {
        let disabled = Known { account: account(1), disabled: true };
        let tied = Facts { tied_to: Some(disabled), ..facts(Told::Nothing) };
        assert_eq!(decide(&tied), Decision::Shut);
        for claim in [Claim::Verified, Claim::Unverified] {
            assert_eq!(decide(&facts(Told::Held { proven: true, by: disabled, claim })), Decision::Shut);
        }
    }

    #[test]
    fn a_new_person_gets_an_account_where_strangers_may() {
        for (told, verified) in [(Told::Nothing, false), (Told::Free { proven: false }, false), (Told::Free { proven: true }, true)] {
            assert_eq!(decide(&facts(told)), Decision::Create { verified, taken_from: None });
            assert_eq!(decide(&Facts { sign_up_open: false, ..facts(told) }), Decision::SignUpClosed);
        }
    }

    // req: up.start
    #[test]
    fn connecting_never_moves_a_link_and_never_opens_another_account() {
        let connect = |tied_to, address| Facts { intent: Intent::Connect(account(1)), tied_to, ..facts(address) };
        let elsewhere = Told::Held { proven: true, by: known(2), claim: Claim::Verified };
        assert_eq!(decide(&connect(None, elsewhere)), Decision::Connect(account(1)));
        assert_eq!(decide(&connect(Some(known(1)), Told::Nothing)), Decision::Connect(account(1)));
        assert_eq!(decide(&connect(Some(known(2)), Told::Nothing)), Decision::ConnectedElsewhere);
    }
}
