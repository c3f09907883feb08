//! Which of a person's claims a scope gives (OpenID Connect Core §5.4).

use chabi_spec::Scope;
use chabi_token::id_token::StandardClaims;

use crate::gate::PersonClaims;

/// The claims of `profile` and `email`, each when granted; what is not known is left out, never empty or null.
pub(crate) fn for_scope(person: &PersonClaims, scope: &Scope) -> StandardClaims {
    let mut claims = StandardClaims::default();
    if scope.contains("profile") {
        claims.name = known(&person.name);
        claims.preferred_username = known(&person.preferred_username);
        claims.locale = known(&person.locale);
        claims.updated_at = Some(person.updated_at.as_seconds());
    }
    if scope.contains("email") {
        claims.email = known(&person.email);
        claims.email_verified = claims.email.as_ref().map(|_| person.email_verified);
    }
    claims
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> PersonClaims {
        PersonClaims {
            subject: "s".to_owned(),
            name: "Ada".to_owned(),
            preferred_username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            ..PersonClaims::default()
        }
    }

    // req: ui.claims
    #[test]
    fn claims_are_those_of_the_granted_scopes() {
        assert_eq!(for_scope(&ada(), &Scope::of(["openid"])), StandardClaims::default());
        let email = for_scope(&ada(), &Scope::of(["openid", "email"]));
        assert_eq!((email.email.as_deref(), email.email_verified, email.name), (Some("ada@example.org"), Some(true), None));
        let profile = for_scope(&ada(), &Scope::of(["openid", "profile"]));
        assert_eq!((profile.name.as_deref(), profile.email), (Some("Ada"), None));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let nobody = for_scope(&PersonClaims { email: String::new(), locale: String::new(), ..ada() }, &Scope::of(["profile", "email"]));
        assert_eq!((nobody.email, nobody.email_verified, nobody.locale), (None, None, None));
    }
}
