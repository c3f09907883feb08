//! Single access tokens taken back.

use chabi_store::{Answer, denied_token::DeniedTokenVerbs};
use chabi_token::Timestamp;

use super::cell;
use crate::{Execute, Sql};

const DENY: &str = "INSERT INTO denied_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING";
const FIND: &str = "SELECT jti FROM denied_tokens WHERE jti = $1";

pub(super) const STATEMENTS: &[&str] = &[DENY, FIND];

impl<E: Execute> DeniedTokenVerbs for Sql<E> {
    fn deny_access_token(&self, jti: &str, expires_at: Timestamp) -> Answer<'_, ()> {
        self.run(DENY, vec![jti.into(), expires_at.into()])
    }

    fn is_access_token_denied(&self, jti: &str) -> Answer<'_, bool> {
        let found = self.find(FIND, vec![jti.into()], cell::<String>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }
}
