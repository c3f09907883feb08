//! `signup/`: make an account. Nobody learns here whether an address has one already: the owner of the address does, by mail.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{FormProblem, Problem, page::SignUp};
use chabi_spec::{Failure, Fault, form::Form};
use chabi_store::{
    account::{AccountEmail, Insertion},
    password::PasswordRecord,
};

use super::{buttons, continuation, fields, least_characters, most_characters, password_problem, query};
use crate::{
    ResourceOwner, Visit, accounts, audit, browser,
    continuation::Continuation,
    email::EmailAddress,
    mails,
    password::{NORMALIZATION, Password},
    respond::{self, Halt, Handled, Trouble},
    throttle::{self, minutes_until},
    verification::{self, Prepared},
};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;

/// GET: the form.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    check_open(&owner)?;
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    // a request with prompt=create wants this page although somebody is signed in
    if visit.signed_in.is_some() && query.get("again").is_none() {
        return Ok(respond::see_other(&continuation.target(&owner)));
    }
    let typed = Typed { email: query.get("login_hint").unwrap_or_default().chars().take(254).collect(), ..Typed::default() };
    draw(&owner, &visit, &continuation, &typed, vec![]).await
}

/// POST: form, CSRF token, what was typed, throttle, rules for the password, hash, one transaction, mail, on to the code.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    check_open(&owner)?;
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    let typed = Typed::read(&form);
    match sign_up(&owner, &visit, &form, &typed, &continuation).await? {
        Ok(()) => Ok(respond::see_other(&continuation.url(&owner, "confirm-email/"))),
        Err(problems) => draw(&owner, &visit, &continuation, &typed, problems).await,
    }
}

#[derive(Default)]
struct Typed {
    email: String,
    name: String,
}

impl Typed {
    fn read(form: &Form) -> Self {
        let field = |name| form.get(name).unwrap_or_default().trim().to_owned();
        Self { email: field("email"), name: field("name") }
    }
}

fn check_open(owner: &ResourceOwner) -> Result<(), Halt> {
    owner.settings.sign_up_open.then_some(()).ok_or_else(|| Trouble::NotFound.into())
}

async fn sign_up(
    owner: &ResourceOwner,
    visit: &Visit,
    form: &Form,
    typed: &Typed,
    continuation: &Continuation,
) -> Result<Result<(), Vec<FormProblem>>, Failure> {
    let (email, password) = match (check_email(&typed.email), check_name(&typed.name), check_present(form)) {
        (Ok(email), Ok(()), Ok(password)) => (email, password),
        (email, name, password) => return Ok(Err([email.err(), name.err(), password.err()].into_iter().flatten().collect())),
    };
    let blocked = match throttle::count_visit(owner, visit, "signup").await? {
        None => throttle::count_mail(owner, &email.canonical).await?,
        blocked => blocked,
    };
    if let Some(until) = blocked {
        let minutes = minutes_until(until, owner.env.now());
        return Ok(Err(vec![FormProblem::general(Problem::Throttled { minutes })]));
    }
    let context = vec![typed.name.clone(), email.canonical.clone()];
    if let Err(problem) = owner.hasher.judge(&password, context).await? {
        return Ok(Err(vec![FormProblem::at("password", password_problem(owner, problem))]));
    }
    // hashed before anybody looks whether the address is taken: the time tells nothing
    let hash = owner.hasher.hash(&password, &owner.env).await?;
    register(owner, visit, Accepted { name: &typed.name, email, hash }, continuation).await?;
    Ok(Ok(()))
}

/// Who had the address, and so which mail goes out.
enum Registered {
    New,
    /// The owner's proven address.
    Before(String),
}

/// What passed the rules.
struct Accepted<'t> {
    name: &'t str,
    email: EmailAddress,
    hash: String,
}

async fn register(owner: &ResourceOwner, visit: &Visit, accepted: Accepted<'_>, continuation: &Continuation) -> Result<(), Failure> {
    let now = owner.env.now();
    let Accepted { name, email, hash } = accepted;
    let account = accounts::new_account(&owner.settings.realm, name, visit.frame.language.tag(), &owner.env);
    let record = PasswordRecord { account: account.id, hash, normalization: NORMALIZATION, changed_at: now };
    let address =
        AccountEmail { canonical: email.canonical.clone(), address: email.address.clone(), account: account.id, verified_at: None };
    let Prepared { row, link, code } = verification::prepare(owner, visit, account.id, &email.canonical, continuation);
    let event = audit::event("account.created", Some(account.id), visit.address, "", &owner.env);
    let registered = owner
        .store
        .transaction("sign_up", move |verbs| {
            let (account, record, address, mut row, event) = (account.clone(), record.clone(), address.clone(), row.clone(), event.clone());
            Box::pin(async move {
                if let Some((held_by, held)) = verbs.find_account_by_email(&account.realm, &address.canonical).await?
                    && held.verified_at.is_some()
                {
                    // a proof that nobody can give (its code is in no mail), so that the next page is the same for this address
                    row.account = held_by.id;
                    verbs.insert_email_verification(row).await?;
                    return Ok(Registered::Before(held.address));
                }
                let realm = account.realm.clone();
                verbs.insert_account(account).await?;
                if accounts::claim_address(verbs, &realm, address, now).await? == Insertion::Taken {
                    return Err(Fault::unavailable("signing up: somebody else took the address at the same time").into());
                }
                verbs.put_password(record).await?;
                verbs.insert_email_verification(row).await?;
                verbs.insert_audit_event(event).await?;
                Ok(Registered::New)
            })
        })
        .await?;
    match registered {
        Registered::New => mails::verify_address(owner, visit, &email.address, link, code)?,
        Registered::Before(address) => mails::already_registered(owner, visit, &address)?,
    }
    Ok(())
}

fn check_email(text: &str) -> Result<EmailAddress, FormProblem> {
    if text.is_empty() {
        return Err(FormProblem::at("email", Problem::EmailMissing));
    }
    EmailAddress::parse(text).map_err(|_| FormProblem::at("email", Problem::EmailInvalid))
}

/// A name may be left out. One that looks like a link is refused: it would be one in somebody's mail or page.
fn check_name(name: &str) -> Result<(), FormProblem> {
    if name.chars().count() > LONGEST_NAME {
        return Err(FormProblem::at("name", Problem::NameTooLong { most: i64::try_from(LONGEST_NAME).unwrap_or(i64::MAX) }));
    }
    let lower = name.to_lowercase();
    match name.chars().any(char::is_control) || lower.contains("://") || lower.contains("www.") {
        true => Err(FormProblem::at("name", Problem::NameInvalid)),
        false => Ok(()),
    }
}

fn check_present(form: &Form) -> Result<Password, FormProblem> {
    let text = form.get("password").ok_or_else(|| FormProblem::at("password", Problem::PasswordMissing))?;
    Password::read(text).ok_or_else(|| FormProblem::at("password", Problem::PasswordTooLong { most: most_characters() }))
}

async fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, typed: &Typed, problems: Vec<FormProblem>) -> Handled {
    let page = SignUp {
        form: fields(owner, visit, continuation),
        application: continuation.application_name(owner, visit).await?,
        email: typed.email.clone(),
        name: typed.name.clone(),
        problems,
        least_characters: least_characters(owner),
        providers: buttons(owner, visit, continuation).await,
    };
    respond::show(owner, visit, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: wb.mail
    #[test]
    fn a_name_that_looks_like_a_link_or_has_line_breaks_is_refused() {
        for name in ["https://evil.example", "go to WWW.evil.example", "a\r\nBcc: b@c.test", &"a".repeat(101)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["", "Ada Lovelace", "অদিতি", "O'Neil-Smith, Jr."] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
