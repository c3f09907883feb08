//! Devices that wait for a person to type their code.

use chabi_spec::{Fault, Scope};
use chabi_store::{
    Answer,
    account::AccountId,
    authorization_code::Redemption,
    browser_session::SessionId,
    device_grant::{Approval, DeviceDecision, DeviceGrant, DeviceGrantId, DeviceGrantVerbs, DeviceGrantsOf, Poll},
    token_family::FamilyId,
};
use chabi_token::{Id, Seconds, Timestamp};

use super::{authorization_code::Attempt, json_or_none, scope, some_to_json, word};
use crate::{
    Execute, Sql,
    value::{Row, Value},
};

const MICROS: i64 = 1_000_000;

/// The columns of a waiting device, in the order that [`grant`] reads them.
macro_rules! columns {
    () => {
        "id, secret_hash, user_code, client_id, scope, resource, details, expires_at, wait, decision, account_id, session_id, auth_time, amr"
    };
}

/// It came before its time: `$2` is the present and what is forgiven.
macro_rules! hurries {
    () => {
        "polled_at + wait > $2"
    };
}

// A code that another device has at this moment is not given away twice. It has not asked yet: the first request is never too soon.
const INSERT: &str = concat!(
    "INSERT INTO device_grants (",
    columns!(),
    ", polled_at, hurried)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15) ON CONFLICT (user_code) DO NOTHING"
);
const FIND: &str = concat!("SELECT ", columns!(), " FROM device_grants WHERE id = $1");
const FIND_WAITING: &str =
    concat!("SELECT ", columns!(), " FROM device_grants WHERE user_code = $1 AND decision = 'pending' AND expires_at > $2");
const POLL: &str = concat!(
    "UPDATE device_grants SET hurried = (",
    hurries!(),
    "), wait = CASE WHEN ",
    hurries!(),
    " THEN wait + $4 ELSE wait END, polled_at = $3 WHERE id = $1 RETURNING hurried, scope, decision, account_id, session_id, auth_time, amr"
);
const DECIDE: &str = "UPDATE device_grants SET decision = $2, account_id = $3, session_id = $4, auth_time = $5, amr = $6, scope = $7
    WHERE id = $1 AND decision = 'pending' AND expires_at > $8";
const REDEEM: &str = "UPDATE device_grants SET redeemed_by = $3, family_id = $2
    WHERE id = $1 AND decision = 'allowed' AND redeemed_by IS NULL AND expires_at > $4";
const FIND_REDEEMED: &str = "SELECT family_id FROM device_grants WHERE id = $1 AND redeemed_by IS NOT NULL";
const DELETE_OF_SESSION: &str = "DELETE FROM device_grants WHERE session_id = $1 AND redeemed_by IS NULL
    AND ' ' || scope || ' ' NOT LIKE '% offline_access %'";
const DELETE_OF_ACCOUNT: &str = "DELETE FROM device_grants WHERE account_id = $1 AND redeemed_by IS NULL";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, FIND_WAITING, POLL, DECIDE, REDEEM, FIND_REDEEMED, DELETE_OF_SESSION, DELETE_OF_ACCOUNT];

fn grant(row: &mut Row) -> Result<DeviceGrant, Fault> {
    Ok(DeviceGrant {
        id: DeviceGrantId(row.take()?),
        secret_hash: row.take()?,
        user_code: row.take()?,
        client_id: row.take()?,
        scope: scope(row)?,
        resource: row.take()?,
        details: json_or_none(row)?,
        expires_at: row.take()?,
        wait: Seconds(row.take::<i64>()?.div_euclid(MICROS)),
        decision: decision(row)?,
    })
}

fn decision(row: &mut Row) -> Result<DeviceDecision, Fault> {
    let said: String = row.take()?;
    let account = row.take::<Option<_>>()?.map(AccountId);
    let session = row.take::<Option<_>>()?.map(SessionId);
    let auth_time: Option<Timestamp> = row.take()?;
    let amr: Option<Vec<String>> = row.take()?;
    let approval = || Some(Approval { account: account?, session: session?, auth_time: auth_time?, amr: amr? });
    word(match said.as_str() {
        "pending" => Some(DeviceDecision::Pending),
        "denied" => Some(DeviceDecision::Denied),
        "allowed" => approval().map(DeviceDecision::Allowed),
        _ => None,
    })
}

fn polled(row: &mut Row) -> Result<(bool, Scope, DeviceDecision), Fault> {
    Ok((row.take()?, scope(row)?, decision(row)?))
}

/// `decision`, and the columns of the approval.
fn decided(decision: &DeviceDecision) -> [Value; 5] {
    let (said, approval) = match decision {
        DeviceDecision::Pending => ("pending", None),
        DeviceDecision::Denied => ("denied", None),
        DeviceDecision::Allowed(approval) => ("allowed", Some(approval)),
    };
    [
        said.into(),
        approval.map(|approval| approval.account.0).into(),
        approval.map(|approval| approval.session.0).into(),
        approval.map(|approval| approval.auth_time).into(),
        approval.map_or(Value::Text(None), |approval| approval.amr.as_slice().into()),
    ]
}

impl<E: Execute> DeviceGrantVerbs for Sql<E> {
    fn insert_device_grant(&self, grant: DeviceGrant) -> Answer<'_, bool> {
        let mut parameters = vec![
            grant.id.0.into(),
            grant.secret_hash.into(),
            grant.user_code.into(),
            grant.client_id.into(),
            grant.scope.to_string().into(),
            grant.resource.as_slice().into(),
            some_to_json(grant.details.as_deref()),
            grant.expires_at.into(),
            grant.wait.0.saturating_mul(MICROS).into(),
        ];
        parameters.extend(decided(&grant.decision));
        parameters.push(false.into());
        self.touched(INSERT, parameters)
    }

    fn find_device_grant(&self, id: DeviceGrantId) -> Answer<'_, Option<DeviceGrant>> {
        self.find(FIND, vec![id.0.into()], grant)
    }

    fn find_waiting_device(&self, user_code: &str, now: Timestamp) -> Answer<'_, Option<DeviceGrant>> {
        self.find(FIND_WAITING, vec![user_code.into(), now.into()], grant)
    }

    fn poll_device_grant(&self, id: DeviceGrantId, tolerance: Seconds, more: Seconds, now: Timestamp) -> Answer<'_, Poll> {
        let parameters = vec![id.0.into(), (now + tolerance).into(), now.into(), more.0.saturating_mul(MICROS).into()];
        let returned = self.change(POLL, parameters, polled);
        Box::pin(async move {
            Ok(match returned.await? {
                None => Poll::Unknown,
                Some((hurried, _, DeviceDecision::Pending)) => Poll::Pending { hurried },
                Some((_, _, DeviceDecision::Denied)) => Poll::Denied,
                Some((_, scope, DeviceDecision::Allowed(approval))) => Poll::Allowed(approval, scope),
            })
        })
    }

    fn decide_device_grant(&self, id: DeviceGrantId, decision: DeviceDecision, scope: Scope, now: Timestamp) -> Answer<'_, bool> {
        let mut parameters = vec![id.0.into()];
        parameters.extend(decided(&decision));
        parameters.extend([scope.to_string().into(), now.into()]);
        self.touched(DECIDE, parameters)
    }

    fn redeem_device_grant(&self, id: DeviceGrantId, family: FamilyId, attempt: Id, now: Timestamp) -> Answer<'_, Redemption> {
        self.redeem(REDEEM, FIND_REDEEMED, Attempt { of: id.0, family, attempt, now })
    }

    fn delete_device_grants(&self, of: DeviceGrantsOf) -> Answer<'_, i64> {
        match of {
            DeviceGrantsOf::Session(session) => self.count(DELETE_OF_SESSION, vec![session.0.into()]),
            DeviceGrantsOf::Account(account) => self.count(DELETE_OF_ACCOUNT, vec![account.0.into()]),
        }
    }
}
