//! Whose account a proven person of a provider opens: every rule of it, as a table without input or output.
//!
//! `docs/explanation/linking-accounts.md` has the table for readers, with what each provider's word on an address is worth.

use chabi_client::VerifiedIdentity;
use chabi_store::account::AccountId;

use crate::email::EmailAddress;

/// How a social application joins accounts: its operator's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linking {
    /// An address that the provider is believed for joins, or takes over what nobody had proven.
    #[default]
    Trusted,
    /// Never by an address: who has an account signs in to it first.
    Never,
}

impl Linking {
    /// As the store and the API have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Never => "never",
        }
    }

    /// What [`Self::word`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Trusted, Self::Never].into_iter().find(|one| one.word() == word)
    }
}

/// An address whose owner signed in at the provider a moment ago, by the word of a provider that is believed for it. Made by
/// [`told_by`] alone, of an identity that the client role has verified: nothing else can join accounts, take one over, or make an
/// address verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProvenAddress(EmailAddress);

impl ProvenAddress {
    pub(super) fn email(&self) -> &EmailAddress {
        &self.0
    }
}

/// An address that a provider told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToldAddress {
    /// It is believed for it.
    Proven(ProvenAddress),
    /// It is not, or it says itself that nobody verified it: a hint, which opens nothing.
    Claimed(EmailAddress),
}

impl ToldAddress {
    pub(super) fn email(&self) -> &EmailAddress {
        match self {
            Self::Proven(ProvenAddress(email)) | Self::Claimed(email) => email,
        }
    }
}

/// The address that this identity came with, if it is one that we take: in one spelling, and none that two mail servers could read in two
/// ways.
pub(super) fn told_by(identity: &VerifiedIdentity) -> Option<ToldAddress> {
    let told = identity.email()?;
    let email = EmailAddress::parse(&told.address).ok()?;
    // an address beyond ASCII was mapped to the one that we know, and who says that the provider maps alike? It stays a hint
    Some(match told.authoritative && told.address.is_ascii() {
        true => ToldAddress::Proven(ProvenAddress(email)),
        false => ToldAddress::Claimed(email),
    })
}

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Sign in.
    SignIn,
    /// Connect the provider to this account, in which they are signed in.
    Connect(AccountId),
}

/// What is known when they come back.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) intent: Intent,
    /// Whose account (provider, issuer, subject) is tied to.
    pub(super) tied_to: Option<Known>,
    /// The address that the provider told.
    pub(super) address: Option<ToldAddress>,
    /// Who has it here.
    pub(super) holder: Option<Holder>,
    /// Whether strangers may make an account: here, and by this social application.
    pub(super) sign_up_open: bool,
    /// How the social application joins accounts.
    pub(super) linking: Linking,
}

/// An account of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) account: AccountId,
    pub(super) disabled: bool,
}

/// The account that has the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// Whose it is here.
    pub(super) by: Known,
    /// How well it is theirs.
    pub(super) claim: Claim,
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
    /// The account runs the installation, or a part of it.
    OfARole,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is tied to this account: sign in.
    Enter(AccountId),
    /// The address is proven on both sides: tie, sign in.
    Join(AccountId, ProvenAddress),
    /// The address was never proven here, and is now: clear the account of whatever entered it, then tie, sign in.
    TakeOver(AccountId, ProvenAddress),
    /// A new account, with this address or none; taken from one who never proved it, where it is proven now.
    Create { address: Option<ToldAddress>, taken_from: Option<AccountId> },
    /// Tie to the account that is signed in.
    Connect(AccountId),
    /// Somebody has the address: sign in first, then connect.
    SignInFirst(EmailAddress),
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
        match self {
            Self::Enter(account) | Self::Join(account, _) | Self::TakeOver(account, _) | Self::Connect(account) => Some(*account),
            Self::Create { taken_from, .. } => *taken_from,
            Self::SignInFirst(_) | Self::ConnectedElsewhere | Self::Shut | Self::SignUpClosed => None,
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
        (Intent::SignIn, None) => decide_by_address(facts),
    }
}

fn decide_by_address(facts: &Facts) -> Decision {
    let open = facts.sign_up_open;
    match (&facts.address, facts.holder) {
        (None, _) => create(None, None, open),
        (Some(told), None) => create(Some(told.clone()), None, open),
        // any weaker proof must not open an account, nor make one that blocks it
        (Some(ToldAddress::Claimed(email)), Some(_)) => Decision::SignInFirst(email.clone()),
        // an operator who does not join by addresses takes nothing over by them either
        (Some(told), Some(_)) if facts.linking == Linking::Never => Decision::SignInFirst(told.email().clone()),
        (Some(ToldAddress::Proven(address)), Some(Holder { by, claim })) => by_proven_address(address, by, claim, open),
    }
}

fn by_proven_address(address: &ProvenAddress, by: Known, claim: Claim, sign_up_open: bool) -> Decision {
    let address = address.clone();
    match claim {
        Claim::Verified => unless_shut(by, |account| Decision::Join(account, address)),
        Claim::Unverified => unless_shut(by, |account| Decision::TakeOver(account, address)),
        Claim::UnverifiedBesideAVerifiedOne => create(Some(ToldAddress::Proven(address)), Some(by.account), sign_up_open),
        // whoever may add a provider decides what it is believed for: that must not make them who is mightier
        Claim::OfARole => Decision::SignInFirst(address.0),
    }
}

fn unless_shut(known: Known, decision: impl FnOnce(AccountId) -> Decision) -> Decision {
    if known.disabled { Decision::Shut } else { decision(known.account) }
}

fn create(address: Option<ToldAddress>, taken_from: Option<AccountId>, sign_up_open: bool) -> Decision {
    if sign_up_open { Decision::Create { address, taken_from } } else { Decision::SignUpClosed }
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

    fn email() -> EmailAddress {
        EmailAddress::parse("ada@example.com").unwrap()
    }

    fn proof() -> ProvenAddress {
        ProvenAddress(email())
    }

    fn told(proven: bool) -> ToldAddress {
        if proven { ToldAddress::Proven(proof()) } else { ToldAddress::Claimed(email()) }
    }

    fn facts(address: Option<ToldAddress>, holder: Option<Holder>) -> Facts {
        Facts { intent: Intent::SignIn, tied_to: None, address, holder, sign_up_open: true, linking: Linking::Trusted }
    }

    fn held(proven: bool, claim: Claim) -> Facts {
        facts(Some(told(proven)), Some(Holder { by: known(1), claim }))
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
                        (true, true, true) => Decision::Join(account(1), proof()),
                        (true, true, false) => Decision::TakeOver(account(1), proof()),
                        _ => Decision::SignInFirst(email()),
                    };
                    let case = held(trusted && verified_upstream, claim);
                    assert_eq!(decide(&case), expected, "{trusted} {verified_upstream} {verified_here}");
                }
            }
        }
    }

    // req: up.link
    #[test]
    fn an_operator_who_joins_nothing_by_addresses_takes_nothing_over_by_them() {
        for proven in [false, true] {
            for claim in [Claim::Verified, Claim::Unverified, Claim::UnverifiedBesideAVerifiedOne] {
                let case = Facts { linking: Linking::Never, ..held(proven, claim) };
                assert_eq!(decide(&case), Decision::SignInFirst(email()), "{proven} {claim:?}");
            }
            let free = Facts { linking: Linking::Never, ..facts(Some(told(proven)), None) };
            assert_eq!(decide(&free), Decision::Create { address: Some(told(proven)), taken_from: None });
        }
        let tied = Facts { tied_to: Some(known(1)), linking: Linking::Never, ..held(true, Claim::Verified) };
        assert_eq!(decide(&tied), Decision::Enter(account(1)), "what is tied stays tied");
    }

    // req: up.link
    #[test]
    fn an_account_with_a_role_is_joined_by_no_address() {
        for proven in [false, true] {
            assert_eq!(decide(&held(proven, Claim::OfARole)), Decision::SignInFirst(email()), "{proven}");
        }
        let tied = Facts { tied_to: Some(known(1)), ..held(true, Claim::OfARole) };
        assert_eq!(decide(&tied), Decision::Enter(account(1)), "what is tied stays tied");
    }

    // req: up.prehij
    #[test]
    fn an_account_that_somebody_proved_otherwise_loses_the_address_and_nothing_else() {
        let case = held(true, Claim::UnverifiedBesideAVerifiedOne);
        assert_eq!(decide(&case), Decision::Create { address: Some(told(true)), taken_from: Some(account(1)) });
        assert_eq!(decide(&held(false, Claim::UnverifiedBesideAVerifiedOne)), Decision::SignInFirst(email()));
    }

    // req: up.key
    #[test]
    fn who_is_tied_enters_whatever_address_the_provider_tells_today() {
        let elsewhere = Some(Holder { by: known(2), claim: Claim::Verified });
        for (address, holder) in [(None, None), (Some(told(true)), None), (Some(told(true)), elsewhere)] {
            let case = Facts { tied_to: Some(known(1)), ..facts(address, holder) };
            assert_eq!(decide(&case), Decision::Enter(account(1)));
        }
    }

    // req: up.active
    #[test]
    fn a_disabled_account_is_shut_on_every_way() {
        let disabled = Known { account: account(1), disabled: true };
        let tied = Facts { tied_to: Some(disabled), ..facts(None, None) };
        assert_eq!(decide(&tied), Decision::Shut);
        for claim in [Claim::Verified, Claim::Unverified] {
            assert_eq!(decide(&facts(Some(told(true)), Some(Holder { by: disabled, claim }))), Decision::Shut);
        }
    }

    #[test]
    fn a_new_person_gets_an_account_where_strangers_may() {
        for address in [None, Some(told(false)), Some(told(true))] {
            let case = facts(address.clone(), None);
            assert_eq!(decide(&case), Decision::Create { address, taken_from: None });
            assert_eq!(decide(&Facts { sign_up_open: false, ..case }), Decision::SignUpClosed);
        }
    }

    // req: up.start
    #[test]
    fn connecting_never_moves_a_link_and_never_opens_another_account() {
        let connect = |tied_to, holder| Facts { intent: Intent::Connect(account(1)), tied_to, ..facts(Some(told(true)), holder) };
        let elsewhere = Some(Holder { by: known(2), claim: Claim::Verified });
        assert_eq!(decide(&connect(None, elsewhere)), Decision::Connect(account(1)));
        assert_eq!(decide(&connect(Some(known(1)), None)), Decision::Connect(account(1)));
        assert_eq!(decide(&connect(Some(known(2)), None)), Decision::ConnectedElsewhere);
    }
}
