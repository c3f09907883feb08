//! Token exchange (RFC 8693): an application that was handed a person's access token gets one for the next API. Off, unless the operator
//! wrote a rule for the application.

use std::sync::Arc;

use chabi_spec::{
    Actor, ErrorCode, Failure, Refusal, Scope,
    token_request::{TokenExchangeRequest, token_exchange::ACCESS_TOKEN},
};
use chabi_store::{application::RegisteredClient, application_settings::ExchangeRule, token_family::RefreshTokenFamily};
use chabi_token::{Timestamp, access_token::AccessTokenClaims};

use super::{ApprovedGrant, Derived, Person, check_grant_allowed};
use crate::{
    audience::{self, Audiences},
    audit,
    client_auth::AuthenticatedClient,
    dpop,
    live_token::{self, LiveToken},
    server::Shared,
    sign_in_demand,
    trail::Trail,
};

/// How many may act one for another.
const LONGEST_CHAIN: usize = 5;

/// From a request by an authenticated application to an approved grant: no refresh token, no ID token.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &TokenExchangeRequest,
    client: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let authenticated = client;
    let client = client.registered();
    trail.met("exchange::check_confidential", check_confidential(client))?;
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, TokenExchangeRequest::GRANT_TYPE))?;
    let rule = trail.met("exchange::find_rule", find_rule(client))?;
    let found = live_token::find(request.subject_token.expose(), shared).await?;
    let mut subject = trail.met("exchange::check_subject_token", found.ok_or_else(|| not_good("subject_token_not_good")))?;
    let rows = subject.take_person();
    let family = trail.met("exchange::check_of_a_person", check_of_a_person(&subject))?;
    let presented = subject.token.claims();
    trail.met("exchange::check_subject_allowed", check_subject_allowed(presented, rule))?;
    trail.met("exchange::check_presenter", check_presenter(presented, client, rule))?;
    trail.met("exchange::check_bound_to_key", dpop::check_bound_to_key(bound_to(presented), authenticated))?;
    let person = live_token::claims_of(rows, family.account, shared).await?;
    let person = trail.met("exchange::check_person", person.ok_or_else(|| not_good("subject_disabled")))?;
    let actor = find_actor(request, authenticated, rule, shared).await?;
    let actor = trail.met("exchange::check_actor_token", actor)?;
    trail.met("exchange::check_may_act", check_may_act(presented, acting(actor.as_deref(), client)))?;
    let act = trail.met("exchange::check_chain", chain(presented, actor.as_deref(), client, rule))?;
    let targets = trail.met("exchange::check_targets", check_targets(&request.targets, presented, rule))?;
    let audiences = find_audiences(&targets, client, shared).await;
    let audiences = trail.met("exchange::check_audience", audiences)?;
    trail.met("exchange::check_sign_in", check_sign_in(presented, family, &audiences, shared.env.now()))?;
    let scope = trail.met("exchange::check_scope", check_scope(request.scope.as_ref(), subject.token.scope(), rule))?;
    let scope = audience::grantable(&without_lasting(&scope), client, &audiences);
    note(presented, family, &audiences, act.as_deref(), client, shared).await?;
    Ok(ApprovedGrant {
        scope,
        audiences,
        person: Some(Person {
            claims: person,
            // RFC 8693 §4.1, Token Status List §6.1: of the same grant, so that taking that back takes this one back at once
            family: family.id,
            family_ends: ends(presented, family),
            session: presented.sid.is_some().then_some(family.session),
            auth_time: family.auth_time,
            amr: family.amr.clone(),
            nonce: None,
            details: None,
        }),
        refresh_token: None,
        status: family.status,
        derived: Some(Derived { act, issued_token_type: Some(ACCESS_TOKEN), signed_in: false }),
        client: Arc::clone(client),
    })
}

/// RFC 8693 §5: whoever found a token lying about could exchange it, if it need not prove who it is.
fn check_confidential(client: &RegisteredClient) -> Result<(), Refusal> {
    match client.authentication.is_confidential() {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::UnauthorizedClient,
            "exchange_by_a_public_client",
            "token exchange is for confidential applications",
            "RFC 8693 §5",
        )),
    }
}

/// RFC 8693 §2.1: policy of the server. There is none unless the operator wrote one.
fn find_rule(client: &RegisteredClient) -> Result<&ExchangeRule, Refusal> {
    client.settings.exchange.as_ref().ok_or_else(|| {
        let hint = "the application may not exchange tokens";
        Refusal::new(ErrorCode::UnauthorizedClient, "exchange_not_allowed", hint, "RFC 8693 §2.1").explain("no rule", "settings.exchange")
    })
}

/// RFC 8693 §2.2.2: a token that is malformed, expired, revoked, of another kind, or whose application is disabled.
fn not_good(rule: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, "the token is not a good access token of this server", "RFC 8693 §2.2.2")
}

fn refusal(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, "RFC 8693 §2.2.2")
}

/// An application's own token is about nobody: it gets its tokens by itself.
fn check_of_a_person(subject: &LiveToken) -> Result<&RefreshTokenFamily, Refusal> {
    subject.family.as_ref().ok_or_else(|| refusal("subject_is_an_application", "the subject token is an application's own"))
}

/// RFC 8693 §2.2.2, policy: only tokens of applications that the operator named.
fn check_subject_allowed(presented: &AccessTokenClaims, rule: &ExchangeRule) -> Result<(), Refusal> {
    match rule.subjects_of.contains(&presented.client_id) {
        true => Ok(()),
        false => Err(refusal("subject_not_allowed", "tokens of that application may not be exchanged by this one")
            .explain(&presented.client_id, rule.subjects_of.join(" "))),
    }
}

/// RFC 8693 §1.1: a token was handed to this application only if it is for it; any other one was taken from somebody else.
fn check_presenter(presented: &AccessTokenClaims, client: &RegisteredClient, rule: &ExchangeRule) -> Result<(), Refusal> {
    let own = match rule.own_audiences.as_slice() {
        [] => std::slice::from_ref(&client.default_audience),
        named => named,
    };
    let is_for_it = presented.aud.iter().any(|audience| own.contains(audience));
    match presented.client_id == client.client_id || is_for_it {
        true => Ok(()),
        false => Err(refusal("token_not_for_the_presenter", "the token is neither for this application nor its own")
            .explain(presented.aud.join(" "), own.join(" "))),
    }
}

/// RFC 9449 §7: a token that is bound to a key is nobody's who does not hold it. Empty: bound to none.
fn bound_to(presented: &AccessTokenClaims) -> &str {
    presented.cnf.as_ref().map_or("", |cnf| &cnf.jkt)
}

/// RFC 8693 §2.1: who acts, by a token of the same strength: `sub` of an access token that is good, of an open account, and this
/// application's or handed to it.
async fn find_actor(
    request: &TokenExchangeRequest,
    authenticated: &AuthenticatedClient,
    rule: &ExchangeRule,
    shared: &Shared,
) -> Result<Result<Option<String>, Refusal>, Failure> {
    let client = authenticated.registered();
    let Some(text) = &request.actor_token else { return Ok(Ok(None)) };
    let Some(mut actor) = live_token::find(text.expose(), shared).await? else { return Ok(Err(not_good("actor_token_not_good"))) };
    let rows = actor.take_person();
    let claims = actor.token.claims();
    if let Err(refusal) = dpop::check_bound_to_key(bound_to(claims), authenticated) {
        return Ok(Err(refusal));
    }
    if claims.client_id != client.client_id
        && let Err(refusal) = check_subject_allowed(claims, rule).and_then(|()| check_presenter(claims, client, rule))
    {
        return Ok(Err(refusal));
    }
    if let Some(family) = &actor.family
        && live_token::claims_of(rows, family.account, shared).await?.is_none()
    {
        return Ok(Err(not_good("actor_disabled")));
    }
    Ok(Ok(Some(claims.sub.clone())))
}

/// Who acts: the actor's token says it, or else the application itself, which has proven who it is.
fn acting<'a>(actor: Option<&'a str>, client: &'a RegisteredClient) -> &'a str {
    actor.unwrap_or(&client.client_id)
}

/// RFC 8693 §4.4: a token that names who may act is for nobody else.
fn check_may_act(presented: &AccessTokenClaims, acting: &str) -> Result<(), Refusal> {
    match &presented.may_act {
        Some(named) if named.sub != acting => {
            Err(refusal("may_not_act", "the subject token lets somebody else act").explain(acting, &named.sub))
        }
        _ => Ok(()),
    }
}

/// RFC 8693 §4.1: who acts now stands outermost, and those before inside. By impersonation nobody is added, and nobody is left out.
fn chain(
    presented: &AccessTokenClaims,
    actor: Option<&str>,
    client: &RegisteredClient,
    rule: &ExchangeRule,
) -> Result<Option<Box<Actor>>, Refusal> {
    let before = presented.act.clone();
    if actor.is_none() && rule.impersonation {
        return Ok(before);
    }
    let act = Actor { sub: acting(actor, client).to_owned(), act: before };
    match act.length() <= LONGEST_CHAIN {
        true => Ok(Some(Box::new(act))),
        false => Err(refusal("chain_too_long", "too many already act one for another")),
    }
}

/// RFC 8693 §2.2.2, policy: what the subject token is for anyway, and what the rule adds. Nothing named: what the subject token is for.
fn check_targets(asked: &[String], presented: &AccessTokenClaims, rule: &ExchangeRule) -> Result<Vec<String>, Refusal> {
    let allowed = |audience: &String| presented.aud.contains(audience) || rule.audiences.contains(audience);
    match asked {
        [] => Ok(presented.aud.clone()),
        asked => match asked.iter().find(|audience| !allowed(audience)) {
            None => Ok(asked.to_vec()),
            Some(foreign) => {
                let hint = "the application may not ask for that audience";
                Err(Refusal::new(ErrorCode::InvalidTarget, "target_not_allowed", hint, "RFC 8693 §2.2.2")
                    .explain(foreign, presented.aud.iter().chain(&rule.audiences).cloned().collect::<Vec<_>>().join(" ")))
            }
        },
    }
}

/// The APIs; userinfo, which is ours, is none.
async fn find_audiences(targets: &[String], client: &RegisteredClient, shared: &Shared) -> Result<Audiences, Failure> {
    let ours = shared.settings.userinfo_audience();
    let apis: Vec<String> = targets.iter().filter(|audience| **audience != ours).cloned().collect();
    match apis.is_empty() {
        true => Ok(Audiences::default()),
        false => audience::find(&apis, client, shared).await,
    }
}

/// RFC 9470 §6.1: a token for which somebody signed in is as good as that sign-in; one for which nobody did, because an assertion spoke
/// for them, becomes no better by being exchanged.
fn check_sign_in(presented: &AccessTokenClaims, family: &RefreshTokenFamily, audiences: &Audiences, now: Timestamp) -> Result<(), Refusal> {
    match presented.sid {
        Some(_) => sign_in_demand::check_still_good(audiences, &family.amr, family.auth_time, now),
        None => sign_in_demand::check_nothing_demanded(audiences),
    }
}

/// OAuth 2.1 §1.4.1: never more than the person allowed, save what the operator answers for.
fn check_scope(asked: Option<&Scope>, held: &Scope, rule: &ExchangeRule) -> Result<Scope, Refusal> {
    let Some(asked) = asked else { return Ok(held.clone()) };
    let allowed = held.union(&Scope::of(rule.scope.split_whitespace()));
    match allowed.covers(asked) {
        true => Ok(asked.clone()),
        false => {
            let hint = "scope is more than the subject token has";
            Err(Refusal::new(ErrorCode::InvalidScope, "scope_exceeds_subject", hint, "RFC 8693 §2.1")
                .explain(asked.to_string(), allowed.to_string()))
        }
    }
}

/// RFC 8693 §2.2.1: there is no refresh token, so that nothing outlives what it came from.
fn without_lasting(scope: &Scope) -> Scope {
    Scope::of(scope.words().filter(|word| *word != "offline_access"))
}

/// RFC 8693 §2.2.1: no later than the token that it was given for.
fn ends(presented: &AccessTokenClaims, family: &RefreshTokenFamily) -> Timestamp {
    Timestamp::from_seconds(presented.exp).min(family.expires_at)
}

async fn note(
    presented: &AccessTokenClaims,
    family: &RefreshTokenFamily,
    audiences: &Audiences,
    act: Option<&Actor>,
    client: &RegisteredClient,
    shared: &Shared,
) -> Result<(), Failure> {
    let acting = act.map_or("impersonation", |act| &act.sub);
    let detail = format!("a token of {} for {}; acting: {acting}", presented.client_id, audiences.names().join(" "));
    let event = audit::event("token.exchanged", Some(family.account), Some(&client.client_id), &detail, &shared.env);
    Ok(shared.store.insert_audit_event(event).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    fn rule() -> ExchangeRule {
        ExchangeRule {
            subjects_of: vec!["spa".to_owned()],
            audiences: vec!["https://mail.example/".to_owned()],
            scope: "mail:send".to_owned(),
            ..ExchangeRule::default()
        }
    }

    fn presented() -> AccessTokenClaims {
        AccessTokenClaims {
            client_id: "spa".to_owned(),
            aud: vec!["https://notes.example/".to_owned()],
            exp: 100,
            ..AccessTokenClaims::default()
        }
    }

    fn service() -> RegisteredClient {
        RegisteredClient { client_id: "service".to_owned(), default_audience: "https://notes.example/".to_owned(), ..application() }
    }

    fn actor(sub: &str, act: Option<Actor>) -> Actor {
        Actor { sub: sub.to_owned(), act: act.map(Box::new) }
    }

    // req: tx
    #[test]
    fn without_a_rule_there_is_no_exchange() {
        assert_eq!(find_rule(&service()).unwrap_err().code, ErrorCode::UnauthorizedClient);
        let mut client = service();
        client.settings.exchange = Some(rule());
        assert!(find_rule(&client).is_ok());
    }

    // req: tx
    #[test]
    fn only_tokens_of_named_applications_that_were_handed_over_are_taken() {
        assert!(check_subject_allowed(&presented(), &rule()).is_ok());
        let foreign = AccessTokenClaims { client_id: "other".to_owned(), ..presented() };
        assert_eq!(check_subject_allowed(&foreign, &rule()).unwrap_err().cause.rule, "subject_not_allowed");

        let elsewhere = AccessTokenClaims { aud: vec!["https://mail.example/".to_owned()], ..presented() };
        let named = ExchangeRule { own_audiences: elsewhere.aud.clone(), ..rule() };
        let nowhere = RegisteredClient { default_audience: String::new(), ..service() };
        let itself = RegisteredClient { client_id: "spa".to_owned(), ..nowhere.clone() };
        for (token, client, rule, passes) in [
            (presented(), service(), rule(), true),
            (elsewhere.clone(), service(), rule(), false),
            (elsewhere, service(), named.clone(), true),
            (presented(), service(), named, false),
            (presented(), nowhere, rule(), false),
            (presented(), itself, rule(), true),
        ] {
            assert_eq!(check_presenter(&token, &client, &rule).is_ok(), passes, "{token:?} {}", client.client_id);
        }
    }

    // req: tx
    #[test]
    fn a_token_is_asked_for_where_the_subject_token_or_the_rule_allows_it() {
        let ask = |audiences: &[&str]| {
            let asked: Vec<String> = audiences.iter().map(|audience| (*audience).to_owned()).collect();
            check_targets(&asked, &presented(), &rule())
        };
        assert_eq!(ask(&[]).unwrap(), presented().aud);
        assert!(ask(&["https://notes.example/", "https://mail.example/"]).is_ok());
        for foreign in ["https://mail.example", "https://mail.example/x", "https://other.example/"] {
            assert_eq!(ask(&["https://notes.example/", foreign]).unwrap_err().code, ErrorCode::InvalidTarget, "{foreign}");
        }
    }

    // req: tx
    // req: az.scope
    #[test]
    fn the_scope_is_what_the_person_allowed_or_the_operator_answers_for() {
        let held = Scope::of(["openid", "notes:read", "offline_access"]);
        assert_eq!(check_scope(None, &held, &rule()), Ok(held.clone()));
        assert!(check_scope(Some(&Scope::of(["notes:read", "mail:send"])), &held, &rule()).is_ok());
        assert_eq!(check_scope(Some(&Scope::of(["notes:write"])), &held, &rule()).unwrap_err().code, ErrorCode::InvalidScope);
        assert_eq!(without_lasting(&held), Scope::of(["openid", "notes:read"]));
    }

    #[test]
    fn who_acts_is_added_to_those_before_and_nobody_acts_for_ever() {
        let service = service();
        assert_eq!(chain(&presented(), None, &service, &rule()), Ok(Some(Box::new(actor("service", None)))));
        assert_eq!(chain(&presented(), Some("agent"), &service, &rule()), Ok(Some(Box::new(actor("agent", None)))));
        let acted = AccessTokenClaims { act: Some(Box::new(actor("first", None))), ..presented() };
        let expected = actor("service", Some(actor("first", None)));
        assert_eq!(chain(&acted, None, &service, &rule()), Ok(Some(Box::new(expected))));
        let impersonating = ExchangeRule { impersonation: true, ..rule() };
        assert_eq!(chain(&presented(), None, &service, &impersonating), Ok(None));
        assert_eq!(chain(&acted, None, &service, &impersonating), Ok(acted.act.clone()));
        assert_eq!(chain(&presented(), Some("agent"), &service, &impersonating), Ok(Some(Box::new(actor("agent", None)))));
        let long = (1..LONGEST_CHAIN).fold(actor("0", None), |act, number| actor(&number.to_string(), Some(act)));
        let full = AccessTokenClaims { act: Some(Box::new(long)), ..presented() };
        assert_eq!(chain(&full, None, &service, &rule()).unwrap_err().cause.rule, "chain_too_long");
    }

    // req: tx
    #[test]
    fn a_token_that_names_who_may_act_is_for_nobody_else() {
        let named = AccessTokenClaims { may_act: Some(Box::new(actor("service", None))), ..presented() };
        assert!(check_may_act(&named, acting(None, &service())).is_ok());
        assert_eq!(check_may_act(&named, acting(Some("agent"), &service())).unwrap_err().cause.rule, "may_not_act");
        assert!(check_may_act(&presented(), "anybody").is_ok());
    }
}
