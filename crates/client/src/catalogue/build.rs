//! From an entry and an operator's settings to a provider.

use chabi_token::SecretText;
use serde::de::DeserializeOwned;
use toml::Value;

use super::{
    entry::{Entry, EntryProtocol, PlaceKind},
    fill::{self, Values},
    find,
    near::nearest,
};
use crate::{
    id_token::is_uuid,
    provider::{
        AccessTokenCheck, AuthenticationMethod, ClientAuthentication, EmailTrust, OAuth2Settings, OpenIdSettings, Protocol, Provider,
        RevokeCall, SignedSecret,
    },
    settings::{CustomOAuth2, ProviderSettings, ProviderSettingsError as Wrong, TrustEmail},
};

/// The tenant of Microsoft's personal accounts, the same for all of them.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The provider that an operator describes, under their own `id`. `secret` is what the provider calls client secret; Apple's is the text
/// of the `.p8` file, Telegram's the bot's token.
///
/// # Errors
/// [`ProviderSettingsError`](Wrong), which says what to mend.
pub fn provider(id: &str, settings: &ProviderSettings, secret: SecretText) -> Result<Provider, Wrong> {
    check_id(id)?;
    let entry = entry_of(settings)?;
    check_client_id(entry, settings.client_id.trim(), &secret)?;
    let values = fill::values(entry, &settings.values)?;
    let custom = custom_of(entry, settings)?;
    let (protocol, mut auth_params) = (protocol(entry, settings, custom, &values)?, entry.auth_params.clone());
    auth_params.extend(settings.auth_params.clone());
    if let Some(domain) = &settings.hosted_domain {
        auth_params.insert("hd".to_owned(), domain.clone());
    }
    let method = custom.map_or(entry.client_authentication, |custom| custom.client_authentication);
    let client_authentication = authentication(entry, method, &values, &secret)?;
    // a token is shown to the vendor's own endpoints when it is the vendor's: never when the operator named another issuer
    let vendors = is_entrys_own(entry, settings.issuer.as_deref());
    Ok(Provider {
        id: id.to_owned(),
        name: settings.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| name(entry, id)),
        entry: entry.id.clone(),
        client_id: settings.client_id.trim().to_owned(),
        client_secret: secret,
        protocol,
        scopes: settings.scopes.clone().unwrap_or_else(|| entry.scopes.iter().map(|scope| fill::filled(scope, &values)).collect()),
        scope_separator: custom.map_or(entry.scope_separator, |custom| custom.scope_separator),
        auth_params: auth_params.into_iter().map(|(name, value)| (name, fill::filled(&value, &values))).collect(),
        pkce: custom.map_or(entry.pkce, |custom| custom.pkce),
        client_authentication,
        email_trust: trust(entry, settings, &values),
        audiences: settings.audiences.clone(),
        native: entry.native.clone().filter(|native| vendors || native.keys_url.is_empty()),
        access_token_check: entry
            .access_token_check
            .clone()
            .filter(|_| vendors)
            .map(|check| AccessTokenCheck { url: fill::filled(&check.url, &values), ..check }),
        revoke: revoke(entry, custom, &values).filter(|_| vendors),
    })
}

fn revoke(entry: &Entry, custom: Option<&CustomOAuth2>, values: &Values) -> Option<RevokeCall> {
    match custom {
        Some(custom) if custom.revoke_url.is_empty() => None,
        Some(custom) => Some(RevokeCall { url: custom.revoke_url.clone(), parameter: "token".to_owned(), alone: false }),
        None => entry.revoke.clone().map(|call| RevokeCall { url: fill::filled(&call.url, values), ..call }),
    }
}

fn check_id(id: &str) -> Result<(), Wrong> {
    let plain =
        !id.is_empty() && id.len() <= 40 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if plain { Ok(()) } else { Err(Wrong::new("id", "use at most 40 lower-case letters, digits, `-` and `_`")) }
}

fn check_client_id(entry: &Entry, client_id: &str, secret: &SecretText) -> Result<(), Wrong> {
    if client_id.is_empty() && entry.needs_client_id() {
        return Err(Wrong::new("client_id", format!("the id that {} gave our application is needed", entry.name)));
    }
    let bot = secret.expose().trim().split_once(':').map(|(bot, _)| bot);
    if entry.protocol == EntryProtocol::SignedForm && bot != Some(client_id) {
        return Err(Wrong::new("client_id", "it must be the number before the colon of the bot's token, which is the secret"));
    }
    Ok(())
}

fn entry_of(settings: &ProviderSettings) -> Result<&'static Entry, Wrong> {
    let name = &*settings.catalogue;
    find(name).ok_or_else(|| {
        let known = super::all().iter().find(|entry| entry.also.iter().any(|also| also == name)).map(|entry| &*entry.id);
        let hint = match known.or_else(|| nearest(name, super::all().iter().map(|entry| &*entry.id))) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "any provider of OpenID Connect is `openid` with its `issuer`, any other of OAuth 2 is `oauth2` with `custom`".to_owned()
            }
        };
        Wrong::new("catalogue", format!("there is no entry `{name}`: {hint}"))
    })
}

/// Entries for any provider have no name of their own worth showing.
fn name(entry: &Entry, id: &str) -> String {
    if entry.takes_custom() || entry.needs_issuer() { id.to_owned() } else { entry.name.clone() }
}

fn custom_of<'a>(entry: &Entry, settings: &'a ProviderSettings) -> Result<Option<&'a CustomOAuth2>, Wrong> {
    match (&settings.custom, entry.takes_custom()) {
        (None, false) => Ok(None),
        (Some(custom), true) => check_custom(custom).map(|()| Some(custom)),
        (None, true) => Err(Wrong::new("custom", "needed: at least `authorize_url`, `token_url`, `profile.url` and `mapping.subject`")),
        (Some(_), false) => Err(Wrong::new("custom", "only the entry `oauth2` takes it: leave it out, or change `catalogue`")),
    }
}

fn check_custom(custom: &CustomOAuth2) -> Result<(), Wrong> {
    for (field, text) in [("authorize_url", &custom.authorize_url), ("token_url", &custom.token_url)] {
        let url: Option<url::Url> = text.parse().ok();
        if url.is_none_or(|url| !matches!(url.scheme(), "https" | "http") || url.host_str().is_none()) {
            return Err(Wrong::new(format!("custom.{field}"), "the whole URL is needed, with https://"));
        }
    }
    if !custom.mapping.subject.starts_with('/') {
        return Err(Wrong::new("custom.mapping.subject", "a JSON pointer to the person's id in the profile is needed, such as `/id`"));
    }
    if custom.client_authentication == AuthenticationMethod::Signed {
        return Err(Wrong::new("custom.client_authentication", "`signed` is Apple's alone: use `basic`, `post` or `none`"));
    }
    Ok(())
}

/// What an entry is believed is the vendor's own, and no other's who speaks as it does: an issuer that the operator named, or a host of
/// theirs, is believed when the operator says so, and else not at all.
pub(super) fn trust(entry: &Entry, settings: &ProviderSettings, values: &Values) -> EmailTrust {
    match settings.trust_email {
        TrustEmail::Entry if is_entrys_own(entry, settings.issuer.as_deref()) && stands_at_the_vendors(entry, values) => {
            entry.trust.clone()
        }
        TrustEmail::Entry | TrustEmail::Never => EmailTrust::Never,
        TrustEmail::WhenVerified => EmailTrust::WhenVerified,
    }
}

/// Whether nobody named an issuer, or the entry's own.
fn is_entrys_own(entry: &Entry, issuer: Option<&str>) -> bool {
    let own = entry.settings.get("issuer").and_then(Value::as_str);
    issuer.map(str::trim).filter(|issuer| !issuer.is_empty()).is_none_or(|issuer| own == Some(issuer))
}

/// Whether every host is the one that the entry has by itself. A place without a default is whoever's the operator filled in, also where
/// one issuer is written by all of them (Oracle's identity domains).
fn stands_at_the_vendors(entry: &Entry, values: &Values) -> bool {
    let mut hosts = entry.places.iter().filter(|(_, place)| place.kind == PlaceKind::Host);
    hosts.all(|(name, place)| place.default.is_some() && values.get(name) == place.default.as_ref())
}

fn protocol(entry: &Entry, settings: &ProviderSettings, custom: Option<&CustomOAuth2>, values: &Values) -> Result<Protocol, Wrong> {
    if settings.issuer.is_some() && entry.protocol != EntryProtocol::OpenId {
        return Err(Wrong::new("issuer", format!("{} does not speak OpenID Connect: leave it out", entry.name)));
    }
    if settings.hosted_domain.is_some() && !entry.takes_hosted_domain {
        return Err(Wrong::new("hosted_domain", format!("{} has no such claim: leave it out", entry.name)));
    }
    match (entry.protocol, custom) {
        (EntryProtocol::OpenId, _) => openid(entry, settings, values).map(|settings| Protocol::OpenId(Box::new(settings))),
        (EntryProtocol::OAuth2, Some(custom)) => Ok(Protocol::OAuth2(Box::new(oauth2(custom.settings())))),
        (EntryProtocol::OAuth2, None) => Ok(Protocol::OAuth2(Box::new(oauth2(filled(entry, values)?)))),
        (EntryProtocol::OpenId2, _) => filled(entry, values).map(|settings| Protocol::OpenId2(Box::new(settings))),
        (EntryProtocol::SignedForm, _) => filled(entry, values).map(|settings| Protocol::SignedForm(Box::new(settings))),
    }
}

/// The entry's own settings, with an operator's values in their places.
fn filled<S: DeserializeOwned>(entry: &Entry, values: &Values) -> Result<S, Wrong> {
    let mut template = Value::Table(entry.settings.clone());
    fill::fill(&mut template, values);
    template.try_into().map_err(|error| Wrong::new("catalogue", format!("the entry `{}` cannot be read: {error}", entry.id)))
}

/// Where a vendor has no issuer, the origin of its page stands for one.
fn oauth2(settings: OAuth2Settings) -> OAuth2Settings {
    if !settings.issuer.is_empty() {
        return settings;
    }
    let origin = settings.authorize_url.parse::<url::Url>().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    OAuth2Settings { issuer: origin, ..settings }
}

fn openid(entry: &Entry, settings: &ProviderSettings, values: &Values) -> Result<OpenIdSettings, Wrong> {
    let mut openid: OpenIdSettings = filled(entry, values)?;
    openid.hosted_domain.clone_from(&settings.hosted_domain);
    if openid.tenants.is_some() {
        settle_tenant(&mut openid, values)?;
    }
    if let Some(issuer) = settings.issuer.as_deref().map(str::trim).filter(|issuer| !is_entrys_own(entry, Some(*issuer))) {
        let url: Option<url::Url> = issuer.parse().ok();
        let plain = url.is_some_and(|url| matches!(url.scheme(), "https" | "http") && url.query().is_none() && url.fragment().is_none());
        if !plain {
            return Err(Wrong::new("issuer", "the issuer's URL is needed, as `issuer` in its discovery document has it"));
        }
        // the vendor's own ways around the standard are not another issuer's
        openid = OpenIdSettings { issuer: issuer.to_owned(), discovery_url: None, other_issuers: Vec::new(), tenants: None, ..openid };
    }
    if openid.issuer.is_empty() {
        return Err(Wrong::new("issuer", "needed: the URL below which /.well-known/openid-configuration stands"));
    }
    Ok(openid)
}

/// Microsoft, "OpenID Connect on the Microsoft identity platform": the documents of `common` and `organizations` have a template for an
/// issuer, that of `consumers` names the tenant of personal accounts, and that of a tenant names the tenant.
fn settle_tenant(openid: &mut OpenIdSettings, values: &Values) -> Result<(), Wrong> {
    let tenant = values.get("tenant").map(String::as_str).unwrap_or_default();
    let one = match tenant {
        "common" => return Ok(()),
        "organizations" => {
            if let Some(tenants) = &mut openid.tenants {
                tenants.refused = vec![PERSONAL_ACCOUNTS.to_owned()];
            }
            return Ok(());
        }
        "consumers" => PERSONAL_ACCOUNTS,
        id if is_uuid(id) => id,
        _ => {
            return Err(Wrong::new(
                "values.tenant",
                "use the directory's id (a UUID in lower case), `organizations`, `consumers` or `common`; a domain's name is not enough, \
                 since tokens do not hold it",
            ));
        }
    };
    openid.issuer = openid.issuer.replace("{tenantid}", one);
    openid.tenants = None;
    Ok(())
}

fn authentication(
    entry: &Entry,
    method: AuthenticationMethod,
    values: &Values,
    secret: &SecretText,
) -> Result<ClientAuthentication, Wrong> {
    let value = |name: &str| values.get(name).map(String::as_str).unwrap_or_default();
    if method == AuthenticationMethod::None {
        return Ok(ClientAuthentication::None);
    }
    if secret.expose().trim().is_empty() {
        let optional = entry.secret_optional.then_some(ClientAuthentication::None);
        return optional.ok_or_else(|| Wrong::new("client_secret", format!("{} needs one", entry.name)));
    }
    match method {
        AuthenticationMethod::Basic => Ok(ClientAuthentication::Basic),
        AuthenticationMethod::Post => Ok(ClientAuthentication::Post),
        AuthenticationMethod::None => Ok(ClientAuthentication::None),
        AuthenticationMethod::Signed => {
            let signed = SignedSecret::from_pem(value("team_id"), value("key_id"), secret.expose());
            signed
                .map(|signed| ClientAuthentication::Signed(Box::new(signed)))
                .map_err(|error| Wrong::new("client_secret", error.to_string()))
        }
    }
}
