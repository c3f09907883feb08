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
