use chabi_token::{Seconds, status::LIST_LENGTH};

use super::{
    super::{
        known::{Alive, Known, TakenBack},
        polling::Wanted,
    },
    *,
};

fn taken_back(list: i64, positions: &[i64], until: i64) -> TakenBack {
    serde_json::from_value(serde_json::json!({ "lists": { list.to_string(): positions }, "jti": ["j.1"], "until": until })).unwrap()
}

fn alive(fresh: i64) -> Alive {
    serde_json::from_value(serde_json::json!({ "fresh": fresh })).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

#[tokio::test]
async fn events_may_come_twice_and_in_any_order_and_are_forgotten_when_no_token_is_left() {
    let rig = Rig::new().await;
    let token = rig.token(5, "a");
    let orders: [&[i64]; 3] = [&[100, 200], &[200, 100], &[200, 100, 200, 100]];
    for order in orders {
        let mut known = Known::default();
        for until in order {
            known.apply(taken_back(0, &[5], NOW + until), at(0)).unwrap();
        }
        assert_eq!(known.entries(), 2);
        known.alive(&alive(1), at(199));
        assert_eq!(known.standing(&token, None, at(199)), Standing::Revoked, "{order:?}");
        known.alive(&alive(2), at(240));
        assert_eq!(known.entries(), 0, "{order:?}");
    }
}

#[test]
fn what_is_over_is_not_taken_in_and_nothing_is_kept_longer_than_a_day() {
    let mut known = Known::default();
    known.apply(taken_back(0, &[5], NOW), at(0)).unwrap();
    known.apply(taken_back(0, &[-1, LIST_LENGTH], NOW), at(0)).unwrap();
    assert_eq!(known.entries(), 0);
    known.apply(taken_back(0, &[5, -1, LIST_LENGTH], i64::MAX), at(0)).unwrap();
    assert_eq!(known.entries(), 2);
    known.alive(&alive(1), at(86_400));
    assert_eq!(known.entries(), 0);
}

// req: rs.closed
#[tokio::test]
async fn with_a_limit_nobody_passes_on_knowledge_that_is_older_and_without_one_everybody_until_expiry() {
    let rig = Rig::new().await;
    let (token, limit) = (rig.token(5, "a"), Some(Seconds(30)));
    let mut known = Known::default();
    known.begin(at(0));
    assert_eq!(known.standing(&token, limit, at(30)), Standing::Good);
    assert_eq!(known.standing(&token, limit, at(31)), Standing::Unknown);
    assert_eq!(known.standing(&token, None, at(31)), Standing::Good);
    known.alive(&alive(at(31).0), at(31));
    assert_eq!(known.standing(&token, limit, at(61)), Standing::Good);
    // the same moment again: the issuer lives, but has learnt nothing since
    known.alive(&alive(at(31).0), at(60));
    assert_eq!(known.standing(&token, limit, at(62)), Standing::Unknown);
    // a moment long ago: a node that is cut off from its database
    known.alive(&alive(at(31).0 + 1), at(200));
    assert_eq!(known.standing(&token, limit, at(200)), Standing::Unknown);
    // taken back is taken back, however old the knowledge
    known.apply(taken_back(0, &[5], NOW + 9_000), at(200)).unwrap();
    assert_eq!(known.standing(&token, limit, at(9_000)), Standing::Revoked);
}

// req: rs.closed
#[tokio::test]
async fn an_issuer_that_cannot_be_reached_closes_the_api_after_the_limit_and_a_list_opens_it_again() {
    let rig = Rig::new().await.without_stream();
    let followed = rig.followed(FollowLimits { fail_open_for: Some(Duration::from_secs(30)) });
    followed.begin();
    let token = rig.token(5, "a");
    assert_eq!(rig.standing(&followed, &token), Standing::Good);
    rig.clock.advance(31);
    assert_eq!(rig.standing(&followed, &token), Standing::Unknown);
    rig.publish(0, &[], &[]);
    rig.clock.advance(5);
    rig.until(&followed, &token, Standing::Good).await;
}

#[test]
fn lists_are_bounded_and_leave_when_no_token_names_them_any_more() {
    let mut wanted = Wanted::default();
    for number in 0..1_000 {
        wanted.note(&format!("https://id.example/oauth2/status/{number}"), at(0));
    }
    assert_eq!(wanted.len(), 64);
    wanted.note("https://id.example/oauth2/status/new", at(600));
    assert_eq!(wanted.len(), 1);
}
