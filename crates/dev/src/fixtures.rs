//! The people, applications and APIs that exist in development mode, and nowhere else.
//!
//! Their passwords and secrets are printed in this file and at every start, so they are worth nothing: `serve` never makes them, and
//! refuses a database in which `dev` did.

/// A test person with a local account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestPerson {
    /// Short name for the command line, such as `ada`.
    pub key: &'static str,
    /// E-mail address, which is also the login name.
    pub email: &'static str,
    /// Full name.
    pub name: &'static str,
    /// Given name.
    pub given_name: &'static str,
    /// Family name.
    pub family_name: &'static str,
    /// BCP 47 tag of the language of their pages.
    pub locale: &'static str,
    /// Long enough and unlike any leaked one.
    pub password: &'static str,
    /// Whether the address counts as verified.
    pub email_verified: bool,
}

/// The people, in the order in which they are printed. Every personal address is in `example.test`, which can never receive mail (RFC 2606).
pub const PEOPLE: [TestPerson; 3] = [
    TestPerson {
        key: "ada",
        email: "ada@example.test",
        name: "Ada Lovelace",
        given_name: "Ada",
        family_name: "Lovelace",
        locale: "en",
        password: "lantern-orbit-mango-71",
        email_verified: true,
    },
    TestPerson {
        key: "bina",
        email: "bina@example.test",
        name: "বীণা দাস",
        given_name: "বীণা",
        family_name: "দাস",
        locale: "bn",
        password: "padma-kingfisher-brass-38",
        email_verified: true,
    },
    TestPerson {
        key: "uma",
        email: "uma@example.test",
        name: "Uma Unverified",
        given_name: "Uma",
        family_name: "Unverified",
        locale: "en",
        password: "quartz-bicycle-monsoon-94",
        email_verified: false,
    },
];

/// An application registered in development mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestApplication {
    /// `client_id`.
    pub client_id: &'static str,
    /// What people read on the consent page.
    pub name: &'static str,
    /// None: a public client, which proves itself by PKCE alone.
    pub client_secret: Option<&'static str>,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Exact URIs to return to after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes that it may ask for.
    pub scopes: &'static str,
    /// Grant types that it may use.
    pub grant_types: &'static [&'static str],
    /// Audience of its access tokens when it names no `resource`.
    pub audience: String,
    /// Ours: people are not asked to consent to it.
    pub first_party: bool,
}

/// `client_id` of the demo app.
pub const DEMO_CLIENT_ID: &str = "demo";
/// Scopes that the demo app asks for.
pub const DEMO_SCOPES: &str = "openid profile email notes:read notes:write";
/// Scope of reading notes.
pub const NOTES_READ: &str = "notes:read";
/// Scope of writing notes.
pub const NOTES_WRITE: &str = "notes:write";

/// `client_id` of the confidential application that developers paste into their own project.
pub const DEV_CLIENT_ID: &str = "dev";
/// Its secret, known to everybody.
pub const DEV_CLIENT_SECRET: &str = "chabi_cs_development-only-known-to-everybody-0001";
/// `client_id` of the application without people (client credentials).
pub const MACHINE_CLIENT_ID: &str = "dev-machine";
/// Its secret, known to everybody.
pub const MACHINE_CLIENT_SECRET: &str = "chabi_cs_development-only-known-to-everybody-0002";

/// Where the fake Google lives below the public URL; with the public URL in front it is its issuer.
pub const GOOGLE_PATH: &str = "/dev/idp/google";
/// Our client id at the fake Google.
pub const GOOGLE_CLIENT_ID: &str = "1029384756-chabi-dev.apps.googleusercontent.test";
/// Our client secret at the fake Google.
pub const GOOGLE_CLIENT_SECRET: &str = "GOCSPX-development-only-fake-google";
/// Path of our callback for Google, below the public URL.
pub const GOOGLE_CALLBACK: &str = "/accounts/google/login/callback/";

/// Where the fake Facebook lives below the public URL.
pub const FACEBOOK_PATH: &str = "/dev/idp/facebook";
/// Version of the fake Graph API, the first path segment of its endpoints.
pub const FACEBOOK_VERSION: &str = "v24.0";
/// Our app id at the fake Facebook.
pub const FACEBOOK_APP_ID: &str = "100200300400500";
/// Our app secret at the fake Facebook.
pub const FACEBOOK_APP_SECRET: &str = "0fdevelopmentonlyfakefacebook0f00";
/// Path of our callback for Facebook, below the public URL.
pub const FACEBOOK_CALLBACK: &str = "/accounts/facebook/login/callback/";

/// Where the fake Apple lives below the public URL; with the public URL in front it is its issuer.
pub const APPLE_PATH: &str = "/dev/idp/apple";
/// Our services id at the fake Apple. Its secret is a key, which is made at every start.
pub const APPLE_CLIENT_ID: &str = "test.example.chabi.dev";
/// Our team at the fake Apple.
pub const APPLE_TEAM_ID: &str = "CHABIDEV01";
/// The id of our key at the fake Apple.
pub const APPLE_KEY_ID: &str = "DEVKEY0001";
/// Path of our callback for Apple, below the public URL.
pub const APPLE_CALLBACK: &str = "/accounts/apple/login/callback/";

/// Where the fake GitHub lives below the public URL; its API is at `/api/v3` below that.
pub const GITHUB_PATH: &str = "/dev/idp/github";
/// Our client id at the fake GitHub.
pub const GITHUB_CLIENT_ID: &str = "Ov23lichabidevelopment";
/// Our client secret at the fake GitHub.
pub const GITHUB_CLIENT_SECRET: &str = "0fdevelopmentonlyfakegithub0f00";
/// Path of our callback for GitHub, below the public URL.
pub const GITHUB_CALLBACK: &str = "/accounts/github/login/callback/";

/// Where the fake Microsoft lives below the public URL; a tenant follows.
pub const MICROSOFT_PATH: &str = "/dev/idp/microsoft";
/// The tenant of the fake Microsoft in which our application is registered, and most of its personas are.
pub const MICROSOFT_TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
/// Our application id at the fake Microsoft.
pub const MICROSOFT_CLIENT_ID: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// Our client secret at the fake Microsoft.
pub const MICROSOFT_CLIENT_SECRET: &str = "dev8Q~development-only-fake-microsoft";
/// Path of our callback for Microsoft, below the public URL.
pub const MICROSOFT_CALLBACK: &str = "/accounts/microsoft/login/callback/";

/// Audience of the demo API.
#[must_use]
pub fn demo_audience(public_url: &str) -> String {
    format!("{public_url}/demo/api")
}

/// The demo app's redirect URI.
#[must_use]
pub fn demo_redirect_uri(public_url: &str) -> String {
    format!("{public_url}/demo/callback")
}

/// Where the demo app returns to after logout.
#[must_use]
pub fn demo_post_logout_uri(public_url: &str) -> String {
    format!("{public_url}/demo")
}

/// The applications, for this public URL.
#[must_use]
pub fn applications(public_url: &str) -> Vec<TestApplication> {
    let audience = demo_audience(public_url);
    vec![
        TestApplication {
            client_id: DEMO_CLIENT_ID,
            name: "Demo app",
            client_secret: None,
            redirect_uris: vec![demo_redirect_uri(public_url)],
            post_logout_redirect_uris: vec![demo_post_logout_uri(public_url)],
            scopes: DEMO_SCOPES,
            grant_types: &["authorization_code", "refresh_token"],
            audience: audience.clone(),
            first_party: false,
        },
        TestApplication {
            client_id: DEV_CLIENT_ID,
            name: "My app in development",
            client_secret: Some(DEV_CLIENT_SECRET),
            redirect_uris: ["http://localhost:3000/callback", "http://127.0.0.1:3000/callback"].map(str::to_owned).to_vec(),
            post_logout_redirect_uris: ["http://localhost:3000/", "http://127.0.0.1:3000/"].map(str::to_owned).to_vec(),
            scopes: "openid profile email offline_access notes:read notes:write",
            grant_types: &["authorization_code", "refresh_token"],
            audience: audience.clone(),
            first_party: false,
        },
        TestApplication {
            client_id: MACHINE_CLIENT_ID,
            name: "A machine",
            client_secret: Some(MACHINE_CLIENT_SECRET),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: "notes:read notes:write",
            grant_types: &["client_credentials"],
            audience,
            first_party: true,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_their_own_keys_and_long_passwords_of_their_own() {
        for (position, person) in PEOPLE.iter().enumerate() {
            assert!(person.password.len() >= 20, "{}", person.key);
            assert!(person.email.ends_with("@example.test"));
            let others = PEOPLE.iter().skip(position + 1);
            assert!(others.clone().all(|other| other.key != person.key && other.password != person.password));
        }
    }

    #[test]
    fn every_application_has_the_demo_api_as_its_audience() {
        let applications = applications("http://localhost:8000");
        assert!(applications.iter().all(|one| one.audience == "http://localhost:8000/demo/api"));
        assert!(applications.iter().any(|one| one.client_id == DEMO_CLIENT_ID && one.client_secret.is_none()));
    }
}
