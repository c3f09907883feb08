//! Whether a redirect URI would be taken, before it is saved.

use chabi_registration::{About, rules};
use chabi_spec::Scope;
use chabi_store::application::{ClientAuthentication, Profile, RegisteredClient};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::making::kind_of;
use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation},
};

/// Checks a redirect URI.
#[derive(Debug)]
pub struct CheckRedirectUri;

/// Which, and for what.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckRedirectUriInput {
    /// Which, and for what.
    pub body: RedirectUriCheck,
}

/// A redirect URI, and the kind of application that it is for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedirectUriCheck {
    /// The redirect URI.
    pub redirect_uri: String,
    /// For an application that is installed on a device.
    #[serde(default)]
    pub native: bool,
}

/// What would be said of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RedirectUriVerdict {
    /// Whether it would be taken.
    pub taken: bool,
    /// Why not, and what would be.
    pub problems: Vec<String>,
}

impl Operation for CheckRedirectUri {
    const NAME: &'static str = "applications.check_redirect_uri";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/redirect-uri-check";
    const PERMISSION: Permission = Permission::SeeApplications;
    const ABOUT: &'static str = "Says whether a redirect URI would be taken, and why not. Changes nothing.";
    type Input = CheckRedirectUriInput;
    type Output = RedirectUriVerdict;

    async fn run(call: &Call, input: Self::Input) -> Result<RedirectUriVerdict, OperationError> {
        let RedirectUriCheck { redirect_uri, native } = input.body;
        let draft = RegisteredClient {
            client_id: "draft".to_owned(),
            name: "draft".to_owned(),
            profile: Profile::OAuth21,
            kind: kind_of(native),
            authentication: ClientAuthentication::None,
            secret_hashes: Vec::new(),
            redirect_uris: vec![redirect_uri],
            post_logout_redirect_uris: Vec::new(),
            origins: Vec::new(),
            grant_types: vec!["authorization_code".to_owned()],
            scope: Scope::of(["openid"]),
            default_audience: String::new(),
            id_token_alg: "RS256".to_owned(),
            first_party: false,
            disabled_at: None,
            created_at: call.admin.env.now(),
            settings: Default::default(),
        };
        let found = rules::check(&draft, call.admin.place);
        let problems: Vec<String> = found.iter().filter(|found| found.about == About::RedirectUri).map(ToString::to_string).collect();
        Ok(RedirectUriVerdict { taken: problems.is_empty(), problems })
    }
}
