//! Authorization requests that wait for a person.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    authorization_transaction::{AuthorizationTransaction, AuthorizationTransactionVerbs, Decision, TransactionId, Verdict},
    pushed_request::PushedRequestId,
};
use chabi_token::Timestamp;

use super::{word, words};
use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO authorization_transactions (id, browser_hash, purpose, client_id, parameters, decision, decided_by,
    created_at, expires_at, pushed_request, granted_scope) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const FIND: &str = "SELECT id, browser_hash, purpose, client_id, parameters, decision, decided_by, created_at, expires_at,
    pushed_request, granted_scope FROM authorization_transactions WHERE id = $1 AND browser_hash = $2 AND expires_at > $3";
// Once by each person: what one said binds nobody else who signs in in the same browser.
const DECIDE: &str = "UPDATE authorization_transactions SET decision = $3, decided_by = $4, granted_scope = $6
    WHERE id = $1 AND browser_hash = $2 AND (decision = 'pending' OR decided_by <> $4) AND expires_at > $5";
// A finished transaction is gone: the one caller whose statement removed it may answer the application.
const FINISH: &str = "DELETE FROM authorization_transactions WHERE id = $1 AND browser_hash = $2 AND expires_at > $3";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, DECIDE, FINISH];

fn transaction(row: &mut Row) -> Result<AuthorizationTransaction, Fault> {
    Ok(AuthorizationTransaction {
        id: TransactionId(row.take()?),
        browser_hash: row.take()?,
        purpose: row.take()?,
        client_id: row.take()?,
        parameters: row.take()?,
        decision: decision(&row.take::<String>()?)?,
        decided_by: row.take::<Option<_>>()?.map(AccountId),
        created_at: row.take()?,
        expires_at: row.take()?,
        pushed_request: row.take::<Option<_>>()?.map(PushedRequestId),
        granted_scope: row.take::<Option<String>>()?.map(|text| words(&text)),
    })
}

fn decision(text: &str) -> Result<Decision, Fault> {
    word(match text {
        "pending" => Some(Decision::Pending),
        "allowed" => Some(Decision::Allowed),
        "denied" => Some(Decision::Denied),
        _ => None,
    })
}

const fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Pending => "pending",
        Decision::Allowed => "allowed",
        Decision::Denied => "denied",
    }
}

impl<E: Execute> AuthorizationTransactionVerbs for Sql<E> {
    fn insert_transaction(&self, transaction: AuthorizationTransaction) -> Answer<'_, ()> {
        self.run(
            INSERT,
            vec![
                transaction.id.0.into(),
                transaction.browser_hash.into(),
                transaction.purpose.into(),
                transaction.client_id.into(),
                transaction.parameters.into(),
                decision_word(transaction.decision).into(),
                transaction.decided_by.map(|account| account.0).into(),
                transaction.created_at.into(),
                transaction.expires_at.into(),
                transaction.pushed_request.map(|request| request.0).into(),
                transaction.granted_scope.map(|scope| scope.to_string()).into(),
            ],
        )
    }

    fn find_transaction(&self, id: TransactionId, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<AuthorizationTransaction>> {
        self.find(FIND, vec![id.0.into(), browser_hash.into(), now.into()], transaction)
    }

    fn decide_transaction(&self, id: TransactionId, browser_hash: [u8; 32], verdict: Verdict, now: Timestamp) -> Answer<'_, bool> {
        let Verdict { decision, account, granted } = verdict;
        let (decision, granted) = (decision_word(decision), granted.to_string());
        let parameters = vec![id.0.into(), browser_hash.into(), decision.into(), account.0.into(), now.into(), granted.into()];
        self.touched(DECIDE, parameters)
    }

    fn finish_transaction(&self, id: TransactionId, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool> {
        self.touched(FINISH, vec![id.0.into(), browser_hash.into(), now.into()])
    }
}
