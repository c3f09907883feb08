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
use chabi_testkit::families::{after, code, family, rotation};
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
/// Codes that are made together: fewer than the writer lets wait.
const AT_ONCE: usize = 1_000;

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
    /// Unspent ones.
    codes: Vec<CodeId>,
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
            callers.push(Mutex::new(Caller { families, codes: Vec::new(), next: 0 }));
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

    /// Spends a code and inserts a family by the store's verbs, both or neither; the codes are made before.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn redeem(&self, length: Duration) -> Result<Measured> {
        self.make_codes(length).await?;
        let redeem = async |caller: &mut Caller| {
            let Some(code) = caller.codes.pop() else { return Ok(false) };
            let (family, attempt, now) = (family(&self.env), self.env.new_id(), self.env.now());
            let redeemed = self.store.transaction("redeem_authorization_code", move |verbs| {
                let family = family.clone();
                async move {
                    match verbs.redeem_authorization_code(code, family.id, attempt, now).await? {
                        Redemption::Fresh => Ok(verbs.insert_family(family).await?),
                        _ => Err(Fault::internal("a new code is spent").into()),
                    }
                }
                .boxed()
            });
            redeemed.await.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            Ok(true)
        };
        self.measure(length, redeem).await
    }

    /// About as many for each caller as it can spend; who has none left stops before the others.
    async fn make_codes(&self, length: Duration) -> Result<()> {
        let a_second = if self.engine == Engine::Sqlite { 1_200 } else { 150 };
        let count = usize::try_from(length.as_millis() * a_second / 1_000)?;
        for caller in &self.callers {
            let mut caller = caller.lock().await;
            let codes: Vec<_> = std::iter::repeat_with(|| code(&self.env)).take(count).collect();
            caller.codes = codes.iter().map(|code| code.id).collect();
            for some in codes.chunks(AT_ONCE) {
                try_join_all(some.iter().map(|code| self.store.insert_authorization_code(code.clone()))).await?;
            }
        }
        Ok(())
    }

    /// Reads by the key.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn read(&self, length: Duration) -> Result<Measured> {
        let read = async |caller: &mut Caller| {
            let id = caller.next_family()?.id;
            match self.store.find_family(id).await? {
                Some(_) => Ok(true),
                None => bail!("a family is gone"),
            }
        };
        self.measure(length, read).await
    }

    async fn rotations(&self, length: Duration, rotate: impl AsyncFn(Rotation) -> Result<RotationOutcome>) -> Result<Measured> {
        let one = async |caller: &mut Caller| {
            let family = caller.next_family()?;
            let rotation = rotation(family, &self.env);
            let rotated = after(family.clone(), &rotation);
            match rotate(rotation).await? {
                RotationOutcome::Rotated => *family = rotated,
                other => bail!("a rotation found {other:?}"),
            }
            Ok(true)
        };
        self.measure(length, one).await
    }

    async fn measure(&self, length: Duration, one: impl AsyncFn(&mut Caller) -> Result<bool>) -> Result<Measured> {
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

/// `one` says whether it could do anything.
async fn calls(caller: &Mutex<Caller>, begun: Instant, length: Duration, one: &impl AsyncFn(&mut Caller) -> Result<bool>) -> Result<u32> {
    let mut caller = caller.lock().await;
    let mut done = 0;
    while begun.elapsed() < length && one(&mut caller).await? {
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
