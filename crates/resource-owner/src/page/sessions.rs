//! `sessions/`: end one's sessions in other browsers.

use axum::{Extension, body::Bytes, extract::State};
use chabi_store::browser_session::SessionId;

use super::check_signed_in;
use crate::{
    ResourceOwner, Visit, audit, browser,
    respond::{self, Handled},
    session,
};

/// POST: form, CSRF token, signed in, one transaction. `action=end-others` ends all but this one; `action=end` the one in `session`.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let signed_in = check_signed_in(&owner, &visit, "")?;
    let one: Option<SessionId> = form.get("session").and_then(|text| text.parse().ok());
    let everything = form.get("action") == Some("end-others");
    let (account, current, now) = (signed_in.account.id, signed_in.session.id, owner.env.now());
    let event = audit::event("sessions.ended", Some(account), visit.address, "", &owner.env);
    owner
        .store
        .transaction("end_sessions", move |verbs| {
            let event = event.clone();
            Box::pin(async move {
                // only the account's own sessions are looked at, whatever the form names
                for session in verbs.list_sessions(account, now).await? {
                    if session.id != current && (everything || one == Some(session.id)) {
                        session::end_with_grants(verbs, session.id, "session_ended", now).await?;
                    }
                }
                verbs.insert_audit_event(event).await?;
                Ok(())
            })
        })
        .await?;
    Ok(respond::see_other(&owner.settings.path("")))
}
