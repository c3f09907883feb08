//! The life of one grant on two nodes: requests arrive at either, are decided by one statement, and are answered, or are not: an answer
//! gets lost, a node crashes. Anybody may present the code again, and every refresh token that ever was; an operator may revoke.

use stateright::{Model, Property};

use crate::{
    bug::Bug,
    rules::{self, Database, Presented, Secret, Told},
};

/// Two are enough: what a third could do, the other of the two does.
const NODES: u8 = 2;

/// The model: how many requests are sent in all, and the mistake that is made, if one is.
#[derive(Clone, Debug)]
pub struct GrantLife {
    /// The states to look at grow with this: five take a second.
    pub requests: u8,
    /// `None`: as Chabi does it.
    pub bug: Option<Bug>,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// It is at its node.
    Arrived,
    /// With a mistake of two statements: what the first one saw. Families are few, so a copy is kept.
    Read(Option<Secret>, bool),
    /// With the mistake of an early answer: told, and not written yet.
    ToldEarly(Told),
    /// Durable, and not answered yet.
    Committed(Told),
}

/// A request under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    /// Where it arrived.
    pub node: u8,
    /// With what.
    pub presents: Presented,
    /// The salt that its node made up for it.
    pub salt: u8,
    /// How far it is.
    pub stage: Stage,
}

/// Everything there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// What is durable.
    pub database: Database,
    /// Under way.
    pub requests: Vec<Request>,
    /// Every token that somebody was told.
    pub told: Vec<Secret>,
    /// Requests sent so far.
    pub sent: u8,
    /// Nodes that saw the family alive.
    pub saw_it_alive: Vec<u8>,
    /// A token was told although the family had been revoked before.
    pub served_the_dead: bool,
    /// What was spent was presented again, after its grace, and the family lived on.
    pub theft_went_unpunished: bool,
    /// The family was revoked although nobody presented what was spent, and no operator asked.
    pub revoked_for_nothing: bool,
    /// The same token was told twice.
    pub repeated: bool,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody presents something at a node.
    Send(Presented, u8),
    /// A node reads, where the mistake is that it reads first.
    Read(usize),
    /// A node tells before it writes, where the mistake is that.
    TellEarly(usize),
    /// The statement is durable.
    Commit(usize),
    /// The answer arrives.
    Answer(usize),
    /// The answer does not arrive.
    Lose(usize),
    /// All that the node had in hand is gone.
    Crash(u8),
    /// The grace of the last rotation is over.
    GraceEnds,
    /// An operator, a logout, a password change.
    Revoke,
}

impl GrantLife {
    fn reads_first(&self, request: &Request) -> bool {
        match request.presents {
            Presented::Code => self.bug == Some(Bug::CodeReadThenWritten),
            Presented::Token(_) => self.bug == Some(Bug::FamilyReadThenWritten),
        }
    }

    fn commit(&self, state: &mut State, index: usize) -> Option<()> {
        let mut request = state.requests.get(index)?.clone();
        let before = state.database.clone();
        let told = match &request.stage {
            Stage::Arrived | Stage::ToldEarly(_) => self.decide(state, &request, &before),
            Stage::Read(current, alive) => {
                let mut seen = before.clone();
                seen.family = seen.family.filter(|_| current.is_some());
                if let (Some(family), Some(current)) = (&mut seen.family, current) {
                    family.current.clone_from(current);
                    family.revoked = !alive;
                }
                self.decide(state, &request, &seen)
            }
            Stage::Committed(_) => return None,
        };
        judge(state, &request.presents, &before, &told);
        if state.database.family.as_ref().is_some_and(|family| !family.revoked) && !state.saw_it_alive.contains(&request.node) {
            state.saw_it_alive.push(request.node);
            state.saw_it_alive.sort_unstable();
        }
        match request.stage {
            Stage::ToldEarly(_) => {
                state.requests.remove(index);
            }
            _ => {
                request.stage = Stage::Committed(told);
                *state.requests.get_mut(index)? = request;
            }
        }
        Some(())
    }

    fn decide(&self, state: &mut State, request: &Request, seen: &Database) -> Told {
        let mut seen = seen.clone();
        if self.bug == Some(Bug::NodeRemembersTheLiving) && state.saw_it_alive.contains(&request.node) {
            seen.family.iter_mut().for_each(|family| family.revoked = false);
        }
        match &request.presents {
            Presented::Code => rules::redeem(&mut state.database, &seen, self.bug),
            Presented::Token(secret) => rules::rotate(&mut state.database, &seen, secret, request.salt, self.bug),
        }
    }
}

/// Holds what was decided against what should have been, by the row as it was before the statement.
fn judge(state: &mut State, presents: &Presented, before: &Database, told: &Told) {
    let Some(family) = &before.family else { return };
    if family.revoked {
        state.served_the_dead |= matches!(told, Told::Token(_));
        return;
    }
    let is_spent = match presents {
        Presented::Code => true,
        Presented::Token(secret) if *secret == family.current => false,
        Presented::Token(secret) => !(family.in_grace && family.previous.as_ref() == Some(secret)),
    };
    let is_dead = state.database.family.as_ref().is_some_and(|family| family.revoked);
    state.theft_went_unpunished |= is_spent && !is_dead;
    state.revoked_for_nothing |= !is_spent && is_dead;
}

fn tell(state: &mut State, told: Told) {
    if let Told::Token(secret) = told {
        state.repeated |= state.told.contains(&secret);
        if !state.told.contains(&secret) {
            state.told.push(secret);
            state.told.sort_unstable();
        }
    }
}

impl Model for GrantLife {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        if state.sent < self.requests {
            for node in 0..NODES {
                events.push(Event::Send(Presented::Code, node));
                events.extend(state.told.iter().map(|secret| Event::Send(Presented::Token(secret.clone()), node)));
            }
        }
        for (index, request) in state.requests.iter().enumerate() {
            match &request.stage {
                Stage::Arrived if self.reads_first(request) => events.push(Event::Read(index)),
                Stage::Arrived if self.bug == Some(Bug::AnswerBeforeCommit) => events.push(Event::TellEarly(index)),
                Stage::Arrived | Stage::Read(..) | Stage::ToldEarly(_) => events.push(Event::Commit(index)),
                Stage::Committed(_) => events.extend([Event::Answer(index), Event::Lose(index)]),
            }
        }
        events.extend((0..NODES).filter(|node| state.requests.iter().any(|request| request.node == *node)).map(Event::Crash));
        if let Some(family) = state.database.family.as_ref() {
            events.extend(family.in_grace.then_some(Event::GraceEnds));
            events.extend((!family.revoked).then_some(Event::Revoke));
        }
    }

    fn next_state(&self, last: &State, event: Event) -> Option<State> {
        let mut state = last.clone();
        match event {
            Event::Send(presents, node) => {
                state.sent += 1;
                state.requests.push(Request { node, presents, salt: state.sent, stage: Stage::Arrived });
            }
            Event::Read(index) => {
                let family = last.database.family.as_ref();
                let seen = Stage::Read(family.map(|family| family.current.clone()), family.is_some_and(|family| !family.revoked));
                state.requests.get_mut(index)?.stage = seen;
            }
            Event::TellEarly(index) => {
                let request = state.requests.get(index)?.clone();
                let told = self.decide(&mut last.clone(), &request, &last.database);
                tell(&mut state, told.clone());
                state.requests.get_mut(index)?.stage = Stage::ToldEarly(told);
            }
            Event::Commit(index) => self.commit(&mut state, index)?,
            Event::Answer(index) => {
                let Stage::Committed(told) = state.requests.remove(index).stage else { return None };
                tell(&mut state, told);
            }
            Event::Lose(index) => {
                state.requests.remove(index);
            }
            Event::Crash(node) => {
                state.requests.retain(|request| request.node != node);
                state.saw_it_alive.retain(|other| *other != node);
            }
            Event::GraceEnds => state.database.family.iter_mut().for_each(|family| family.in_grace = false),
            Event::Revoke => state.database.family.iter_mut().for_each(|family| family.revoked = true),
        }
        state.requests.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a code gives one family", |_, state: &State| state.database.families_made <= 1),
            Property::always("every token that was told leads to the one that is current", |_, state: &State| {
                let current = state.database.family.as_ref().map(|family| family.current.as_slice());
                state.told.iter().all(|told| current.is_some_and(|current| current.starts_with(told)))
            }),
            Property::always("nothing that was revoked comes back", |_, state: &State| !state.served_the_dead),
            Property::always("who presents what was spent ends the family", |_, state: &State| !state.theft_went_unpunished),
            Property::always("a family ends for a reason alone", |_, state: &State| !state.revoked_for_nothing),
            Property::sometimes("a token is rotated twice", |_, state: &State| state.told.iter().any(|told| told.len() == 2)),
            Property::sometimes("a lost answer is repeated", |_, state: &State| state.repeated),
            Property::sometimes("a theft ends the family", |_, state: &State| {
                state.requests.iter().any(|request| request.stage == Stage::Committed(Told::Revoked))
            }),
        ]
    }
}
