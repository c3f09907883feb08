//! The checks of an authorization request, in their order. A failure of the first list is a page of ours; one of the second goes back
//! to the application.

mod acr;
mod client;
mod grant_type;
mod id_token_hint;
mod pkce;
mod prompt;
pub(crate) mod redirect_uri;
mod response_mode;

use std::sync::Arc;

use chabi_spec::{
    AuthorizationRequest, Failure, Scope,
    authorization_request::{ResponseMode, ReturnAddress},
    form::Form,
};
use chabi_store::application::RegisteredClient;

use self::redirect_uri::TrustedRedirect;
use crate::{
    audience::{self, Audiences},
    dpop,
    server::Shared,
    sign_in_demand,
    trail::Trail,
};

/// Where the answer goes. From here on, failures may redirect.
pub(crate) struct Trusted {
    pub client: Arc<RegisteredClient>,
    pub redirect: TrustedRedirect,
    /// How the answer travels there, and a refusal alike.
    pub mode: ResponseMode,
    /// `state`, as it came.
    pub state: Option<String>,
}

/// A request that broke no rule. Who is asked what comes next.
pub(crate) struct ReadyToAuthenticate {
    pub request: AuthorizationRequest,
    /// Asked for, allowed and known.
    pub scope: Scope,
    pub audiences: Audiences,
    /// `sub` of the hinted person.
    pub hinted_subject: Option<String>,
    /// The key that the code will be bound to (RFC 9449 §10): thumbprint, base64url.
    pub dpop_jkt: Option<String>,
}

/// No redirect is trusted yet: failures are pages.
///
/// # Errors
/// The first rule that the request breaks; a fault of the store.
pub(crate) async fn trust(form: &Form, shared: &Shared, trail: &mut Trail) -> Result<Trusted, Failure> {
    let address = trail.met("return_address::parse", ReturnAddress::parse(form))?;
    trail.concerns(&address.client_id);
    let found = shared.registry.application(&address.client_id, &shared.store).await?;
    let why_unknown = if found.is_none() { shared.registry.why_unknown(&address.client_id).await } else { None };
    let client = trail.met("client::find_registered", client::find_registered(found, &address.client_id, why_unknown))?;
    let redirect = trail.met("redirect_uri::trust", redirect_uri::trust(&address, form, &client))?;
    let mode = response_mode::for_answers(address.response_mode, &client);
    Ok(Trusted { client, redirect, mode, state: address.state })
}

/// The rest: failures redirect.
///
/// # Errors
/// The first rule that the request breaks; a fault of the store.
pub(crate) async fn check(
    form: &Form,
    client: &RegisteredClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ReadyToAuthenticate, Failure> {
    let request = trail.met("authorization_request::parse", AuthorizationRequest::parse(form))?;
    trail.met("grant_type::check_registered", grant_type::check_registered(client))?;
    trail.met("response_mode::check_allowed", response_mode::check_allowed(&request, client))?;
    trail.met("prompt::check_offered", prompt::check_offered(&request, shared.gate.may_sign_up()))?;
    trail.met("pkce::check_present", pkce::check_present(&request, client))?;
    trail.met("acr::check_reachable", acr::check_reachable(&request))?;
    let audiences = audience::find(&request.resource, client, shared).await;
    let audiences = trail.met("resource::check_known", audiences)?;
    trail.met("sign_in_demand::check_reachable", sign_in_demand::check_reachable(&audiences))?;
    let hinted_subject = trail.met("id_token_hint::check_ours", id_token_hint::check_ours(&request, client, shared))?;
    let dpop_jkt = trail.met("dpop::bound_key", dpop::bound_key(form.get("dpop_jkt"), None))?;
    let scope = audience::grantable(&request.scope, client, &audiences);
    Ok(ReadyToAuthenticate { scope, audiences, hinted_subject, dpop_jkt, request })
}
