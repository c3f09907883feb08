//! Mistakes that somebody could make in the life of a grant. The checker must find each: a model that finds nothing proves nothing.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bug {
    /// A code is read, and spent by a second statement that no longer looks.
    CodeReadThenWritten,
    /// A family is read, and rotated by a second statement that no longer looks.
    FamilyReadThenWritten,
    /// The answer leaves before the commit is durable.
    AnswerBeforeCommit,
    /// A repeated request is given a successor with a salt of its own.
    NewSaltForRepeat,
    /// The token before the current one stays good.
    GraceNeverEnds,
    /// A retry within the grace counts as theft.
    NoGrace,
    /// A node remembers that a family was alive, and does not look again.
    NodeRemembersTheLiving,
    /// The second use of a code is refused, and what the first gave lives on.
    ReplayOnlyRefused,
    /// An old refresh token is refused, and its family lives on.
    ReuseOnlyRefused,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::CodeReadThenWritten,
        Self::FamilyReadThenWritten,
        Self::AnswerBeforeCommit,
        Self::NewSaltForRepeat,
        Self::GraceNeverEnds,
        Self::NoGrace,
        Self::NodeRemembersTheLiving,
        Self::ReplayOnlyRefused,
        Self::ReuseOnlyRefused,
    ];
}
