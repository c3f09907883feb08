//! Families of tokens, and the rotation of their refresh token.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{AccountId, PersonInSession, Realm},
    browser_session::SessionId,
    token_family::{
        FamilyFilter, FamilyId, FamilyOfToken, RefreshState, RefreshTokenFamily, Rotation, RotationOutcome, SomebodysFamily,
        TokenFamilyVerbs,
    },
};
use chabi_token::{StatusIndex, Timestamp};

use super::{
    account::{in_session, its_person, its_person_cells, its_session_seen_at, perhaps_positioned, person_cells, with_person},
    json_or_none, scope, some_to_json,
};
use crate::{
    Execute, Sql,
    value::{Row, Value},
};

/// The columns of a family, in the order that [`family`] reads them; `$of` stands before each.
macro_rules! columns {
    () => {
        columns!("")
    };
    ($of:literal) => {
        columns!($of; id client_id account_id session_id offline scope resource auth_time amr created_at expires_at revoked_at revoked_because
            generation hash_current hash_previous salt rotated_at idle_expires_at key_version request_hash status_index details)
    };
    ($of:literal; $first:ident $($name:ident)*) => {
        concat!($of, stringify!($first) $(, ", ", $of, stringify!($name))*)
    };
}

/// A living family, and the presented token is neither the current one nor, within the grace, the one before.
macro_rules! reused {
    () => {
        "revoked_at IS NULL AND expires_at > $5 AND idle_expires_at > $5 AND NOT (generation = $3 AND hash_current = $4)
    AND NOT (generation = $3 + 1 AND hash_previous = $4 AND rotated_at >= $7)"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO token_families (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)"
);
const FIND: &str = concat!("SELECT ", columns!(), " FROM token_families WHERE id = $1");
/// A refresh needs the addresses for an ID token alone. A word such as `myopenid` reads them for nothing.
const FIND_WITH_PERSON: &str = concat!(
    "SELECT ",
    columns!("g."),
    ", CASE WHEN g.offline THEN NULL ELSE ",
    its_session_seen_at!(),
    " END, ",
    its_person_cells!(),
    " FROM token_families g",
    its_person!(addresses where "g.scope LIKE '%openid%'"),
    " WHERE g.id = $1"
);
const FIND_OF_TOKEN: &str = concat!(
    "SELECT ",
    columns!("g."),
    ", (SELECT d.jti FROM denied_tokens d WHERE d.jti = $2), ",
    its_person_cells!(),
    " FROM token_families g",
    its_person!(),
    " WHERE g.id = $1"
);

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM token_families WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC"
);

const LIST_ALL: &str =
    concat!("SELECT ", columns!(), " FROM token_families WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2");

/// A page of everybody's families; the newest row has the greatest id. Within the subqueries `id` is the account's.
macro_rules! everybodys {
    ($of:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", (SELECT a.subject FROM accounts a WHERE a.id = account_id), (SELECT a.name FROM accounts a WHERE a.id = account_id)
    FROM token_families WHERE id < $1 AND ($3 OR EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.realm = $4))
    AND ($5 OR (revoked_at IS NOT NULL AND revoked_because = 'refresh_reuse'))",
            $of,
            " ORDER BY id DESC LIMIT $2"
        )
    };
}

const LIST_EVERYBODYS: &str = everybodys!("");
const LIST_OF_ACCOUNT: &str = everybodys!(" AND account_id = $6");
const LIST_OF_APPLICATION: &str = everybodys!(" AND client_id = $6");
const LIST_OF_BOTH: &str = everybodys!(" AND account_id = $6 AND client_id = $7");

/// One statement decides, so that callers at the same moment go one after another through the row: the current token of a living family
/// rotates, and nothing else does. It sets no column that an index holds, so that it writes one page of the table and none of an index.
const ROTATE: &str =
    "UPDATE token_families SET generation = generation + 1, hash_current = $5, hash_previous = hash_current, salt = $6, rotated_at = $9,
    idle_expires_at = $10, key_version = $7, request_hash = $8
    WHERE id = $1 AND client_id = $2 AND revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9
    AND generation = $3 AND hash_current = $4";

/// For what did not rotate. One statement again: it revokes what was used twice, and gives the row as it leaves it, which says what
/// happened: our salt in `revoked_by` means that it was we who revoked.
const REVOKE_REUSED: &str = concat!(
    "UPDATE token_families SET
    revoked_at = CASE WHEN ",
    reused!(),
    " THEN $5 ELSE revoked_at END,
    revoked_because = CASE WHEN ",
    reused!(),
    " THEN 'refresh_reuse' ELSE revoked_because END,
    revoked_by = CASE WHEN ",
    reused!(),
    " THEN $6 ELSE revoked_by END
    WHERE id = $1 AND client_id = $2 AND generation IS NOT NULL RETURNING ",
    columns!(),
    ", revoked_by"
);

const HAND_OVER: &str = "UPDATE token_families SET session_id = $2 WHERE session_id = $1 AND revoked_at IS NULL";
const SETTLE_STATUS: &str = "UPDATE token_families SET status_index = COALESCE(status_index, $2) WHERE id = $1 RETURNING status_index";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    FIND_WITH_PERSON,
    FIND_OF_TOKEN,
    LIST,
    LIST_ALL,
    LIST_EVERYBODYS,
    LIST_OF_ACCOUNT,
    LIST_OF_APPLICATION,
    LIST_OF_BOTH,
    ROTATE,
    REVOKE_REUSED,
    HAND_OVER,
    SETTLE_STATUS,
];
/// What token requests send most: PostgreSQL's driver sends them for many at once.
pub(super) const HOT: &[&str] = &[FIND, FIND_WITH_PERSON, FIND_OF_TOKEN, ROTATE, REVOKE_REUSED];
/// What SQLite looks for at its place, and what puts it there.
pub(super) const PLACED: &[&str] = &[INSERT, FIND, FIND_WITH_PERSON, FIND_OF_TOKEN, ROTATE, REVOKE_REUSED];

fn family(row: &mut Row) -> Result<RefreshTokenFamily, Fault> {
    Ok(RefreshTokenFamily {
        id: FamilyId(row.take()?),
        client_id: row.take()?,
        account: AccountId(row.take()?),
        session: SessionId(row.take()?),
        offline: row.take()?,
        scope: scope(row)?,
        resource: row.take()?,
        auth_time: row.take()?,
        amr: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        revoked_at: row.take()?,
        revoked_because: row.take()?,
        refresh: refresh(row)?,
        status: row.take::<Option<i64>>()?.map(StatusIndex),
        details: json_or_none(row)?,
    })
}

/// Families stay for a while after their account is gone.
fn somebodys(row: &mut Row) -> Result<SomebodysFamily, Fault> {
    let family = family(row)?;
    let (subject, name): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    Ok(SomebodysFamily { family, subject: subject.unwrap_or_default(), name: name.unwrap_or_default() })
}

/// A grant that gave no refresh token has NULL in all of these columns.
fn refresh(row: &mut Row) -> Result<Option<RefreshState>, Fault> {
    let generation: Option<i64> = row.take()?;
    let hash_current: Option<[u8; 32]> = row.take()?;
    let hash_previous: Option<[u8; 32]> = row.take()?;
    let salt: Option<[u8; 16]> = row.take()?;
    let rotated_at: Option<Timestamp> = row.take()?;
    let idle_expires_at: Option<Timestamp> = row.take()?;
    let key_version: Option<i64> = row.take()?;
    let request_hash: Option<[u8; 32]> = row.take()?;
    let state = || {
        Some(RefreshState {
            generation: generation?,
            hash_current: hash_current?,
            hash_previous: hash_previous?,
            salt: salt?,
            rotated_at: rotated_at?,
            idle_expires_at: idle_expires_at?,
            key_version: key_version?,
            request_hash: request_hash?,
        })
    };
    match (generation, state()) {
        (None, _) => Ok(None),
        (Some(_), Some(state)) => Ok(Some(state)),
        (Some(_), None) => Err(Fault::internal("reading a refresh token of which a part is missing")),
    }
}

fn family_and_revoker(row: &mut Row) -> Result<(RefreshTokenFamily, Option<[u8; 16]>), Fault> {
    Ok((family(row)?, row.take()?))
}

/// What the row says to a caller who did not rotate. Holds the same conditions as the statement, which changed nothing where its own were
/// not true.
fn outcome(family: RefreshTokenFamily, revoked_by: Option<[u8; 16]>, asked: &Rotation) -> Result<RotationOutcome, Fault> {
    let Some(state) = &family.refresh else { return Ok(RotationOutcome::Unknown) };
    if family.revoked_at.is_some() {
        return Ok(if revoked_by == Some(asked.salt) { RotationOutcome::Reused(family) } else { RotationOutcome::Revoked });
    }
    if family.expires_at <= asked.now || state.idle_expires_at <= asked.now {
        return Ok(RotationOutcome::Expired);
    }
    let is_the_one_before = asked.generation.checked_add(1) == Some(state.generation) && state.hash_previous == asked.presented_hash;
    if !is_the_one_before {
        return Err(Fault::internal("reading a rotation that neither happened nor was refused"));
    }
    let is_the_same_request = state.request_hash == asked.request_hash;
    Ok(if is_the_same_request { RotationOutcome::Repeated(family) } else { RotationOutcome::Differs })
}

fn insertion(family: RefreshTokenFamily) -> Vec<Value> {
    let refresh = family.refresh.as_ref();
    vec![
        family.id.0.into(),
        family.client_id.into(),
        family.account.0.into(),
        family.session.0.into(),
        family.offline.into(),
        family.scope.to_string().into(),
        family.resource.as_slice().into(),
        family.auth_time.into(),
        family.amr.as_slice().into(),
        family.created_at.into(),
        family.expires_at.into(),
        family.revoked_at.into(),
        family.revoked_because.into(),
        refresh.map(|state| state.generation).into(),
        refresh.map(|state| state.hash_current).into(),
        refresh.map(|state| state.hash_previous).into(),
        refresh.map(|state| state.salt).into(),
        refresh.map(|state| state.rotated_at).into(),
        refresh.map(|state| state.idle_expires_at).into(),
        refresh.map(|state| state.key_version).into(),
        refresh.map(|state| state.request_hash).into(),
        family.status.map(|status| status.0).into(),
        some_to_json(family.details.as_deref()),
    ]
}

fn rotation_parameters(asked: &Rotation) -> Vec<Value> {
    vec![
        asked.family.0.into(),
        asked.client_id.as_str().into(),
        asked.generation.into(),
        asked.presented_hash.into(),
        asked.next_hash.into(),
        asked.salt.into(),
        asked.key_version.into(),
        asked.request_hash.into(),
        asked.now.into(),
        (asked.now + asked.idle_lifetime).into(),
    ]
}

fn reuse_parameters(asked: &Rotation) -> Vec<Value> {
    vec![
        asked.family.0.into(),
        asked.client_id.as_str().into(),
        asked.generation.into(),
        asked.presented_hash.into(),
        asked.now.into(),
        asked.salt.into(),
        (asked.now - asked.grace).into(),
    ]
}

impl<E: Execute> TokenFamilyVerbs for Sql<E> {
    fn insert_family(&self, family: RefreshTokenFamily) -> Answer<'_, ()> {
        self.run(INSERT, insertion(family))
    }

    fn find_family(&self, id: FamilyId) -> Answer<'_, Option<RefreshTokenFamily>> {
        self.find(FIND, vec![id.0.into()], family)
    }

    fn find_family_with_person(&self, id: FamilyId, now: Timestamp) -> Answer<'_, Option<(RefreshTokenFamily, Option<PersonInSession>)>> {
        let rows = self.list_to_write(FIND_WITH_PERSON, vec![id.0.into(), now.into()], |row| {
            Ok((family(row)?, row.take()?, perhaps_positioned(row)?))
        });
        Box::pin(async move { Ok(with_person(rows.await?).map(|(family, person)| (family, person.map(in_session)))) })
    }

    fn find_family_of_token(&self, id: FamilyId, jti: &str) -> Answer<'_, Option<FamilyOfToken>> {
        let rows = self.list(FIND_OF_TOKEN, vec![id.0.into(), jti.into()], |row| {
            Ok(((family(row)?, row.take::<Option<String>>()?.is_some()), (), perhaps_positioned(row)?))
        });
        Box::pin(async move {
            let found = with_person(rows.await?);
            Ok(found.map(|((family, denied), person)| (family, denied, person.map(|((), account, emails)| (account, emails)))))
        })
    }

    fn list_families(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<RefreshTokenFamily>> {
        self.list(LIST, vec![account.0.into(), now.into()], family)
    }

    fn list_all_families(&self, account: AccountId, limit: i64) -> Answer<'_, Vec<RefreshTokenFamily>> {
        self.list(LIST_ALL, vec![account.0.into(), limit.into()], family)
    }

    fn list_everybodys_families(&self, filter: FamilyFilter) -> Answer<'_, Vec<SomebodysFamily>> {
        let FamilyFilter { account, client_id, realm, only_reused, before, limit } = filter;
        let sql = match (&account, &client_id) {
            (None, None) => LIST_EVERYBODYS,
            (Some(_), None) => LIST_OF_ACCOUNT,
            (None, Some(_)) => LIST_OF_APPLICATION,
            (Some(_), Some(_)) => LIST_OF_BOTH,
        };
        let (every, of) = (realm.is_none(), realm.as_ref().map_or("", Realm::as_str));
        let mut parameters: Vec<Value> = vec![before.0.into(), limit.into(), every.into(), of.into(), (!only_reused).into()];
        parameters.extend(account.map(|account| Value::from(account.0)));
        parameters.extend(client_id.map(Value::from));
        self.list(sql, parameters, somebodys)
    }

    fn rotate_refresh_token(&self, rotation: Rotation) -> Answer<'_, RotationOutcome> {
        let rotated = self.touched(ROTATE, rotation_parameters(&rotation));
        Box::pin(async move {
            if rotated.await? {
                return Ok(RotationOutcome::Rotated);
            }
            match self.change(REVOKE_REUSED, reuse_parameters(&rotation), family_and_revoker).await? {
                Some((family, revoked_by)) => outcome(family, revoked_by, &rotation),
                None => Ok(RotationOutcome::Unknown),
            }
        })
    }

    fn hand_over_families(&self, from: SessionId, to: SessionId) -> Answer<'_, i64> {
        self.count(HAND_OVER, vec![from.0.into(), to.0.into()])
    }

    fn settle_family_status(&self, id: FamilyId, proposed: StatusIndex) -> Answer<'_, Option<StatusIndex>> {
        self.change(SETTLE_STATUS, vec![id.0.into(), proposed.0.into()], |row| Ok(StatusIndex(row.take()?)))
    }
}
