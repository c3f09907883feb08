//! Where the issuer's keys come from: a fixed set, a closure, or the network.

use std::sync::Arc;

use chabi_token::{JwkSet, KeyRing};
use futures_util::future::BoxFuture;

/// Keys as a source gave them; cheap to clone.
#[derive(Clone, Debug)]
pub enum Keys {
    /// A set.
    Set(Arc<JwkSet>),
    /// A key ring of the server in the same process.
    Ring(Arc<KeyRing>),
}

impl Keys {
    /// The public keys.
    #[must_use]
    pub fn set(&self) -> &JwkSet {
        match self {
            Self::Set(set) => set,
            Self::Ring(ring) => ring.verification_keys(),
        }
    }

    /// True when both are the very same snapshot.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set(one), Self::Set(other)) => Arc::ptr_eq(one, other),
            (Self::Ring(one), Self::Ring(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// No keys are known, and none can be had now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the issuer's keys are unknown and cannot be fetched now")]
pub struct KeysUnavailable;

/// A source of the keys of one issuer.
pub trait KeySource: Send + Sync + 'static {
    /// The keys as they are known.
    ///
    /// # Errors
    /// When none are known and none can be had: then nobody passes.
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>>;

    /// Keys that are newer than `known`, in which a token's `kid` was not found; `None` when there are none, or when it was tried just
    /// now. Must be bounded: anybody can invent a `kid`.
    fn newer_than<'a>(&'a self, known: &'a Keys) -> BoxFuture<'a, Option<Keys>>;
}

impl<S: KeySource + ?Sized> KeySource for Arc<S> {
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>> {
        (**self).keys()
    }

    fn newer_than<'a>(&'a self, known: &'a Keys) -> BoxFuture<'a, Option<Keys>> {
        (**self).newer_than(known)
    }
}

/// A fixed set, for an issuer whose keys are part of the configuration.
pub struct FixedKeys(Keys);

impl FixedKeys {
    /// These keys and no others.
    #[must_use]
    pub fn new(set: JwkSet) -> Self {
        Self(Keys::Set(Arc::new(set)))
    }
}

impl KeySource for FixedKeys {
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn newer_than<'a>(&'a self, _known: &'a Keys) -> BoxFuture<'a, Option<Keys>> {
        Box::pin(std::future::ready(None))
    }
}

/// Keys that live in the same process: the closure gives the snapshot of the moment, such as what an `ArcSwap` holds.
pub struct LiveKeys<F>(pub F);

impl<F: Fn() -> Keys + Send + Sync + 'static> KeySource for LiveKeys<F> {
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>> {
        let keys = (self.0)();
        // A ring without keys is one that is still being made.
        let found = if keys.set().keys().is_empty() { Err(KeysUnavailable) } else { Ok(keys) };
        Box::pin(std::future::ready(found))
    }

    fn newer_than<'a>(&'a self, known: &'a Keys) -> BoxFuture<'a, Option<Keys>> {
        let keys = (self.0)();
        Box::pin(std::future::ready(Some(keys).filter(|keys| !keys.is_same(known))))
    }
}
