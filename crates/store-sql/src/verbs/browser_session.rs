//! People signed in, in one browser.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{AccountId, Realm},
    browser_session::{BrowserSession, BrowserSessionVerbs, SessionFilter, SessionId, SomebodysSession},
};
use chabi_token::{Seconds, Timestamp};

use crate::{
    Execute, Sql,
    value::{Row, Value},
};

/// A page of everybody's live sessions; the newest row has the greatest id.
macro_rules! everybodys {
    ($of:literal) => {
        concat!(
            "SELECT s.id, s.secret_hash, s.account_id, s.auth_time, s.amr, s.provider, s.upstream_subject, s.upstream_sid, s.user_agent,
    s.created_at, s.seen_at, s.expires_at, a.subject, a.name
    FROM browser_sessions s JOIN accounts a ON a.id = s.account_id
    WHERE s.id < $1 AND s.expires_at > $2 AND ($4 OR a.realm = $5)",
            $of,
            " ORDER BY s.id DESC LIMIT $3"
        )
    };
}

const INSERT: &str = "INSERT INTO browser_sessions (id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid,
    user_agent, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const FIND: &str = "SELECT id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid, user_agent,
    created_at, seen_at, expires_at FROM browser_sessions WHERE id = $1 AND expires_at > $2";
const TOUCH: &str = "UPDATE browser_sessions SET seen_at = $2 WHERE id = $1 AND seen_at <= $3";
const LIST: &str = "SELECT id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid, user_agent,
    created_at, seen_at, expires_at FROM browser_sessions WHERE account_id = $1 AND expires_at > $2 ORDER BY id DESC";
// The `OR` of two equalities on two partial indexes would be read by neither engine from both: two statements.
const LIST_OF_SUBJECT: &str = "SELECT id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid, user_agent,
    created_at, seen_at, expires_at FROM browser_sessions
    WHERE upstream_subject = $2 AND upstream_subject <> '' AND provider = $1 AND expires_at > $3 ORDER BY id";
const LIST_EVERYBODYS: &str = everybodys!("");
const LIST_OF_ACCOUNT: &str = everybodys!(" AND s.account_id = $6");
const LIST_OF_APPLICATION: &str = everybodys!(" AND s.id IN (SELECT session_id FROM token_families WHERE client_id = $6)");
const LIST_OF_BOTH: &str =
    everybodys!(" AND s.account_id = $6 AND s.id IN (SELECT session_id FROM token_families WHERE account_id = $6 AND client_id = $7)");
const LIST_OF_SID: &str = "SELECT id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid, user_agent,
    created_at, seen_at, expires_at FROM browser_sessions
    WHERE upstream_sid = $2 AND upstream_sid <> '' AND provider = $1 AND expires_at > $3 ORDER BY id";
const END: &str = "DELETE FROM browser_sessions WHERE id = $1";
const END_OF_ACCOUNT: &str = "DELETE FROM browser_sessions WHERE account_id = $1 AND COALESCE(id <> $2, TRUE)";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    TOUCH,
    LIST,
    LIST_EVERYBODYS,
    LIST_OF_ACCOUNT,
    LIST_OF_APPLICATION,
    LIST_OF_BOTH,
    LIST_OF_SUBJECT,
    LIST_OF_SID,
    END,
    END_OF_ACCOUNT,
];
/// What token requests send most: PostgreSQL's driver sends them for many at once.
pub(super) const HOT: &[&str] = &[FIND];

/// How exact `seen_at` is: a session in use costs one write a minute.
const SEEN_EVERY: Seconds = Seconds::minutes(1);

fn session(row: &mut Row) -> Result<BrowserSession, Fault> {
    Ok(BrowserSession {
        id: SessionId(row.take()?),
        secret_hash: row.take()?,
        account: AccountId(row.take()?),
        auth_time: row.take()?,
        amr: row.take()?,
        provider: row.take()?,
        upstream_subject: row.take()?,
        upstream_sid: row.take()?,
        user_agent: row.take()?,
        created_at: row.take()?,
        seen_at: row.take()?,
        expires_at: row.take()?,
    })
}

fn somebodys(row: &mut Row) -> Result<SomebodysSession, Fault> {
    Ok(SomebodysSession { session: session(row)?, subject: row.take()?, name: row.take()? })
}

impl<E: Execute> BrowserSessionVerbs for Sql<E> {
    fn insert_session(&self, session: BrowserSession) -> Answer<'_, ()> {
        self.run(
            INSERT,
            vec![
                session.id.0.into(),
                session.secret_hash.into(),
                session.account.0.into(),
                session.auth_time.into(),
                session.amr.as_slice().into(),
                session.provider.into(),
                session.upstream_subject.into(),
                session.upstream_sid.into(),
                session.user_agent.into(),
                session.created_at.into(),
                session.seen_at.into(),
                session.expires_at.into(),
            ],
        )
    }

    fn find_session(&self, id: SessionId, now: Timestamp) -> Answer<'_, Option<BrowserSession>> {
        self.find(FIND, vec![id.0.into(), now.into()], session)
    }

    fn touch_session(&self, id: SessionId, now: Timestamp) -> Answer<'_, ()> {
        self.run(TOUCH, vec![id.0.into(), now.into(), (now - SEEN_EVERY).into()])
    }

    fn list_sessions(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<BrowserSession>> {
        self.list(LIST, vec![account.0.into(), now.into()], session)
    }

    fn list_everybodys_sessions(&self, filter: SessionFilter) -> Answer<'_, Vec<SomebodysSession>> {
        let SessionFilter { account, client_id, realm, before, now, limit } = filter;
        let sql = match (&account, &client_id) {
            (None, None) => LIST_EVERYBODYS,
            (Some(_), None) => LIST_OF_ACCOUNT,
            (None, Some(_)) => LIST_OF_APPLICATION,
            (Some(_), Some(_)) => LIST_OF_BOTH,
        };
        let (every, of) = (realm.is_none(), realm.as_ref().map_or("", Realm::as_str));
        let mut parameters: Vec<Value> = vec![before.0.into(), now.into(), limit.into(), every.into(), of.into()];
        parameters.extend(account.map(|account| Value::from(account.0)));
        parameters.extend(client_id.map(Value::from));
        self.list(sql, parameters, somebodys)
    }

    fn list_sessions_of_upstream(
        &self,
        provider: &str,
        subject: Option<&str>,
        sid: Option<&str>,
        now: Timestamp,
    ) -> Answer<'_, Vec<BrowserSession>> {
        let subject = subject.map(str::to_owned);
        match (&subject, sid) {
            (_, Some(sid)) => {
                let found = self.list(LIST_OF_SID, vec![provider.into(), sid.into(), now.into()], session);
                Box::pin(async move {
                    let mut found = found.await?;
                    found.retain(|session| subject.as_ref().is_none_or(|subject| *subject == session.upstream_subject));
                    Ok(found)
                })
            }
            (Some(subject), None) => self.list(LIST_OF_SUBJECT, vec![provider.into(), subject.as_str().into(), now.into()], session),
            (None, None) => Box::pin(async { Ok(Vec::new()) }),
        }
    }

    fn end_session(&self, id: SessionId) -> Answer<'_, bool> {
        self.touched(END, vec![id.0.into()])
    }

    fn end_sessions_of_account(&self, account: AccountId, except: Option<SessionId>) -> Answer<'_, i64> {
        self.count(END_OF_ACCOUNT, vec![account.0.into(), except.map(|session| session.0).into()])
    }
}
