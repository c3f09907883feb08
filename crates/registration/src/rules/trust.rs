//! What only an operator can give: an application that registered itself says who it is without anybody having looked.

use chabi_store::{
    application::{ClientAuthentication, RegisteredClient},
    application_settings::RegisteredBy,
};

use super::{Contradiction, grants::DEVICE_CODE};

/// Grants in which a person decides each time.
const BY_A_PERSON: [&str; 3] = ["authorization_code", "refresh_token", DEVICE_CODE];

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let by = application.settings.registered_by;
    if by == RegisteredBy::Operator {
        return;
    }
    let mut wrong = |member, value: &str, rule, hint| found.push(Contradiction::new(member, value, rule, hint));
    // RFC 9700 §4.15.1, ASVS 10.4.7: nothing that nobody was asked for
    for grant in application.grant_types.iter().filter(|grant| !BY_A_PERSON.contains(&grant.as_str())) {
        let hint = "an operator alone gives this grant: leave it out, or ask them to register the application";
        wrong("grant_types", grant, ("grant_type_privileged", "RFC 7591 §5"), hint);
    }
    if application.first_party {
        wrong("first_party", "", ("first_party_unproven", "RFC 7591 §5"), "people are asked to consent unless an operator says otherwise");
    }
    // OpenID Connect Core §8.1: what shows that a host is its own is that codes go there; by this grant they do not, and it could name
    // anybody's host
    if application.settings.pairwise && application.grant_types.iter().any(|grant| grant == DEVICE_CODE) {
        let hint = "leave device_code or pairwise out: this grant does not show that the host of the redirect URIs is its own";
        wrong("subject_type", "pairwise", ("pairwise_by_device", "OpenID Connect Core §8.1"), hint);
    }
    // CIMD §4.1: the document is public, so that no secret can be in it
    if by == RegisteredBy::Document
        && !matches!(application.authentication, ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt)
    {
        let hint = "a metadata document has no secret: use none or private_key_jwt";
        wrong("token_endpoint_auth_method", "", ("document_with_secret", "CIMD §4.1"), hint);
    }
}
