//! Which of a person's claims are given, by scope and by name (OpenID Connect Core §5.4 and §5.5).

use chabi_spec::{Scope, claims_parameter::ClaimsRequest};
use chabi_store::{
    account::{Address, Profile},
    application::{self, RegisteredClient},
    grant_details::GrantDetails,
};
use chabi_token::id_token::{PostalAddress, StandardClaims};

use crate::gate::PersonClaims;

/// Every claim about a person, and the scope that gives it.
pub(crate) const BY_SCOPE: [(&str, &str); 19] = [
    ("name", "profile"),
    ("given_name", "profile"),
    ("family_name", "profile"),
    ("middle_name", "profile"),
    ("nickname", "profile"),
    ("preferred_username", "profile"),
    ("profile", "profile"),
    ("picture", "profile"),
    ("website", "profile"),
    ("gender", "profile"),
    ("birthdate", "profile"),
    ("zoneinfo", "profile"),
    ("locale", "profile"),
    ("updated_at", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
    ("address", "address"),
];

/// OpenID Connect Core §5.5: what of the `claims` parameter can be given at all: claims about a person that we know, whose scope this
/// application may ask for, in a request with `openid`.
pub(crate) fn grantable(asked: &ClaimsRequest, scope: &Scope, client: &RegisteredClient) -> ClaimsRequest {
    if asked.is_empty() || !scope.contains("openid") {
        return ClaimsRequest::default();
    }
    let may_have = |name: &str| BY_SCOPE.iter().any(|(claim, word)| *claim == name && client.scope.contains(word));
    asked.clone().only(may_have)
}

/// The claims by name that the granted scope does not give already: what a person must be asked for besides.
pub(crate) fn beyond_scope(asked: &ClaimsRequest, scope: &Scope) -> Vec<String> {
    let named = |name: &str| asked.userinfo.contains_key(name) || asked.id_token.contains_key(name);
    BY_SCOPE.iter().filter(|(name, word)| named(name) && !scope.contains(word)).map(|(name, _)| (*name).to_owned()).collect()
}

/// The claims by name that belong to none of these scopes.
pub(crate) fn without(asked: ClaimsRequest, declined: &Scope) -> ClaimsRequest {
    asked.only(|name| !BY_SCOPE.iter().any(|(claim, word)| *claim == name && declined.contains(word)))
}

/// What a grant has by name. `None`, as nearly always, costs nothing.
fn named(details: Option<&GrantDetails>) -> ClaimsRequest {
    let text = details.map(|details| details.claims.as_str()).filter(|text| !text.is_empty());
    // ours, written when the code was made
    text.and_then(|text| ClaimsRequest::parse(text).ok()).unwrap_or_default()
}

/// What userinfo says.
pub(crate) fn for_userinfo(person: &PersonClaims, scope: &Scope, details: Option<&GrantDetails>) -> StandardClaims {
    let named = named(details);
    pick(person, |claim, word| scope.contains(word) || named.userinfo.contains_key(claim))
}

/// What an ID token says.
pub(crate) fn for_id_token(
    person: &PersonClaims,
    scope: &Scope,
    details: Option<&GrantDetails>,
    client: &RegisteredClient,
) -> StandardClaims {
    let named = named(details);
    // OpenID Connect Core §5.4 leaves claims to userinfo when there is an access token; half the applications read nothing else
    let by_scope = client.profile == application::Profile::OAuth21 && !client.settings.minimal_id_token;
    if !by_scope && named.id_token.is_empty() {
        return StandardClaims::default();
    }
    pick(person, |claim, word| (by_scope && scope.contains(word)) || named.id_token.contains_key(claim))
}

/// The claims for which `wants(claim, its scope)` is true; what is not known is left out, never empty or null.
fn pick(person: &PersonClaims, wants: impl Fn(&str, &str) -> bool) -> StandardClaims {
    let nothing = Profile::default();
    let more = person.profile.as_deref().unwrap_or(&nothing);
    let text = |claim, word, value: &str| (!value.is_empty() && wants(claim, word)).then(|| value.to_owned());
    let of_profile = |claim, value: &str| text(claim, "profile", value);
    let address = more.address.as_ref().filter(|_| wants("address", "address")).map(postal_address);
    StandardClaims {
        name: of_profile("name", &person.name),
        given_name: of_profile("given_name", &more.given_name),
        family_name: of_profile("family_name", &more.family_name),
        middle_name: of_profile("middle_name", &more.middle_name),
        nickname: of_profile("nickname", &more.nickname),
        preferred_username: of_profile("preferred_username", &person.preferred_username),
        profile: of_profile("profile", &more.profile),
        picture: of_profile("picture", &more.picture),
        website: of_profile("website", &more.website),
        gender: of_profile("gender", &more.gender),
        birthdate: of_profile("birthdate", &more.birthdate),
        zoneinfo: of_profile("zoneinfo", &more.zoneinfo),
        locale: of_profile("locale", &person.locale),
        updated_at: wants("updated_at", "profile").then(|| person.updated_at.as_seconds()),
        email: text("email", "email", &person.email),
        email_verified: (!person.email.is_empty() && wants("email_verified", "email")).then_some(person.email_verified),
        phone_number: text("phone_number", "phone", &more.phone_number),
        phone_number_verified: (!more.phone_number.is_empty() && wants("phone_number_verified", "phone"))
            .then_some(more.phone_number_verified),
        address: address.filter(|address| *address != PostalAddress::default()),
    }
}

fn postal_address(address: &Address) -> PostalAddress {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PostalAddress {
        formatted: known(&address.formatted),
        street_address: known(&address.street_address),
        locality: known(&address.locality),
        region: known(&address.region),
        postal_code: known(&address.postal_code),
        country: known(&address.country),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    fn ada() -> PersonClaims {
        PersonClaims {
            subject: "s".to_owned(),
            name: "Ada".to_owned(),
            preferred_username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            profile: Some(Box::new(Profile {
                given_name: "Ada".to_owned(),
                phone_number: "+44 20".to_owned(),
                address: Some(Address { country: "GB".to_owned(), ..Address::default() }),
                ..Profile::default()
            })),
            ..PersonClaims::default()
        }
    }

    fn details(claims: &str) -> GrantDetails {
        GrantDetails { claims: claims.to_owned(), ..GrantDetails::default() }
    }

    fn names(claims: &StandardClaims) -> Vec<String> {
        let value = serde_json::to_value(claims).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    }

    // req: ui.claims
    #[test]
    fn claims_are_those_of_the_granted_scopes_and_those_that_were_asked_for_by_name() {
        let given = |scope: &str, claims: &str| names(&for_userinfo(&ada(), &Scope::parse(scope).unwrap(), Some(&details(claims))));
        assert!(given("openid", "").is_empty());
        assert_eq!(given("openid email", ""), ["email", "email_verified"]);
        assert_eq!(given("openid profile", ""), ["given_name", "name", "preferred_username", "updated_at"]);
        assert_eq!(given("openid phone", ""), ["phone_number", "phone_number_verified"]);
        assert_eq!(given("openid address", ""), ["address"]);
        assert_eq!(given("openid", r#"{"userinfo":{"name":null},"id_token":{"email":null}}"#), ["name"]);
        assert!(given("openid", r#"{"id_token":{"email":null}}"#).is_empty());
    }

    // req: ui.claims
    #[test]
    fn an_id_token_has_the_claims_of_the_scope_where_the_profile_says_so_and_those_asked_for_by_name() {
        let scope = Scope::of(["openid", "email"]);
        let oidc = RegisteredClient { profile: application::Profile::Oidc, ..application() };
        let mut minimal = application();
        minimal.settings.minimal_id_token = true;
        let named = details(r#"{"id_token":{"name":null},"userinfo":{"given_name":null}}"#);
        for (client, details, expected) in [
            (application(), None, &["email", "email_verified"][..]),
            (oidc.clone(), None, &[]),
            (minimal.clone(), None, &[]),
            (application(), Some(&named), &["email", "email_verified", "name"]),
            (oidc, Some(&named), &["name"]),
            (minimal, Some(&named), &["name"]),
        ] {
            assert_eq!(names(&for_id_token(&ada(), &scope, details, &client)), expected, "{:?}", client.profile);
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let profile = Profile { address: Some(Address::default()), phone_number_verified: true, ..Profile::default() };
        let nobody = PersonClaims { email_verified: true, profile: Some(Box::new(profile)), ..PersonClaims::default() };
        let claims = for_userinfo(&nobody, &Scope::of(["openid", "profile", "email", "phone", "address"]), None);
        assert_eq!(names(&claims), ["updated_at"]);
    }

    // req: ui.claims
    #[test]
    fn only_claims_whose_scope_the_application_may_ask_for_are_grantable() {
        let asked = ClaimsRequest::parse(r#"{"userinfo":{"name":null,"address":null,"sub":null,"iss":null},"id_token":{"email":null}}"#);
        let asked = asked.unwrap();
        let granted = grantable(&asked, &Scope::of(["openid"]), &application());
        assert_eq!(granted.to_json(), r#"{"userinfo":{"name":{}},"id_token":{"email":{}}}"#);
        assert!(grantable(&asked, &Scope::of(["profile"]), &application()).is_empty(), "without openid");
        assert_eq!(beyond_scope(&granted, &Scope::of(["openid", "profile"])), ["email"]);
        assert_eq!(beyond_scope(&granted, &Scope::of(["openid"])), ["name", "email"]);
    }

    #[test]
    fn every_claim_of_the_table_can_be_given() {
        let full = PersonClaims { locale: "en".to_owned(), profile: Some(Box::new(full_profile())), ..ada() };
        let mut given = names(&pick(&full, |_, _| true));
        let mut listed: Vec<_> = BY_SCOPE.iter().map(|(claim, _)| (*claim).to_owned()).collect();
        given.sort_unstable();
        listed.sort_unstable();
        assert_eq!(given, listed);
        for (claim, word) in BY_SCOPE {
            assert_eq!(names(&pick(&full, |name, scope| (name, scope) == (claim, word))), [claim]);
        }
    }

    fn full_profile() -> Profile {
        let x = || "x".to_owned();
        Profile {
            given_name: x(),
            family_name: x(),
            middle_name: x(),
            nickname: x(),
            preferred_username: x(),
            profile: x(),
            picture: x(),
            website: x(),
            gender: x(),
            birthdate: x(),
            zoneinfo: x(),
            phone_number: x(),
            phone_number_verified: true,
            address: Some(Address { country: x(), ..Address::default() }),
        }
    }
}
