//! Every route of people's pages.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use crate::{ResourceOwner, page, respond, visit};

/// No form of ours is larger, in bytes.
const LARGEST_FORM: usize = 16 * 1_024;

/// Puts a [`crate::Visit`] into every request of another part of the server whose pages know who is signed in, and draws its troubles.
pub fn with_visits(router: Router, owner: ResourceOwner) -> Router {
    router.layer(from_fn_with_state(owner, visit::around))
}

/// What comes from elsewhere by its nature, without our cookies: forms that providers have browsers post, and logout tokens. To be merged
/// with [`router`]; the refusal of cross-site POSTs must not stand around it.
pub fn router_from_elsewhere(owner: ResourceOwner) -> Router {
    crate::social::routes_from_elsewhere(&owner)
        .layer(from_fn_with_state(owner.clone(), visit::around_without_cookies))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(owner)
}

/// All of `{prefix}/…`, with the route names of django-allauth, and `/.well-known/change-password`.
///
/// The server adds around it: request ids, the client's address as an extension (`ClientAddress`), and the refusal of cross-site POSTs.
pub fn router(owner: ResourceOwner) -> Router {
    let at = |below: &str| owner.settings.route(below);
    let home = owner.settings.path("");
    Router::new()
        .route(&at(""), get(page::home::show))
        .route(&owner.settings.prefix, get(move || std::future::ready(respond::see_other(&home))))
        .route(&at("login/"), get(page::login::show))
        .route(&at("logout/"), get(page::logout::show).post(page::logout::submit))
        .route(&at("signed-out/"), get(page::logout::done))
        .route(&at("choose-account/"), get(page::choose_account::show).post(page::choose_account::submit))
        .route(&at("consent/"), get(page::consent::show).post(page::consent::submit))
        .route(&at("confirm-email/"), get(page::confirm_email::code::show).post(page::confirm_email::code::submit))
        .route(&at("confirm-email/{key}/"), get(page::confirm_email::link::show).post(page::confirm_email::link::submit))
        .route(&at("email/"), get(page::address::show).post(page::address::submit))
        .route(page::device::DEVICE, get(page::device::show).post(page::device::submit))
        .route(page::device::CONFIRM, get(page::device::show_question).post(page::device::decide))
        .route(page::device::DONE, get(page::device::done))
        .route(&at("sessions/"), post(page::sessions::submit))
        .route(&at("applications/"), post(page::applications::submit))
        .route(&at("3rdparty/"), get(page::connections::show).post(page::disconnect::submit))
        .merge(by_password(&owner))
        .merge(crate::social::routes(&owner))
        .layer(from_fn_with_state(owner.clone(), visit::around))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(owner)
}

/// What is about passwords: nothing of it is there where nobody signs in by one.
fn by_password(owner: &ResourceOwner) -> Router<ResourceOwner> {
    if !owner.settings.password_sign_in {
        return Router::new();
    }
    let at = |below: &str| owner.settings.route(below);
    let change_password = owner.settings.path("password/change/");
    Router::new()
        .route(&at("login/"), post(page::login::submit))
        .route(&at("signup/"), get(page::signup::show).post(page::signup::submit))
        .route(&at("password/change/"), get(page::change_password::show).post(page::change_password::submit))
        .route(&at("password/reset/"), get(page::reset_password::show).post(page::reset_password::submit))
        .route(&at("password/reset/done/"), get(page::reset_password::sent))
        .route(&at("password/reset/key/done/"), get(page::reset_password::done))
        .route(&at("password/reset/key/{key}/"), get(page::reset_password::link::show).post(page::reset_password::link::submit))
        // W3C "A Well-Known URL for Changing Passwords": where password managers send people
        .route("/.well-known/change-password", get(move || std::future::ready(respond::see_other(&change_password))))
}
