//! Which APIs a request names, and what of its scope they can give.

use std::{slice, sync::Arc};

use chabi_spec::{ErrorCode, Failure, Refusal, Scope};
use chabi_store::{api::Api, application::RegisteredClient};

use crate::server::Shared;

/// Where an access token is to be taken: APIs, or userinfo alone when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audiences(pub Vec<Arc<Api>>);

/// Scopes that are ours and no API's.
pub(crate) const IDENTITY: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The APIs of `resource`, or the application's default one, or none: userinfo alone.
///
/// # Errors
/// `invalid_target` for one that is not registered here, or not for this application; a fault of the store.
pub(crate) async fn find(resource: &[String], client: &RegisteredClient, shared: &Shared) -> Result<Audiences, Failure> {
    let wanted = wanted(resource, client);
    let mut found: Vec<Arc<Api>> = Vec::with_capacity(wanted.len());
    for audience in wanted {
        // RFC 8707 §2: an unknown resource is refused, and never silently replaced by another
        let api = shared.registry.api(audience, &shared.store).await?.ok_or_else(|| unknown(audience))?;
        check_may_ask(client, &api)?;
        if !found.iter().any(|other| other.audience == api.audience) {
            found.push(api);
        }
    }
    Ok(Audiences(found))
}

/// RFC 8707 §2: an API may say which applications may ask for it. To the others it is as if it were not there, so that nobody learns of it.
pub(crate) fn check_may_ask(client: &RegisteredClient, api: &Api) -> Result<(), Refusal> {
    let allowed = &api.settings.applications;
    match allowed.is_empty() || allowed.contains(&client.client_id) {
        true => Ok(()),
        false => {
            let mut refusal = unknown(&api.audience);
            refusal.cause.rule = "resource_not_for_this_client";
            Err(refusal.explain(&api.audience, "an API that lists this application"))
        }
    }
}

/// Audiences as a request names them, or the application's default one.
pub(crate) fn wanted<'a>(resource: &'a [String], client: &'a RegisteredClient) -> &'a [String] {
    match resource {
        [] if client.default_audience.is_empty() => &[],
        [] => slice::from_ref(&client.default_audience),
        named => named,
    }
}

/// RFC 8707 §2.
pub(crate) fn unknown(audience: &str) -> Refusal {
    Refusal::new(ErrorCode::InvalidTarget, "resource_unknown", "no such resource is registered here", "RFC 8707 §2")
        .explain(audience, "the audience of a registered API")
}

impl Audiences {
    /// `aud` of each, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|api| api.audience.clone()).collect()
    }

    /// True for a word that means something here: our own, and those that one of the APIs knows.
    fn understand(&self, word: &str) -> bool {
        IDENTITY.contains(&word) || self.0.iter().any(|api| api.scope.contains(word))
    }
}

/// OAuth 2.1 §1.4.1: what is granted is never more than what was asked for, the application may have, and the APIs know. Words that
/// nobody knows are left out, and the answer says so by its `scope`.
pub(crate) fn grantable(asked: &Scope, client: &RegisteredClient, audiences: &Audiences) -> Scope {
    // `offline_access` asks for a refresh token: nothing to be granted where there can be none
    let refreshes = client.grant_types.iter().any(|grant| grant == "refresh_token");
    Scope::of(
        asked.words().filter(|word| client.scope.contains(word) && audiences.understand(word) && (refreshes || *word != "offline_access")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{api, application};

    // req: az.scope
    #[test]
    fn what_is_granted_is_asked_for_and_allowed_and_known() {
        let audiences = Audiences(vec![api("https://api.example/").into()]);
        let client = application();
        for (asked, granted) in [
            ("openid notes:read", "notes:read openid"),
            ("notes:read notes:write", "notes:read"),
            ("openid admin unknown", "openid"),
            ("note notes", ""),
            ("", ""),
        ] {
            assert_eq!(grantable(&Scope::parse(asked).unwrap(), &client, &audiences).to_string(), granted, "{asked}");
        }
    }

    #[test]
    fn without_an_api_only_our_own_scopes_are_granted() {
        let asked = Scope::of(["openid", "notes:read"]);
        assert_eq!(grantable(&asked, &application(), &Audiences::default()).to_string(), "openid");
    }

    // req: az.scope
    #[test]
    fn whatever_is_asked_for_nothing_is_granted_that_one_side_does_not_have() {
        const WORDS: [&str; 6] = ["openid", "email", "offline_access", "notes:read", "notes:write", "unknown"];
        let chosen = |bits: u32| Scope::of(WORDS.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, word)| *word));
        for (asked, allowed) in (0..64).flat_map(|asked| (0..64).map(move |allowed| (chosen(asked), chosen(allowed)))) {
            for known in [Scope::default(), Scope::of(["notes:read"]), Scope::of(["notes:read", "notes:write", "email"])] {
                let client = RegisteredClient { scope: allowed.clone(), ..application() };
                let audiences = Audiences(vec![Api { scope: known.clone(), ..api("https://api.example/") }.into()]);
                let granted = grantable(&asked, &client, &audiences);
                assert!(asked.covers(&granted) && allowed.covers(&granted), "{asked} {allowed}");
                assert!(known.union(&Scope::of(IDENTITY)).covers(&granted), "{asked} {known}");
                let missing = asked.intersection(&allowed).intersection(&known.union(&Scope::of(IDENTITY))).without(&granted);
                assert!(missing.is_empty(), "and all of the rest is: {missing}");
            }
        }
    }

    // req: az.res
    #[test]
    fn an_api_that_lists_its_applications_is_unknown_to_the_others() {
        let client = application();
        let mut listing = api("https://api.example/");
        assert!(check_may_ask(&client, &listing).is_ok(), "it lists none");
        listing.settings.applications = vec!["other".to_owned()];
        let refusal = check_may_ask(&client, &listing).unwrap_err();
        let stranger = unknown("https://api.example/");
        assert_eq!((refusal.code, refusal.hint), (stranger.code, stranger.hint));
        listing.settings.applications.push(client.client_id.clone());
        assert!(check_may_ask(&client, &listing).is_ok());
    }

    // req: rt.offline
    #[test]
    fn offline_access_is_not_granted_to_an_application_without_refresh_tokens() {
        let client = RegisteredClient { grant_types: vec!["authorization_code".to_owned()], ..application() };
        let asked = Scope::of(["openid", "offline_access"]);
        assert_eq!(grantable(&asked, &client, &Audiences::default()).to_string(), "openid");
        assert_eq!(grantable(&asked, &application(), &Audiences::default()).to_string(), "offline_access openid");
    }
}
