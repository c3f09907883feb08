//! From an approved grant to tokens: signed after the commit, RSA off the threads that serve requests.

use std::sync::Arc;

use chabi_spec::{Confirmation, Fault, token_response::TokenResponse};
use chabi_store::application::RegisteredClient;
use chabi_token::{
    Algorithm, IdTokenClaims, KeyRing, Timestamp, access_token::AccessTokenClaims, base64url, id_token, signing_key::SigningKey,
};

use crate::{
    access_token_form::{AccessTokenForm, extra_claims},
    acr,
    audience::Audiences,
    claims,
    dpop::ProvenKey,
    grant::{ApprovedGrant, Person},
    registering::note_use,
    rsa_pool::Place,
    server::Shared,
    settings::LONGEST_ACCESS_TOKEN,
};

/// The answer to a token request. `place`: among those who wait for RSA, if it was had before. `key`: what the access token is bound to.
///
/// # Errors
/// A fault of signing: nothing that was committed is lost by it, since a refresh may be repeated and a code begins again.
pub(crate) async fn tokens(
    grant: ApprovedGrant,
    place: Option<Place>,
    key: Option<&ProvenKey>,
    shared: &Shared,
) -> Result<TokenResponse, Fault> {
    note_use(grant.client(), shared).await;
    let now = shared.env.now();
    let ring = shared.keys.ring()?;
    let claims = access_token_claims(&grant, key, now, shared);
    let expires_in = claims.exp - claims.iat;
    let form = AccessTokenForm::of(grant.audiences(), &ring, now, shared)?;
    // OpenID Connect Core §3.1.3.3: an ID token is for those who asked with `openid`
    let id = match grant.person() {
        Some(person) if grant.scope().contains("openid") && grant.derived().is_none_or(|derived| derived.signed_in) => {
            Some(id_token_claims(&grant, person, now, &ring, shared)?)
        }
        _ => None,
    };
    let is_slow = form.is_slow() || id.as_ref().is_some_and(|(_, key)| is_rsa(key));
    let sign = move || -> Result<(String, Option<String>), Fault> {
        let access_token = form.write(&claims)?;
        let id_token = id.map(|(mut claims, key)| {
            claims.at_hash = Some(id_token::at_hash(key.algorithm(), &access_token));
            id_token::issue(&claims, &key)
        });
        Ok((access_token, id_token.transpose()?))
    };
    // both signatures in one go, wherever: nobody waits twice
    let (access_token, id_token) = match is_slow {
        true => shared.rsa.run(place.map_or_else(|| shared.rsa.reserve(), Ok)?, sign).await??,
        false => sign()?,
    };
    Ok(TokenResponse {
        access_token: access_token.into(),
        dpop: key.is_some(),
        expires_in,
        refresh_token: grant.refresh_token().map(|text| text.expose().to_owned().into()),
        id_token: id_token.map(Into::into),
        // RFC 6749 §5.1: always said when it differs from what was asked for; we say it always
        scope: Some(grant.scope().to_string()),
        issued_token_type: grant.derived().and_then(|derived| derived.issued_token_type),
    })
}

/// RFC 9068 §2.2.
fn access_token_claims(grant: &ApprovedGrant, key: Option<&ProvenKey>, now: Timestamp, shared: &Shared) -> AccessTokenClaims {
    let lifetime = grant.audiences().0.iter().map(|api| api.access_token_lifetime).min();
    let lifetime = lifetime.unwrap_or(shared.settings.access_token_lifetime).min(LONGEST_ACCESS_TOKEN);
    let person = grant.person();
    // no access token outlives what it comes from
    let end = person.map_or(now + lifetime, |person| (now + lifetime).min(person.family_ends));
    let random = base64url::encode(shared.env.random::<16>());
    let audiences = grant.audiences().names();
    let scope = grant.scope();
    AccessTokenClaims {
        iss: shared.settings.issuer.clone(),
        // RFC 9068 §2.2: without a person the application itself; people's subjects are random, so that nobody can choose one of these
        sub: subject(grant, shared),
        aud: if audiences.is_empty() { vec![shared.settings.userinfo_audience()] } else { audiences },
        exp: end.as_seconds(),
        iat: now.as_seconds(),
        jti: person.map_or(random.clone(), |person| format!("{}.{random}", person.family)),
        client_id: grant.client().client_id.clone(),
        scope: (!scope.is_empty()).then(|| scope.to_string()),
        // an assertion says who somebody is, and not when or how they signed in
        auth_time: person.filter(|person| person.session.is_some()).map(|person| person.auth_time.as_seconds()),
        acr: person.filter(|person| person.session.is_some()).map(|person| acr::of(&person.amr).to_owned()),
        amr: person.map(|person| person.amr.clone()).unwrap_or_default(),
        sid: person.and_then(|person| person.session).map(|session| shared.subjects.sid(session, grant.client())),
        status: grant.status().map(|status| status.claim(&shared.settings.issuer)),
        act: grant.derived().and_then(|derived| derived.act.clone()),
        // RFC 9449 §6.1
        cnf: key.map(|key| Confirmation { jkt: key.thumbprint().to_owned() }),
        may_act: None,
        extra: extra_claims(grant.client(), grant.audiences()),
    }
}

/// The person as this application knows them; without a person, the application itself.
fn subject(grant: &ApprovedGrant, shared: &Shared) -> String {
    match grant.person() {
        Some(person) => shared.subjects.of(&person.claims.subject, grant.client()).into_owned(),
        None => grant.client().client_id.clone(),
    }
}

/// OpenID Connect Core §2, and the key that signs it. `at_hash` is added when there is an access token.
fn id_token_claims(
    grant: &ApprovedGrant,
    person: &Person,
    now: Timestamp,
    ring: &KeyRing,
    shared: &Shared,
) -> Result<(IdTokenClaims, Arc<SigningKey>), Fault> {
    let client = grant.client();
    let algorithm = id_token_algorithm(client)?;
    let claims = IdTokenClaims {
        iss: shared.settings.issuer.clone(),
        sub: subject(grant, shared),
        // one audience, so that there is no `azp` (OpenID Connect Core §2: needed with several)
        aud: vec![client.client_id.clone()],
        azp: None,
        exp: (now + shared.settings.id_token_lifetime).as_seconds(),
        iat: now.as_seconds(),
        jti: base64url::encode(shared.env.random::<16>()),
        auth_time: Some(person.auth_time.as_seconds()),
        nonce: person.nonce.clone(),
        at_hash: None,
        acr: Some(acr::of(&person.amr).to_owned()),
        amr: person.amr.clone(),
        sid: person.session.map(|session| shared.subjects.sid(session, client)),
        person: claims::for_id_token(&person.claims, grant.scope(), person.details.as_deref(), client),
        extra: extra_claims(client, &Audiences::default()),
    };
    Ok((claims, key_of(ring, algorithm, now)?))
}

/// Of its ID tokens, and of its logout tokens.
pub(crate) fn id_token_algorithm(client: &RegisteredClient) -> Result<Algorithm, Fault> {
    Algorithm::parse(&client.id_token_alg).ok_or_else(|| Fault::internal("an application has an unknown id_token_alg"))
}

/// A place among those who wait for RSA, for an application that may need it; to be had before its grant is spent.
///
/// # Errors
/// Unavailable when too many wait.
pub(crate) fn reserve(client: &RegisteredClient, shared: &Shared) -> Result<Option<Place>, Fault> {
    let slow = matches!(id_token_algorithm(client)?, Algorithm::RS256 | Algorithm::PS256);
    slow.then(|| shared.rsa.reserve()).transpose()
}

/// The key that signs with this algorithm now.
///
/// # Errors
/// Unavailable while an installation of a version before makes the keys that it lacks.
pub(crate) fn key_of(ring: &KeyRing, algorithm: Algorithm, now: Timestamp) -> Result<Arc<SigningKey>, Fault> {
    ring.signing_key(algorithm, now).cloned().ok_or_else(|| Fault::unavailable("the signing key of this algorithm is being made"))
}

/// ECDSA takes microseconds; RSA takes so long that it would hold up other requests.
pub(crate) fn is_rsa(key: &SigningKey) -> bool {
    matches!(key.algorithm(), Algorithm::RS256 | Algorithm::PS256)
}
