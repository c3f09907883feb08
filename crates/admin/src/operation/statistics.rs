//! What the dashboard shows: how many people came, by what, and what is still to be set up.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use chabi_store::{people, role_grant::RoleGrant};
use chabi_token::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Entry, Method, Operation};
use crate::{Admin, Call, OperationError, Permission, Role, installation::keys};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<StatisticsOf>()]
}

/// What the dashboard shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// How often people signed in.
    pub sign_ins: i64,
    /// How often a sign-in failed.
    pub failures: i64,
    /// How many accounts people made.
    pub sign_ups: i64,
    /// How many people signed in.
    pub active_people: i64,
    /// The same by hours (of one day) or days, the oldest first.
    pub over_time: Vec<Span>,
    /// By what people signed in, the most frequent first.
    pub methods: Vec<Counted>,
    /// To which applications, by grants, the most first.
    pub applications: Vec<Counted>,
    /// Codes of requests that were refused lately, the most frequent first.
    pub errors: Vec<Counted>,
    /// How old the signing keys are.
    pub keys: Vec<KeyAge>,
    /// What should be set up.
    pub checklist: Vec<Checked>,
    /// When it was counted: seconds since 1970.
    pub counted_at: i64,
}

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// Where it begins: seconds since 1970.
    pub from: i64,
    /// How often people signed in.
    pub sign_ins: i64,
    /// How often a sign-in failed.
    pub failures: i64,
    /// How many accounts people made.
    pub sign_ups: i64,
}

/// How often something was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// What.
    pub name: String,
    /// How often.
    pub count: i64,
}

/// The age of the key that signs by an algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyAge {
    /// Which algorithm.
    pub alg: String,
    /// Whole days.
    pub age_days: i64,
}

/// Something that should be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// `owner`, `second_owner`, `https`, `application`, `social_application` or `social_secrets`.
    pub what: String,
    /// Whether it is.
    pub done: bool,
}

/// Counts.
#[derive(Debug)]
pub struct StatisticsOf;

/// For how long.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticsInput {
    /// 1 to 90 days back; 7 when absent.
    #[serde(default = "a_week")]
    pub days: i64,
}

fn a_week() -> i64 {
    7
}

/// Counting costs something with millions of events: what was counted is good for so long.
const GOOD_FOR: Seconds = Seconds(60);

/// What was counted lately, by days.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<i64, (Timestamp, Statistics)>>);

impl Counts {
    fn find(&self, days: i64, now: Timestamp) -> Option<Statistics> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&days).filter(|(at, _)| now.since(*at) < GOOD_FOR).map(|(_, counted)| counted.clone())
    }

    fn keep(&self, days: i64, now: Timestamp, counted: Statistics) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(days, (now, counted));
    }
}

impl Operation for StatisticsOf {
    const NAME: &'static str = "statistics.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/statistics";
    const PERMISSION: Permission = Permission::SeeDashboard;
    const ABOUT: &'static str =
        "Counts sign-ins, failures, sign-ups and active people of the last days, and says what is still to be set up.";
    type Input = StatisticsInput;
    type Output = Statistics;

    async fn run(call: &Call, input: Self::Input) -> Result<Statistics, OperationError> {
        if !(1..=90).contains(&input.days) {
            return Err(OperationError::invalid("days", "1 to 90"));
        }
        let (admin, now) = (&call.admin, call.admin.env.now());
        if let Some(counted) = admin.counts.find(input.days, now) {
            return Ok(counted);
        }
        let counted = count(admin, input.days, now).await?;
        admin.counts.keep(input.days, now, counted.clone());
        Ok(counted)
    }
}

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;

async fn count(admin: &Admin, days: i64, now: Timestamp) -> Result<Statistics, OperationError> {
    let store = &admin.store;
    let span = if days == 1 { HOUR } else { DAY };
    let since = now - Seconds::days(days);
    let micros = span.saturating_mul(MICROS);
    let sign_ins = store.count_events("login.succeeded", since, micros).await?;
    let failures = store.count_events("login.failed", since, micros).await?;
    let sign_ups = store.count_events("account.created", since, micros).await?;
    let all = |counted: &[(i64, i64)]| counted.iter().fold(0_i64, |sum, (_, count)| sum.saturating_add(*count));
    let of = |counted: &[(i64, i64)], at: i64| counted.iter().find(|(span, _)| *span == at).map_or(0, |(_, count)| *count);
    let (first, last) = (since.0.div_euclid(micros).saturating_add(1), now.0.div_euclid(micros));
    let over_time = (first..=last).map(|at| Span {
        from: at.saturating_mul(span),
        sign_ins: of(&sign_ins, at),
        failures: of(&failures, at),
        sign_ups: of(&sign_ups, at),
    });
    Ok(Statistics {
        sign_ins: all(&sign_ins),
        failures: all(&failures),
        sign_ups: all(&sign_ups),
        active_people: store.count_active_people(since).await?,
        over_time: over_time.collect(),
        methods: named(store.count_details("login.succeeded", since, 20).await?),
        applications: named(store.count_grants(since, 10).await?),
        errors: errors(admin, since).await?,
        keys: key_ages(admin, now).await?,
        checklist: checklist(admin, now).await?,
        counted_at: now.as_seconds(),
    })
}

fn named(counted: Vec<people::Counted>) -> Vec<Counted> {
    counted.into_iter().map(|counted| Counted { name: counted.what, count: counted.count }).collect()
}

/// Of the newest refusals, which are few and kept for a week.
async fn errors(admin: &Admin, since: Timestamp) -> Result<Vec<Counted>, OperationError> {
    let mut by_code: BTreeMap<String, i64> = BTreeMap::new();
    for refusal in admin.store.list_refusals(None, 1_000).await?.into_iter().filter(|refusal| refusal.at >= since) {
        let count = by_code.entry(refusal.story.error).or_default();
        *count = count.saturating_add(1);
    }
    let mut counted: Vec<Counted> = by_code.into_iter().map(|(name, count)| Counted { name, count }).collect();
    counted.sort_by_key(|counted| std::cmp::Reverse(counted.count));
    Ok(counted)
}

/// Of those that sign, the newest of each algorithm.
async fn key_ages(admin: &Admin, now: Timestamp) -> Result<Vec<KeyAge>, OperationError> {
    let mut ages: BTreeMap<String, i64> = BTreeMap::new();
    for key in keys::list(&admin.store, &admin.env).await?.into_iter().filter(|key| key.signs_from <= now) {
        let age = now.since(key.created_at).0.div_euclid(DAY);
        ages.entry(key.alg).and_modify(|known| *known = age.min(*known)).or_insert(age);
    }
    Ok(ages.into_iter().map(|(alg, age_days)| KeyAge { alg, age_days }).collect())
}

async fn checklist(admin: &Admin, now: Timestamp) -> Result<Vec<Checked>, OperationError> {
    let store = &admin.store;
    let grants = store.list_role_grants().await?;
    let owns = |grant: &&RoleGrant| grant.role == Role::Owner.as_str() && grant.site.is_none() && grant.holder.starts_with("account:");
    let owners = grants.iter().filter(owns).count();
    let checked = |what: &str, done| Checked { what: what.to_owned(), done };
    let social = store.list_social_applications().await?;
    Ok(vec![
        checked("owner", owners > 0),
        checked("second_owner", owners > 1),
        checked("https", admin.issuer.starts_with("https://")),
        checked("application", !store.list_applications().await?.is_empty()),
        checked("social_application", !admin.configured_providers.is_empty() || !social.is_empty()),
        checked("social_secrets", !social.iter().any(|row| row.disabled_at.is_none() && row.secret_ends_in(now).is_some())),
    ])
}
