//! `/device`: a person connects a device without a browser (RFC 8628 §3.3): the code, then the question, and never one without the other.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{
    FormProblem, Problem,
    page::{ConfirmDevice, ConsentLifetime, DeviceDone, EnterDeviceCode, Expiry},
};
use chabi_spec::{Failure, Fault, Scope, device_authorization::UserCode, form::Form};
use chabi_store::{
    account::main_address,
    api::Api,
    application::RegisteredClient,
    device_grant::{Approval, DeviceDecision, DeviceGrant, DeviceGrantId},
};

use super::{consent, fields, query};
use crate::{
    ResourceOwner, SignedIn, Visit, audit, browser,
    continuation::Continuation,
    next::NextPath,
    respond::{self, Halt, Handled, Trouble},
    session,
    throttle::{self, minutes_until},
};

/// Where a person types the code; what the authorization server tells devices.
pub(crate) const DEVICE: &str = "/device";
/// The question.
pub(crate) const CONFIRM: &str = "/device/confirm";
/// The end.
pub(crate) const DONE: &str = "/device/done";

/// GET `/device`: signed in, the form; the code filled in where a link or picture brought it (RFC 8628 §3.3.1), and not sent.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let code = query.get("user_code").and_then(|typed| UserCode::parse(typed).ok()).map(|code| code.to_string()).unwrap_or_default();
    check_signed_in(&owner, &visit, &with_code(&owner, &code))?;
    ask_for_code(&owner, &visit, code, Vec::new())
}

/// POST `/device`: form, CSRF token, signed in, throttle, a device that waits.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let typed = form.get("code").unwrap_or_default();
    let parsed = UserCode::parse(typed);
    let signed_in = check_signed_in(&owner, &visit, &with_code(&owner, &parsed.as_ref().map(ToString::to_string).unwrap_or_default()))?;
    if typed.trim().is_empty() {
        return ask_for_code(&owner, &visit, String::new(), vec![FormProblem::at("code", Problem::DeviceCodeMissing)]);
    }
    // RFC 8628 §5.1: counted before it is looked up, so that K guesses at once cost K
    if let Some(until) = throttle::count_user_code(&owner, &visit, signed_in.account.id).await? {
        let minutes = minutes_until(until, owner.env.now());
        return ask_for_code(&owner, &visit, typed.to_owned(), vec![FormProblem::general(Problem::Throttled { minutes })]);
    }
    let found = match &parsed {
        Ok(code) => owner.store.find_waiting_device(&owner.settings.site.mark(code.as_str()), owner.env.now()).await?,
        Err(_) => None,
    };
    match found {
        Some(device) => Ok(respond::see_other(&question_path(&owner, &visit, device.id))),
        None => ask_for_code(&owner, &visit, typed.to_owned(), vec![FormProblem::at("code", Problem::DeviceCodeUnknown)]),
    }
}

/// GET `/device/confirm`: signed in, after the code was typed here, the device that waits, the question.
pub(crate) async fn show_question(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    RawQuery(text): RawQuery,
) -> Handled {
    let query = query(text.as_deref())?;
    let id = named(&query)?;
    let signed_in = check_signed_in(&owner, &visit, &with_code(&owner, ""))?;
    check_typed(&owner, &visit, &query, id)?;
    let asked = find_asked(&owner, id).await?;
    let emails = owner.store.list_emails(signed_in.account.id).await?;
    let code = UserCode::from_stored(&asked.user_code).to_string();
    // somebody else begins with the code: it counts among their guesses
    let switch = Continuation { transaction: None, next: NextPath::parse(&with_code(&owner, &code)) };
    let mut form = Continuation::default().fields(browser::csrf_token(&owner, &visit, &purpose(id)));
    form.transaction = Some(id.to_string());
    let page = ConfirmDevice {
        form,
        action: owner.settings.mounted(CONFIRM),
        about: consent::about(&asked.application),
        application: asked.application.name,
        code,
        apis: consent::apis(&asked.device.scope, &asked.apis, visit.frame.language),
        lifetime: match asked.device.scope.contains("offline_access") {
            true => ConsentLifetime::UntilTakenBack,
            false => ConsentLifetime::UntilSignOut,
        },
        account_name: signed_in.account.name.clone(),
        account_address: main_address(&emails).map(|email| email.address.clone()).unwrap_or_default(),
        switch_url: format!("{}&again=1", switch.url(&owner, "login/")),
    };
    respond::show(&owner, &visit, &page)
}

/// POST `/device/confirm`: form, CSRF token of this very device, signed in, the device that waits, the decision.
pub(crate) async fn decide(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    // a field for each scope that is ticked
    let form = Form::parse(&body, &["scope"]).map_err(|_| Trouble::BadForm)?;
    let id = named(&form)?;
    // RFC 8628 §5.4, RFC 9700 §4.7: only who saw the question of this device, in this browser and session, can answer it
    respond::check_csrf(&owner, &visit, &form, &purpose(id))?;
    let signed_in = check_signed_in(&owner, &visit, &with_code(&owner, ""))?;
    let asked = find_asked(&owner, id).await?;
    // what was asked for comes from the store; the form can only take away from it
    let (decision, scope) = match form.get("decision") {
        Some("allow") => (DeviceDecision::Allowed(approval(&signed_in)), consent::ticked(&asked.device.scope, &form)),
        Some("deny") => (DeviceDecision::Denied, asked.device.scope.clone()),
        _ => return Err(Trouble::BadForm.into()),
    };
    let allowed = decision != DeviceDecision::Denied;
    if !record(&owner, &visit, &signed_in, &asked.device, (decision, scope)).await? {
        return Err(Trouble::Expired(Expiry::Finished).into());
    }
    Ok(respond::see_other(&owner.settings.mounted(&format!("{DONE}{}", if allowed { "?allowed=1" } else { "" }))))
}

/// GET `/device/done`: what was decided.
pub(crate) async fn done(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let allowed = query(text.as_deref())?.get("allowed").is_some();
    respond::show(&owner, &visit, &DeviceDone { allowed })
}

/// Everybody else signs in first, and comes back to `path`: who guesses codes has an account, and is counted by it.
fn check_signed_in(owner: &ResourceOwner, visit: &Visit, path: &str) -> Result<std::sync::Arc<SignedIn>, Halt> {
    visit.signed_in.clone().ok_or_else(|| {
        let back = Continuation { transaction: None, next: NextPath::parse(path) };
        Halt::from(respond::see_other(&back.url(owner, "login/")))
    })
}

fn with_code(owner: &ResourceOwner, code: &str) -> String {
    let device = owner.settings.mounted(DEVICE);
    match code.is_empty() {
        true => device,
        false => format!("{device}?user_code={code}"),
    }
}

/// The question, for this browser and session alone.
fn question_path(owner: &ResourceOwner, visit: &Visit, id: DeviceGrantId) -> String {
    let ticket = browser::csrf_token(owner, visit, &typed_here(id));
    owner.settings.mounted(&format!("{CONFIRM}?transaction={id}&ticket={ticket}"))
}

/// RFC 8628 §5.4: whoever began the flow knows the id of its row, and could send somebody to the question without the code, and without
/// its throttle. Only where the code was typed, in this browser and session, is the question shown; all others begin with the code.
fn check_typed(owner: &ResourceOwner, visit: &Visit, query: &Form, id: DeviceGrantId) -> Result<(), Halt> {
    let typed = query.get("ticket").is_some_and(|ticket| browser::csrf_is_right(owner, visit, ticket, &typed_here(id)));
    if typed { Ok(()) } else { Err(Halt::from(respond::see_other(&with_code(owner, "")))) }
}

/// The purpose of the proof that the code of this device was typed.
fn typed_here(id: DeviceGrantId) -> String {
    format!("typed {id}")
}

/// The device that a query or form names.
fn named(form: &Form) -> Result<DeviceGrantId, Halt> {
    form.get("transaction").and_then(|text| text.parse().ok()).ok_or_else(|| Trouble::Expired(Expiry::TooLate).into())
}

/// The CSRF token of a question is good for its own device alone.
fn purpose(id: DeviceGrantId) -> String {
    format!("device {id}")
}

fn ask_for_code(owner: &ResourceOwner, visit: &Visit, code: String, problems: Vec<FormProblem>) -> Handled {
    let form = fields(owner, visit, &Continuation::default());
    respond::show(owner, visit, &EnterDeviceCode { form, action: owner.settings.mounted(DEVICE), code, problems })
}

/// A device that waits, with what the question says of it.
struct Asked {
    device: DeviceGrant,
    user_code: String,
    application: RegisteredClient,
    apis: Vec<Api>,
}

/// One whose application or API is gone meanwhile has expired.
async fn find_asked(owner: &ResourceOwner, id: DeviceGrantId) -> Result<Asked, Halt> {
    let gone = || Halt::from(Trouble::Expired(Expiry::TooLate));
    let device = owner.store.find_device_grant(id).await?.filter(|device| owner.env.now() < device.expires_at).ok_or_else(gone)?;
    // its id alone would be found at every site of the installation
    let user_code = owner.settings.site.unmark(&device.user_code).ok_or_else(gone)?.to_owned();
    if device.decision != DeviceDecision::Pending {
        return Err(Trouble::Expired(Expiry::Finished).into());
    }
    let application = owner.store.find_application(&device.client_id).await?;
    let application = application.filter(|application| application.disabled_at.is_none()).ok_or_else(gone)?;
    let mut apis = Vec::with_capacity(device.resource.len());
    for audience in &device.resource {
        apis.push(owner.store.find_api(audience).await?.ok_or_else(gone)?);
    }
    Ok(Asked { device, user_code, application, apis })
}

fn approval(signed_in: &SignedIn) -> Approval {
    let session = &signed_in.session;
    Approval { account: session.account, session: session.id, auth_time: session.auth_time, amr: session.amr.clone() }
}

/// Once, by a session that still lives. `false`: it is over, or somebody decided before.
async fn record(
    owner: &ResourceOwner,
    visit: &Visit,
    signed_in: &SignedIn,
    device: &DeviceGrant,
    (decision, scope): (DeviceDecision, Scope),
) -> Result<bool, Failure> {
    let (id, now, session) = (device.id, owner.env.now(), signed_in.session.clone());
    let kind = if decision == DeviceDecision::Denied { "device.denied" } else { "device.allowed" };
    let mut event = audit::event(kind, Some(session.account), visit.address, scope.to_string(), &owner.env);
    event.client_id = Some(device.client_id.clone());
    owner
        .store
        .transaction("decide_device", move |verbs| {
            let (decision, scope, session, event) = (decision.clone(), scope.clone(), session.clone(), event.clone());
            Box::pin(async move {
                session::check_still_lives(verbs, &session, now).await?;
                let decided = verbs.decide_device_grant(id, decision, scope, now).await?;
                if decided {
                    verbs.insert_audit_event(event).await?;
                }
                Ok::<_, Fault>(decided).map_err(Failure::from)
            })
        })
        .await
}
