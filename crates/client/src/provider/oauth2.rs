//! A provider of OAuth 2 without OpenID Connect: endpoints, and where in its answers a person stands.

use serde::{Deserialize, Serialize};

/// A provider of OAuth 2 without OpenID Connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuth2Settings {
    /// The issuer half of the key of its people: constant, never sent to anybody.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorize_url: String,
    /// Where the code is exchanged.
    pub token_url: String,
    /// How the token request is written.
    pub token_request: TokenRequestShape,
    /// What it calls our id and our secret.
    pub parameter_names: ParameterNames,
    /// More headers of the token request; values may hold `{client_id}`.
    pub token_headers: Vec<(String, String)>,
    /// The grant that makes a token live on, which is also the name of the parameter that holds the token (Facebook:
    /// `fb_exchange_token`); empty: `refresh_token` (RFC 6749 §6).
    pub refresh_grant: String,
    /// The call for the profile.
    pub profile: ProfileCall,
    /// A second call, for the address, where the profile has none that is verified.
    pub emails: Option<EmailsCall>,
    /// Where in the profile the person stands.
    pub mapping: ProfileMapping,
}

/// How a token request is written. RFC 6749 §4.1.3 knows the form alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRequestShape {
    /// A form.
    #[default]
    Form,
    /// A JSON object (Notion).
    Json,
    /// `GET`, with everything in the query (WeChat).
    Query,
}

/// Names of parameters and members, where a vendor has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParameterNames {
    /// Our id, at the page where the browser is sent: `client_id` nearly everywhere.
    pub id: String,
    /// Our id, in the token request, where it has another name there.
    pub id_in_token_request: Option<String>,
    /// Our secret: `client_secret` nearly everywhere.
    pub secret: String,
    /// The kind of the token request: `grant_type` nearly everywhere.
    pub grant_type: String,
    /// The access token, in the token response: `access_token` nearly everywhere.
    pub access_token: String,
}

impl Default for ParameterNames {
    fn default() -> Self {
        let [id, secret, grant_type, access_token] = ["client_id", "client_secret", "grant_type", "access_token"].map(str::to_owned);
        Self { id, id_in_token_request: None, secret, grant_type, access_token }
    }
}

/// The call for the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileCall {
    /// Where the profile is, with its query; empty: the token response is the profile. `{client_id}` stands for our id,
    /// `{token.<member>}` for a member of the token response.
    pub url: String,
    /// How it is asked for.
    pub method: ProfileMethod,
    /// Where the access token stands in the call.
    pub token: TokenPlace,
    /// More headers; values may hold `{client_id}`.
    pub headers: Vec<(String, String)>,
    /// The JSON body of [`ProfileMethod::PostJson`].
    pub body: String,
    /// Whether the call carries `appsecret_proof`: the access token's HMAC under our secret (Facebook).
    pub appsecret_proof: bool,
    /// The member that says whether the call succeeded, at providers that answer everything with status 200.
    pub status: Option<StatusMember>,
}

/// How a profile is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileMethod {
    /// `GET`.
    #[default]
    Get,
    /// `POST` of a form with `access_token` and our id (VK).
    PostForm,
    /// `POST` of a JSON body (Dropbox, GraphQL).
    PostJson,
}

/// Where an access token stands in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPlace {
    /// In `Authorization`, under this scheme: `Bearer` (RFC 6750 §2.1) nearly everywhere.
    Scheme(String),
    /// In the query, under this name (RFC 6750 §2.3): for providers that know no other way.
    Query(String),
    /// In a header of this name, alone (DingTalk).
    Header(String),
}

impl Default for TokenPlace {
    fn default() -> Self {
        Self::Scheme("Bearer".to_owned())
    }
}

/// A member that says whether a call succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusMember {
    /// JSON pointer (RFC 6901) to it.
    pub at: String,
    /// Its text when all is well; a member that is absent says the same.
    pub fine: String,
}

/// A call that tells a person's addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmailsCall {
    /// Where they are; asked with the access token, as the profile is.
    pub url: String,
    /// JSON pointer to the list; empty: the whole answer.
    pub list: String,
    /// Member of an element: the address.
    pub address: String,
    /// Member of an element: whether it is the one that the person uses. Only JSON `true` counts.
    pub primary: String,
    /// Member of an element: whether it is verified. Only JSON `true` counts.
    pub verified: String,
}

/// JSON pointers (RFC 6901) into a profile; an empty one names nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileMapping {
    /// The stable id, a string or a number. Never a name or an address.
    pub subject: String,
    /// The e-mail address.
    pub email: String,
    /// Whether that address is verified: each of these must be JSON `true`; none: it is not.
    pub email_verified: Vec<String>,
    /// The text `"true"` counts as well, at vendors that are known to write it.
    pub flags_as_text: bool,
    /// The provider tells addresses only when they are verified (X: `confirmed_email`).
    pub tells_verified_emails_alone: bool,
    /// The whole name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The picture's URL.
    pub picture: String,
}
