//! What can be made to go wrong at a fake provider, whoever signs in there: one set of switches for each, thrown at `/dev/providers`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use chabi_token::{Env, Seconds};
use http::StatusCode;
use serde::Serialize;

/// Something that goes wrong for everybody, until it is switched off again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    /// Every answer to a server takes [`SLOWNESS`].
    Slow,
    /// Every answer to a server is 503.
    Down,
    /// The clock is [`BEHIND`].
    Clock,
    /// Whoever is picked declines.
    Denied,
    /// Access and refresh tokens are refused, as if the person had taken them back.
    Revoked,
    /// The published keys say that they are another tenant's (Microsoft alone has tenants).
    OtherTenantsKeys,
}

/// Longer than anybody should wait for a provider, shorter than our own server lets a request be.
pub(crate) const SLOWNESS: Duration = Duration::from_secs(12);
/// An ID token of an hour is over before it arrives; one of a day is made too long ago.
const BEHIND: Seconds = Seconds::minutes(120);

impl Switch {
    /// All of them, in the order of the page.
    pub(crate) const ALL: [Self; 6] = [Self::Slow, Self::Down, Self::Clock, Self::Denied, Self::Revoked, Self::OtherTenantsKeys];

    /// The name of the form's field.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Down => "down",
            Self::Clock => "clock",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
            Self::OtherTenantsKeys => "other_tenants_keys",
        }
    }

    /// On the button.
    fn title(self) -> &'static str {
        match self {
            Self::Slow => "Slow",
            Self::Down => "Down",
            Self::Clock => "Wrong clock",
            Self::Denied => "Consent denied",
            Self::Revoked => "Tokens revoked",
            Self::OtherTenantsKeys => "Keys of another tenant",
        }
    }

    /// Under the title.
    fn about(self) -> &'static str {
        match self {
            Self::Slow => "Each answer to a server takes twelve seconds",
            Self::Down => "Each answer to a server is 503, as a page",
            Self::Clock => "ID tokens are made two hours in the past",
            Self::Denied => "Whoever is picked goes back with the vendor’s word for no",
            Self::Revoked => "Access and refresh tokens are refused as soon as they are used",
            Self::OtherTenantsKeys => {
                "The published keys say that they sign for another tenant; keys that are known stay so, unless they are rotated"
            }
        }
    }
}

/// The switches of one fake. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Switches(Arc<Positions>);

#[derive(Default)]
struct Positions {
    slow: AtomicBool,
    down: AtomicBool,
    clock: AtomicBool,
    denied: AtomicBool,
    revoked: AtomicBool,
    other_tenants_keys: AtomicBool,
    rotations: AtomicU32,
}

/// A switch, as its page and its JSON show it.
#[derive(Serialize)]
pub(crate) struct Shown {
    key: &'static str,
    title: &'static str,
    about: &'static str,
    on: bool,
}

impl Switches {
    fn position(&self, switch: Switch) -> &AtomicBool {
        match switch {
            Switch::Slow => &self.0.slow,
            Switch::Down => &self.0.down,
            Switch::Clock => &self.0.clock,
            Switch::Denied => &self.0.denied,
            Switch::Revoked => &self.0.revoked,
            Switch::OtherTenantsKeys => &self.0.other_tenants_keys,
        }
    }

    /// Whether it is on.
    pub(crate) fn is_on(&self, switch: Switch) -> bool {
        self.position(switch).load(Ordering::Relaxed)
    }

    /// Throws it.
    pub(crate) fn turn(&self, switch: Switch, on: bool) {
        self.position(switch).store(on, Ordering::Relaxed);
    }

    /// How often the keys were rotated: another number, another key.
    pub(crate) fn rotations(&self) -> u32 {
        self.0.rotations.load(Ordering::Relaxed)
    }

    /// The next ID token is signed with a new key, and the older one is published no more.
    pub(crate) fn rotate_keys(&self) {
        self.0.rotations.fetch_add(1, Ordering::Relaxed);
    }

    /// What the fake's clock says, in seconds since 1970.
    pub(crate) fn now(&self, env: &Env) -> i64 {
        let now = env.now().as_seconds();
        if self.is_on(Switch::Clock) { now - BEHIND.0 } else { now }
    }

    /// For the page. A clock that nobody reads is left out, and tenants where there are none.
    pub(crate) fn shown(&self, signs: bool, tenants: bool) -> Vec<Shown> {
        let offered = Switch::ALL.into_iter().filter(|switch| match switch {
            Switch::Clock => signs,
            Switch::OtherTenantsKeys => tenants,
            _ => true,
        });
        let shown = |switch: Switch| Shown { key: switch.key(), title: switch.title(), about: switch.about(), on: self.is_on(switch) };
        offered.map(shown).collect()
    }
}

/// Around everything that servers call; the pages that people see stay up, so that there is something to click on.
pub(crate) async fn trouble(State(switches): State<Switches>, request: Request, next: Next) -> Response {
    if switches.is_on(Switch::Slow) {
        tokio::time::sleep(SLOWNESS).await;
    }
    if switches.is_on(Switch::Down) {
        // vendors in trouble answer with whatever stands in front of them: a page
        return (StatusCode::SERVICE_UNAVAILABLE, Html("<h1>Service Unavailable</h1>")).into_response();
    }
    next.run(request).await
}
