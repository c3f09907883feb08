//! Sign-ins under way at other providers.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::upstream_login::{UpstreamLogin, UpstreamLoginId};

fn login(subject: &Subject) -> UpstreamLogin {
    UpstreamLogin {
        id: UpstreamLoginId(subject.env.new_id()),
        provider: "google".into(),
        state_hash: subject.env.random(),
        browser_hash: subject.env.random(),
        purpose: "login".into(),
        account: None,
        sealed_pending: vec![0, 1, 2],
        sealed_answer: None,
        next: "/accounts/".into(),
        expires_at: subject.later(600),
    }
}

/// With the right provider, state and browser, before its end, once; a wrong try leaves it there.
// req: st.cas
pub async fn a_sign_in_is_taken_once_by_the_browser_that_began_it(subject: Subject) {
    let store = subject.store();
    for round in 0..ROUNDS {
        let account = (round == 0).then(|| subject.account_id());
        let begun = UpstreamLogin { account, ..login(&subject) };
        store.insert_upstream_login(begun.clone()).await.unwrap();
        let (id, state, browser, now) = (begun.id, begun.state_hash, begun.browser_hash, subject.now());
        for (provider, state, browser, now) in [
            ("facebook", state, browser, now),
            ("google", [0; 32], browser, now),
            ("google", state, [0; 32], now),
            ("google", state, browser, begun.expires_at),
        ] {
            assert_eq!(store.take_upstream_login(id, provider, state, browser, now).await.unwrap(), None);
        }
        let taken = subject
            .race(|store, _| async move { store.take_upstream_login(id, "google", state, browser, now).await.unwrap() }.boxed())
            .await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [begun]);
    }
}

/// From then on the handle stands in the place of `state`, which opens nothing any more.
pub async fn an_answer_is_parked_once_and_its_state_is_spent(subject: Subject) {
    let store = subject.store();
    for _ in 0..ROUNDS {
        let begun = login(&subject);
        store.insert_upstream_login(begun.clone()).await.unwrap();
        let (id, state, browser, now) = (begun.id, begun.state_hash, begun.browser_hash, subject.now());
        for (provider, state, now) in [("facebook", state, now), ("google", [0; 32], now), ("google", state, begun.expires_at)] {
            assert!(!store.park_upstream_answer(id, provider, state, ([7; 32], vec![7]), now).await.unwrap());
        }
        let parked = subject.race(|store, number| {
            let handle: [u8; 32] = std::array::from_fn(|_| u8::try_from(number).unwrap_or_default());
            async move { store.park_upstream_answer(id, "google", state, (handle, vec![9]), now).await.unwrap().then_some(handle) }.boxed()
        });
        let parked: Vec<[u8; 32]> = parked.await.into_iter().flatten().collect();
        let [handle] = parked.as_slice() else { panic!("one of them parks its answer: {parked:?}") };
        assert_eq!(store.take_upstream_login(id, "google", state, browser, now).await.unwrap(), None);
        let taken = store.take_upstream_login(id, "google", *handle, browser, now).await.unwrap();
        assert_eq!(taken, Some(UpstreamLogin { state_hash: *handle, sealed_answer: Some(vec![9]), ..begun }));
    }
}

/// So that who took too long goes on from where they began.
pub async fn a_sign_in_that_is_over_is_found_by_its_browser_alone(subject: Subject) {
    let store = subject.store();
    let begun = login(&subject);
    store.insert_upstream_login(begun.clone()).await.unwrap();
    assert_eq!(store.find_upstream_login(begun.id, [0; 32]).await.unwrap(), None);
    assert_eq!(store.delete_expired(begun.expires_at, 10).await.unwrap(), 0);
    assert_eq!(store.find_upstream_login(begun.id, begun.browser_hash).await.unwrap(), Some(begun.clone()));
    assert_eq!(store.delete_expired(begun.expires_at + chabi_token::Seconds::hours(1), 10).await.unwrap(), 1);
    assert_eq!(store.find_upstream_login(begun.id, begun.browser_hash).await.unwrap(), None);
}
