//! Every order of events in the life of a grant is looked at; and the checker finds each mistake that it should.

use chabi_models::{bug::Bug, grant_life::GrantLife};
use stateright::{Checker, Model};

fn look_at_all(requests: u8, bug: Option<Bug>) -> impl Checker<GrantLife> {
    GrantLife { requests, bug }.checker().threads(2).spawn_bfs().join()
}

// req: cd.once, cd.replay, rt.race, rt.grace, rt.reuse, rt.restart
#[test]
fn in_every_order_of_events_a_grant_is_used_once_has_one_live_leaf_and_stays_revoked() {
    let looked = look_at_all(5, None);
    looked.assert_properties();
    assert!(looked.unique_state_count() > 100_000, "the model is a toy: {}", looked.unique_state_count());
}

/// What each mistake breaks, at least.
const BREAKS: [(Bug, &str); 9] = [
    (Bug::CodeReadThenWritten, "a code gives one family"),
    (Bug::FamilyReadThenWritten, LINE),
    (Bug::AnswerBeforeCommit, LINE),
    (Bug::NewSaltForRepeat, LINE),
    (Bug::GraceNeverEnds, "who presents what was spent ends the family"),
    (Bug::NoGrace, "a family ends for a reason alone"),
    (Bug::NodeRemembersTheLiving, "nothing that was revoked comes back"),
    (Bug::ReplayOnlyRefused, "who presents what was spent ends the family"),
    (Bug::ReuseOnlyRefused, "who presents what was spent ends the family"),
];
const LINE: &str = "every token that was told leads to the one that is current";

#[test]
fn the_checker_finds_each_mistake() {
    assert!(Bug::ALL.iter().all(|bug| BREAKS.iter().any(|(other, _)| other == bug)));
    for (bug, rule) in BREAKS {
        let looked = look_at_all(3, Some(bug));
        assert!(looked.discovery(rule).is_some(), "{bug:?} does not break: {rule}");
    }
}
