//! Durable rows on the same disk: by the store's verb, which may share a commit with others, and with a commit for each.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use chabi_spec::Fault;
use chabi_store::{
    Store,
    authorization_code::{CodeId, Redemption},
    token_family::{RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_testkit::families::{code, family, rotation};
use chabi_token::Env;
use futures_util::{FutureExt as _, future::try_join_all};
use tokio::sync::Mutex;

use super::Engine;
use crate::{
    cpu::{self, Cpu},
    measured::Measured,
};

/// So many callers at once.
const CALLERS: usize = 64;
/// Families of each caller, rotated in turn.
const FAMILIES: usize = 32;

/// A store and those who call it.
pub struct Rows {
    store: Store,
    engine: Engine,
    postmaster: Option<u32>,
    env: Env,
    callers: Vec<Mutex<Caller>>,
    /// Whoever holds it writes alone.
    one: Mutex<()>,
}

struct Caller {
    families: Vec<RefreshTokenFamily>,
    code: CodeId,
    next: usize,
}

impl Rows {
    /// Fills a store; `postmaster` is the database server's process, where there is one.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn new(store: Store, postmaster: Option<u32>) -> Result<Self> {
        let env = Env::system();
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let families: Vec<_> = (0..FAMILIES).map(|_| family(&env)).collect();
            try_join_all(families.iter().map(|family| store.insert_family(family.clone()))).await?;
            let code = code(&env);
            let id = code.id;
            store.insert_authorization_code(code).await?;
            callers.push(Mutex::new(Caller { families, code: id, next: 0 }));
        }
        let engine = if postmaster.is_some() { Engine::Postgres } else { Engine::Sqlite };
        Ok(Self { store, engine, postmaster, env, callers, one: Mutex::new(()) })
    }

    /// Which engine it is on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Rotates by the store's verb.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn rotate(&self, length: Duration) -> Result<Measured> {
        self.rotations(length, async |rotation| Ok(self.store.rotate_refresh_token(rotation).await?)).await
    }

    /// Rotates with a commit for each.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn rotate_alone(&self, length: Duration) -> Result<Measured> {
        match self.engine {
            Engine::Sqlite => {
                let alone = async |rotation| {
                    let _turn = self.one.lock().await;
                    Ok(self.store.rotate_refresh_token(rotation).await?)
                };
                self.rotations(length, alone).await
            }
            Engine::Postgres => self.rotations(length, async |rotation| by_transaction(&self.store, rotation).await).await,
        }
    }

    /// Spends a code and inserts a family by the store's verbs, both or neither. The code is the same each time, and was spent before: its
    /// row is written all the same.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn redeem(&self, length: Duration) -> Result<Measured> {
        let redeem = async |caller: &mut Caller| {
            let (code, family, attempt, now) = (caller.code, family(&self.env), self.env.new_id(), self.env.now());
            let redeemed = self.store.transaction("redeem_authorization_code", move |verbs| {
                let family = family.clone();
                async move {
                    match verbs.redeem_authorization_code(code, family.id, attempt, now).await? {
                        Redemption::Unknown => Err(Fault::internal("a code is gone").into()),
                        _ => Ok(verbs.insert_family(family).await?),
                    }
                }
                .boxed()
            });
            redeemed.await.map_err(|failure| anyhow::anyhow!("{failure:?}"))
        };
        self.measure(length, redeem).await
    }

    /// Reads by the key.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn read(&self, length: Duration) -> Result<Measured> {
        let read = async |caller: &mut Caller| {
            let id = caller.next_family()?.id;
            match self.store.find_family(id).await? {
                Some(_) => Ok(()),
                None => bail!("a family is gone"),
            }
        };
        self.measure(length, read).await
    }

    async fn rotations(&self, length: Duration, rotate: impl AsyncFn(Rotation) -> Result<RotationOutcome>) -> Result<Measured> {
        let one = async |caller: &mut Caller| {
            let family = caller.next_family()?;
            match rotate(rotation(family, &self.env)).await? {
                RotationOutcome::Rotated(rotated) => *family = rotated,
                other => bail!("a rotation found {other:?}"),
            }
            Ok(())
        };
        self.measure(length, one).await
    }

    async fn measure(&self, length: Duration, one: impl AsyncFn(&mut Caller) -> Result<()>) -> Result<Measured> {
        let (begun, before) = (Instant::now(), self.cpu()?);
        let counts = try_join_all(self.callers.iter().map(|caller| calls(caller, begun, length, &one))).await?;
        let (elapsed, used) = (begun.elapsed(), self.cpu()?.since(before));
        let count: u32 = counts.iter().sum();
        Ok(Measured {
            rate: f64::from(count) / elapsed.as_secs_f64(),
            server_micros: cpu::micros_each(used.server, count),
            database_micros: cpu::micros_each(used.database, count),
            ..Measured::default()
        })
    }

    fn cpu(&self) -> Result<Cpu> {
        let database = self.postmaster.map(cpu::of_family).transpose()?.unwrap_or_default();
        Ok(Cpu { server: cpu::of_process(std::process::id())?, database })
    }
}

impl Caller {
    fn next_family(&mut self) -> Result<&mut RefreshTokenFamily> {
        self.next = (self.next + 1) % FAMILIES;
        match self.families.get_mut(self.next) {
            Some(family) => Ok(family),
            None => bail!("a caller has no families"),
        }
    }
}

async fn calls(caller: &Mutex<Caller>, begun: Instant, length: Duration, one: &impl AsyncFn(&mut Caller) -> Result<()>) -> Result<u32> {
    let mut caller = caller.lock().await;
    let mut done = 0;
    while begun.elapsed() < length {
        one(&mut caller).await?;
        done += 1;
    }
    Ok(done)
}

fn by_transaction(store: &Store, rotation: Rotation) -> impl Future<Output = Result<RotationOutcome>> {
    let rotated = store.transaction("refresh", move |verbs| {
        let rotation = rotation.clone();
        async move { Ok(verbs.rotate_refresh_token(rotation).await?) }.boxed()
    });
    async { rotated.await.map_err(|failure| anyhow::anyhow!("{failure:?}")) }
}
