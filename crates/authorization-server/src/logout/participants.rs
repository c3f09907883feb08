//! The applications that must be told when a session ends: those that got its ID token and have a logout URI.

use chabi_store::{
    application::RegisteredClient,
    logout_delivery::{LogoutDelivery, LogoutDeliveryId},
    token_family::RefreshTokenFamily,
};
use chabi_token::Seconds;

use crate::{gate::PersonClaims, server::Shared};

/// So long is it remembered whom to tell: three times as long as a session lives by default. Each ID token of the session begins it anew.
const REMEMBERED: Seconds = Seconds::days(90);

/// What is to be noted in the transaction that adds the family, whose ID token tells the application a `sub` and a `sid`: `None` for an
/// application without a logout URI, which then costs nothing.
pub(crate) fn to_note(
    client: &RegisteredClient,
    family: &RefreshTokenFamily,
    person: &PersonClaims,
    shared: &Shared,
) -> Option<LogoutDelivery> {
    let wants_to_know = !client.settings.backchannel_logout_uri.is_empty() || !client.settings.frontchannel_logout_uri.is_empty();
    (wants_to_know && family.scope.contains("openid")).then(|| LogoutDelivery {
        id: LogoutDeliveryId(shared.env.new_id()),
        session: family.session,
        account: family.account,
        client_id: client.client_id.clone(),
        subject: shared.subjects.of(&person.subject, client).into_owned(),
        sid: shared.subjects.sid(family.session, client),
        site: shared.settings.site_id.clone(),
        ended_at: None,
        attempts: 0,
        next_at: None,
        expires_at: shared.env.now() + REMEMBERED,
    })
}
