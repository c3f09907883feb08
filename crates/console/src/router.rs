//! Every route of the console.

use axum::{Router, extract::DefaultBodyLimit, routing::get};
use chabi_admin::Admin;
use chabi_resource_owner::with_visits;

use crate::{accounts, apis, applications, audit, dashboard, desk, keys, preview, revoke, roles, sessions, setup, sites, social};

/// All of `/admin/…`.
///
/// The server adds around it what it adds around people's pages: the client's address, and the refusal of cross-site POSTs.
pub fn router(admin: Admin) -> Router {
    let owner = admin.owner.clone();
    let routes = Router::new()
        .route("/admin", get(dashboard::to_console))
        .route("/admin/", get(dashboard::show))
        .route("/admin/charts/{name}", get(dashboard::chart))
        .route("/admin/setup/{secret}", get(setup::show).post(setup::submit))
        .route("/admin/keys/", get(keys::list))
        .route("/admin/keys/rotate/", get(keys::ask_to_rotate).post(keys::rotate))
        .route("/admin/keys/replace/", get(keys::ask_to_replace).post(keys::replace))
        .route("/admin/audit/", get(audit::list))
        .route("/admin/audit/export", get(audit::export))
        .route("/admin/audit/verify/", get(audit::verify))
        .route("/admin/audit/{id}/", get(audit::show))
        .route("/admin/roles/", get(roles::list).post(roles::grant))
        .route("/admin/roles/take/", get(roles::ask_to_take).post(roles::take))
        .route("/admin/preview/", get(preview::show))
        .route("/admin/revoke/", get(revoke::ask).post(revoke::submit))
        .merge(social_applications())
        .merge(of_applications())
        .merge(of_apis())
        .merge(of_accounts())
        .merge(of_sites())
        .layer(DefaultBodyLimit::max(desk::LARGEST_FORM))
        .with_state(admin);
    with_visits(routes, owner)
}

fn social_applications() -> Router<Admin> {
    use social::{edit, gallery, new};
    Router::new()
        .route("/admin/social/", get(social::list))
        .route("/admin/social/new/", get(gallery::show))
        .route("/admin/social/new/{catalogue}/", get(new::show).post(new::submit))
        .route("/admin/social/{id}/", get(edit::show).post(edit::submit))
        .route("/admin/social/{id}/enable/", get(edit::to_list).post(edit::enable))
        .route("/admin/social/{id}/disable/", get(edit::to_list).post(edit::disable))
        .route("/admin/social/{id}/up/", get(edit::to_list).post(edit::up))
        .route("/admin/social/{id}/down/", get(edit::to_list).post(edit::down))
        .route("/admin/social/{id}/test/", get(edit::show).post(edit::test))
        .route("/admin/social/{id}/remove/", get(edit::ask_to_remove).post(edit::remove))
}

fn of_applications() -> Router<Admin> {
    use crate::initial_access_tokens as tokens;
    use applications::{edit, remove, secrets, test, wizard};
    Router::new()
        .route("/admin/applications/", get(applications::list))
        .route("/admin/applications/new/", get(wizard::kinds))
        .route("/admin/applications/new/{kind}/", get(wizard::questions).post(wizard::create))
        .route("/admin/applications/initial-access-tokens/", get(tokens::list).post(tokens::create))
        .route("/admin/applications/initial-access-tokens/{id}/remove/", get(tokens::ask_to_remove).post(tokens::remove))
        .route("/admin/applications/show/", get(applications::show))
        .route("/admin/applications/check/", get(applications::check))
        .route("/admin/applications/edit/", get(edit::show).post(edit::submit))
        .route("/admin/applications/secret/", get(secrets::ask_for_another).post(secrets::another))
        .route("/admin/applications/secret/retire/", get(secrets::ask_to_retire).post(secrets::retire))
        .route("/admin/applications/remove/", get(remove::ask).post(remove::submit))
        .route("/admin/applications/test/", get(test::ask).post(test::begin))
        .route("/admin/applications/test/callback", get(test::finish))
}

fn of_apis() -> Router<Admin> {
    Router::new()
        .route("/admin/apis/", get(apis::list))
        .route("/admin/apis/new/", get(apis::ask_for_new).post(apis::create))
        .route("/admin/apis/edit/", get(apis::edit).post(apis::update))
        .route("/admin/apis/remove/", get(apis::ask_to_remove).post(apis::remove))
}

fn of_accounts() -> Router<Admin> {
    use accounts::{actions, edit, page};
    Router::new()
        .route("/admin/accounts/", get(accounts::list))
        .route("/admin/accounts/new/", get(actions::ask_for_new).post(actions::create))
        .route("/admin/accounts/{subject}/", get(page::show))
        .route("/admin/accounts/{subject}/edit/", get(edit::show).post(edit::submit))
        .route("/admin/accounts/{subject}/disconnect/", get(actions::ask_to_disconnect).post(actions::disconnect))
        .route("/admin/accounts/{subject}/delete/", get(actions::ask_to_delete).post(actions::delete))
        .route("/admin/accounts/{subject}/{action}/", get(actions::ask).post(actions::submit))
        .route("/admin/sessions/", get(sessions::list))
        .route("/admin/grants/", get(sessions::list_grants))
        .route("/admin/accounts/{subject}/sessions/{session}/", get(sessions::ask_to_end).post(sessions::end))
        .route("/admin/accounts/{subject}/grants/{grant}/", get(sessions::ask_to_revoke).post(sessions::revoke))
}

fn of_sites() -> Router<Admin> {
    Router::new()
        .route("/admin/settings/", get(sites::list))
        .route("/admin/settings/sites/new/", get(sites::ask_for_new).post(sites::create))
        .route("/admin/settings/sites/{id}/", get(sites::edit).post(sites::update))
        .route("/admin/settings/sites/{id}/remove/", get(sites::ask_to_remove).post(sites::remove))
}
