//! People signed in, in one browser.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    browser_session::{BrowserSession, BrowserSessionVerbs, SessionId},
};
use chabi_token::{Seconds, Timestamp};

use crate::{Execute, Sql, value::Row};

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
const LIST_OF_SID: &str = "SELECT id, secret_hash, account_id, auth_time, amr, provider, upstream_subject, upstream_sid, user_agent,
    created_at, seen_at, expires_at FROM browser_sessions
    WHERE upstream_sid = $2 AND upstream_sid <> '' AND provider = $1 AND expires_at > $3 ORDER BY id";
const END: &str = "DELETE FROM browser_sessions WHERE id = $1";
const END_OF_ACCOUNT: &str = "DELETE FROM browser_sessions WHERE account_id = $1 AND COALESCE(id <> $2, TRUE)";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, TOUCH, LIST, LIST_OF_SUBJECT, LIST_OF_SID, END, END_OF_ACCOUNT];
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
