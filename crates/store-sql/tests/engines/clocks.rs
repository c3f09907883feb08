//! Nodes whose machines' clocks are half a minute off, both ways: corrected by the database's, they agree.

use std::sync::Arc;

use chabi_spec::Scope;
use chabi_store::{
    Store,
    account::AccountId,
    authorization_code::{AuthorizationCode, CodeId, Redemption},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_testkit::{databases, families};
use chabi_token::{Env, Seconds, Timestamp, env::Clock};

/// The machine's clock, and how far it is off.
struct Wrong(Env, Seconds);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        self.0.now() + self.1
    }
}

struct Node {
    store: Store,
    env: Env,
}

impl Node {
    async fn start(url: &str, off: i64) -> Self {
        let env = Env::new(Arc::new(Wrong(Env::system(), Seconds(off))), Arc::new(crate::System(Env::system())));
        Self { store: chabi_store_sql::open(url, &env).await.unwrap(), env }
    }

    /// As a server does when it starts, and again and again.
    async fn correct_clock(&self) {
        self.env.correct_by(self.store.engine().clock_offset().await.unwrap());
    }

    /// Issues a code that lives, or lived, for this long from now.
    async fn code(&self, lives: Seconds) -> CodeId {
        let id = CodeId(self.env.new_id());
        let code = AuthorizationCode {
            id,
            secret_hash: [0; 32],
            client_id: "app".into(),
            redirect_uri: "https://app.example/cb".into(),
            redirect_uri_was_sent: true,
            code_challenge: None,
            scope: Scope::default(),
            resource: vec![],
            nonce: None,
            account: AccountId(self.env.new_id()),
            session: SessionId(self.env.new_id()),
            auth_time: self.env.now(),
            amr: vec![],
            expires_at: self.env.now() + lives,
            details: None,
        };
        self.store.insert_authorization_code(code).await.unwrap();
        id
    }

    async fn redeems(&self, code: CodeId) -> bool {
        let (family, attempt) = (FamilyId(self.env.new_id()), self.env.new_id());
        self.store.redeem_authorization_code(code, family, attempt, self.env.now()).await.unwrap() == Redemption::Fresh
    }

    /// Presents the first token of a family, with ten seconds of grace.
    async fn refresh(&self, family: &RefreshTokenFamily, ago: Seconds) -> RotationOutcome {
        let asked = Rotation {
            family: family.id,
            client_id: family.client_id.clone(),
            generation: 0,
            presented_hash: family.refresh.as_ref().unwrap().hash_current,
            next_hash: self.env.random(),
            salt: self.env.random(),
            key_version: 1,
            request_hash: [5; 32],
            grace: Seconds(10),
            idle_lifetime: Seconds::hours(1),
            now: self.env.now() - ago,
        };
        self.store.rotate_refresh_token(asked).await.unwrap()
    }

    /// A family whose token was refreshed here this long ago, by this node's clock.
    async fn refreshed(&self, ago: Seconds) -> RefreshTokenFamily {
        let family = families::family(&self.env);
        self.store.insert_family(family.clone()).await.unwrap();
        assert_eq!(self.refresh(&family, ago).await, RotationOutcome::Rotated);
        family
    }
}

async fn two_nodes() -> [Node; 2] {
    let url = databases::postgres_url().await;
    [Node::start(&url, 30).await, Node::start(&url, -30).await]
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn nodes_whose_clocks_are_a_minute_apart_agree_on_what_has_expired() {
    let [ahead, behind] = two_nodes().await;
    for node in [&ahead, &behind] {
        node.correct_clock().await;
        let apart = (node.env.now().0 - Env::system().now().0).abs();
        assert!(apart < 2_000_000, "{apart} µs from the database's clock");
    }
    for (one, other) in [(&ahead, &behind), (&behind, &ahead)] {
        assert!(other.redeems(one.code(Seconds(20)).await).await, "a code that lives");
        assert!(!other.redeems(one.code(Seconds(-20)).await).await, "a code that has expired");
        let retried = other.refresh(&one.refreshed(Seconds(0)).await, Seconds(0)).await;
        assert!(matches!(retried, RotationOutcome::Repeated(_)), "within the grace: {retried:?}");
        let reused = other.refresh(&one.refreshed(Seconds(25)).await, Seconds(0)).await;
        assert!(matches!(reused, RotationOutcome::Reused(_)), "after the grace: {reused:?}");
    }
}

/// What the test above would see without the correction: it can fail.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_go_by_their_own_clocks_do_not_agree() {
    let [ahead, behind] = two_nodes().await;
    assert!(!ahead.redeems(behind.code(Seconds(20)).await).await);
    assert!(behind.redeems(ahead.code(Seconds(-20)).await).await);
    let retried = ahead.refresh(&behind.refreshed(Seconds(0)).await, Seconds(0)).await;
    assert!(matches!(retried, RotationOutcome::Reused(_)), "{retried:?}");
    let reused = behind.refresh(&ahead.refreshed(Seconds(25)).await, Seconds(0)).await;
    assert!(matches!(reused, RotationOutcome::Repeated(_)), "{reused:?}");
}
