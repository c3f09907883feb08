//! What one statement does to the row of a grant. Pure: the model checker and the test against the real store both go by it.

use crate::bug::Bug;

/// A refresh token's secret, by the salts that it was derived with: the first token has none. Its length is its generation.
pub type Secret = Vec<u8>;

/// What somebody presents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presented {
    /// The authorization code.
    Code,
    /// A refresh token that was issued once.
    Token(Secret),
}

/// What is stored of a family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    /// The token that rotates.
    pub current: Secret,
    /// The one before, which is repeated while the grace lasts.
    pub previous: Option<Secret>,
    /// True until the grace of the last rotation is over.
    pub in_grace: bool,
    /// Dead.
    pub revoked: bool,
}

/// The database: one grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Database {
    /// `None` until the code is redeemed.
    pub family: Option<Family>,
    /// How many families the code has given.
    pub families_made: u8,
}

/// What a request is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Told {
    /// This refresh token.
    Token(Secret),
    /// Refused, and nothing changed.
    Refused,
    /// Refused, and the family is revoked by this very statement.
    Revoked,
}

/// Redeems the code: one conditional statement.
pub fn redeem(database: &mut Database, seen: &Database, bug: Option<Bug>) -> Told {
    match &seen.family {
        None => {
            database.families_made = database.families_made.saturating_add(1);
            database.family = Some(Family { current: Secret::new(), previous: None, in_grace: false, revoked: false });
            Told::Token(Secret::new())
        }
        Some(_) if bug == Some(Bug::ReplayOnlyRefused) => Told::Refused,
        // RFC 9700 §4.2.4: the second use of a code ends what the first one gave
        Some(family) => revoke(database, family.revoked),
    }
}

/// Rotates a refresh token: one conditional statement. `salt` is this caller's own.
pub fn rotate(database: &mut Database, seen: &Database, presented: &Secret, salt: u8, bug: Option<Bug>) -> Told {
    let Some(family) = &seen.family else { return Told::Refused };
    if family.revoked {
        return Told::Refused;
    }
    if *presented == family.current {
        let mut next = presented.clone();
        next.push(salt);
        return keep(database, presented, next);
    }
    let is_the_one_before = family.previous.as_ref() == Some(presented);
    let in_grace = (family.in_grace || bug == Some(Bug::GraceNeverEnds)) && bug != Some(Bug::NoGrace);
    match is_the_one_before && in_grace {
        true if bug == Some(Bug::NewSaltForRepeat) => {
            let mut next = presented.clone();
            next.push(salt);
            keep(database, presented, next)
        }
        // derived from what was presented and the salt of the row: the successor that was told before
        true => Told::Token(family.current.clone()),
        false if bug == Some(Bug::ReuseOnlyRefused) => Told::Refused,
        // RFC 9700 §4.14.2: somebody holds a token that was spent
        false => revoke(database, false),
    }
}

fn keep(database: &mut Database, presented: &Secret, next: Secret) -> Told {
    if let Some(family) = &mut database.family {
        family.current.clone_from(&next);
        family.previous = Some(presented.clone());
        family.in_grace = true;
    }
    Told::Token(next)
}

fn revoke(database: &mut Database, before: bool) -> Told {
    if let Some(family) = &mut database.family {
        family.revoked = true;
    }
    if before { Told::Refused } else { Told::Revoked }
}
