//! Sites: adding, changing, removing. What is wrong is told for each field, in words that say how to mend it.

use chabi_pages::{Look, NotALook};
use chabi_spec::{Fault, issuer::Issuer};
use chabi_store::{
    Store, Verbs,
    account::Insertion,
    installation::CONFIGURATION,
    site::{MAIN, Site, SiteAccounts, SiteSettings, host_of},
};
use chabi_token::{Env, Seconds, Timestamp};

use super::fault_of;

/// Most letters of a name.
const LONGEST_NAME: usize = 100;
/// Most letters of an id.
const LONGEST_ID: usize = 32;
/// Where a new site is made, beside the pages of those that are there.
const PAGE_OF_THE_CONSOLE: &str = "new";
/// NIST SP 800-63B-4 §2.1.3.
const LONGEST_SESSION: Seconds = Seconds::days(30);
const SHORTEST_SESSION: Seconds = Seconds::minutes(1);

/// What is wrong with one field of a site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {words}")]
pub struct SiteProblem {
    /// Such as `issuer`.
    pub field: &'static str,
    /// How to mend it.
    pub words: String,
}

/// Why a site is not as somebody wants it.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// Rules that it breaks: all of them, a line each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<SiteProblem>),
    /// Another one has this.
    #[error("there is a site with this id or this host already: each site has a host of its own")]
    Taken,
    /// One that had this id was removed.
    #[error("{}", removed_words(.0))]
    Removed(String),
    /// Not there.
    #[error("there is no such site")]
    Unknown,
    /// It is the installation itself.
    #[error("the main site can be neither removed nor switched off: it is the issuer of the configuration")]
    Main,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why no site gets the id of one that was removed.
pub(crate) fn removed_words(id: &str) -> String {
    format!("a site `{id}` was removed, and its accounts and applications would be this one's: choose another id")
}

/// Every rule that it breaks, beside the main site of this issuer.
#[must_use]
pub fn check(site: &Site, main_issuer: &str) -> Vec<SiteProblem> {
    let mut problems = Vec::new();
    let mut add = |field, words: Option<String>| problems.extend(words.map(|words| SiteProblem { field, words }));
    add("id", id_problem(&site.id));
    match site.id == MAIN {
        true => {
            add("issuer", (site.issuer != main_issuer).then(|| format!("the main site's is the configured one, {main_issuer}")));
            let separate = site.accounts == SiteAccounts::Separate;
            add("accounts", separate.then(|| "the main site's accounts are those that sites share".to_owned()));
        }
        false => add("issuer", issuer_problem(&site.issuer, main_issuer)),
    }
    add("name", name_problem(&site.name));
    let theme = &site.theme;
    let told = |look: Result<Look, NotALook>| look.err().map(|error| error.to_string());
    add("theme.accent_light", told(Look::new(&theme.accent_light, "", "", &[])));
    add("theme.accent_dark", told(Look::new("", &theme.accent_dark, "", &[])));
    add("theme.logo", told(Look::new("", "", &theme.logo, &[])));
    add("languages", told(Look::new("", "", "", &site.languages)));
    for name in theme.unknown.keys() {
        add("theme", Some(format!("there is no `{name}`; there are `accent_light`, `accent_dark` and `logo`")));
    }
    for (field, words) in settings_problems(&site.settings) {
        add(field, Some(words));
    }
    problems
}

fn id_problem(id: &str) -> Option<String> {
    let plain = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let good = plain && id.starts_with(|letter: char| letter.is_ascii_lowercase()) && id.len() <= LONGEST_ID;
    if id == PAGE_OF_THE_CONSOLE {
        return Some("a page of ours has this name: choose another".to_owned());
    }
    (!good).then(|| format!("begin with a letter, and use `a` to `z`, digits and `-`, {LONGEST_ID} at the most"))
}

fn issuer_problem(issuer: &str, main_issuer: &str) -> Option<String> {
    let parsed = match Issuer::parse(issuer) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    let main_path = chabi_spec::issuer::split(main_issuer).1;
    if host_of(issuer) == host_of(main_issuer) {
        return Some(format!(
            "`{}` is the main site's host: requests are told apart by their host, so each site needs its own",
            host_of(issuer)
        ));
    }
    (parsed.path() != main_path).then(|| match main_path {
        "" => format!("leave `{}` out: all sites live at the root of their hosts, as the main site does", parsed.path()),
        path => format!("let it end in `{path}`: all sites live below the path of the main site's issuer"),
    })
}

fn name_problem(name: &str) -> Option<String> {
    let good = !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    (!good).then(|| format!("people read it on every page: 1 to {LONGEST_NAME} letters"))
}

fn settings_problems(settings: &SiteSettings) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let spans = [
        ("settings.session_idle", settings.session_idle),
        ("settings.session_absolute", settings.session_absolute),
        ("settings.session_fresh", settings.session_fresh),
    ];
    for (name, span) in spans {
        if span.is_some_and(|span| !(SHORTEST_SESSION.0..=LONGEST_SESSION.0).contains(&span)) {
            problems.push((name, format!("{} to {} seconds", SHORTEST_SESSION.0, LONGEST_SESSION.0)));
        }
    }
    if let (Some(idle), Some(absolute)) = (settings.session_idle, settings.session_absolute)
        && idle > absolute
    {
        problems.push(("settings.session_idle", "it cannot be longer than `session_absolute`".to_owned()));
    }
    problems.extend(settings.unknown.keys().map(|name| ("settings", format!("there is no setting `{name}`"))));
    problems
}

/// Adds a site.
///
/// # Errors
/// [`SiteError`].
pub async fn add(store: &Store, site: Site, main_issuer: &str) -> Result<(), SiteError> {
    let mut problems = check(&site, main_issuer);
    if site.id == MAIN {
        problems.push(SiteProblem { field: "id", words: "`main` is the site of the configuration: choose another id".to_owned() });
    }
    refuse(problems)?;
    let id = site.id.clone();
    let inserted = store.transaction("add_site", move |verbs| {
        let site = site.clone();
        Box::pin(async move { Ok(insert(verbs, site).await?) })
    });
    match done(store, inserted.await)? {
        Insertion::Done => Ok(()),
        Insertion::Taken if store.is_site_removed(&id).await? => Err(SiteError::Removed(id)),
        Insertion::Taken => Err(SiteError::Taken),
    }
}

/// Changes a site: all but its id, its issuer and whose accounts it knows, which stay what they are. The main site has a row from its first
/// change on.
///
/// # Errors
/// [`SiteError`].
pub async fn change(store: &Store, site: Site, main_issuer: &str) -> Result<(), SiteError> {
    refuse(check(&site, main_issuer))?;
    if site.id == MAIN && site.disabled_at.is_some() {
        return Err(SiteError::Main);
    }
    let changed = store.transaction("change_site", move |verbs| {
        let site = site.clone();
        Box::pin(async move { Ok(update(verbs, site).await?) })
    });
    match done(store, changed.await)? {
        true => Ok(()),
        false => Err(SiteError::Unknown),
    }
}

/// As [`add`] or [`change`], whichever is needed: for sites that are declared. A declared site of another issuer than the one that is there,
/// or with other accounts, is another site, and refused.
///
/// # Errors
/// [`SiteError`].
pub async fn put(store: &Store, site: Site, main_issuer: &str) -> Result<(), SiteError> {
    match store.find_site(&site.id).await? {
        None if site.id != MAIN => add(store, site, main_issuer).await,
        Some(before) if before.id != MAIN && (before.issuer != site.issuer || before.accounts != site.accounts) => {
            let words =
                format!("it is {} with {} accounts, which cannot be changed: remove it first", before.issuer, before.accounts.word());
            Err(SiteError::Problems(vec![SiteProblem { field: "issuer", words }]))
        }
        // nothing to write, and no node to tell
        Some(before) if before == (Site { created_at: before.created_at, ..site.clone() }) => Ok(()),
        _ => change(store, site, main_issuer).await,
    }
}

/// Removes a site. What it made goes on to be refused by all others; accounts that were its own lead nowhere, and no other site gets its
/// id.
///
/// # Errors
/// [`SiteError`].
pub async fn remove(store: &Store, id: &str, env: &Env) -> Result<(), SiteError> {
    if id == MAIN {
        return Err(SiteError::Main);
    }
    let (id, now) = (id.to_owned(), env.now());
    let removed = store.transaction("remove_site", move |verbs| {
        let id = id.clone();
        Box::pin(async move { Ok(delete(verbs, &id, now).await?) })
    });
    match done(store, removed.await)? {
        true => Ok(()),
        false => Err(SiteError::Unknown),
    }
}

/// The statements of [`add`], for use inside a transaction, after [`check`].
///
/// # Errors
/// The store's fault.
pub async fn insert(verbs: &dyn Verbs, site: Site) -> Result<Insertion, Fault> {
    verbs.bump_version(CONFIGURATION).await?;
    verbs.insert_site(site).await
}

/// Those of [`change`]. `false`: there is none.
///
/// # Errors
/// The store's fault.
pub async fn update(verbs: &dyn Verbs, site: Site) -> Result<bool, Fault> {
    verbs.bump_version(CONFIGURATION).await?;
    let main = site.id == MAIN;
    if verbs.update_site(site.clone()).await? {
        return Ok(true);
    }
    Ok(main && verbs.insert_site(site).await? == Insertion::Done)
}

/// Those of [`remove`]. `false`: there was none.
///
/// # Errors
/// The store's fault.
pub async fn delete(verbs: &dyn Verbs, id: &str, now: Timestamp) -> Result<bool, Fault> {
    verbs.bump_version(CONFIGURATION).await?;
    for grant in verbs.list_role_grants().await?.into_iter().filter(|grant| grant.site.as_deref() == Some(id)) {
        verbs.delete_role_grant(grant.id).await?;
    }
    // a token that lets register there lets nobody any more
    for token in verbs.list_initial_access_tokens(now).await?.into_iter().filter(|token| token.site == id) {
        verbs.delete_initial_access_token(token.id).await?;
    }
    verbs.delete_site(id, now).await
}

fn refuse(problems: Vec<SiteProblem>) -> Result<(), SiteError> {
    if problems.is_empty() { Ok(()) } else { Err(SiteError::Problems(problems)) }
}

fn done<T>(store: &Store, outcome: Result<T, chabi_spec::Failure>) -> Result<T, SiteError> {
    let outcome = outcome.map_err(|failure| SiteError::Fault(fault_of(failure)))?;
    store.configuration_changed();
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use chabi_store::site::Theme;

    use super::*;

    const MAIN_ISSUER: &str = "https://id.example";

    fn site() -> Site {
        Site {
            id: "b".into(),
            issuer: "https://b.example".into(),
            name: "B".into(),
            theme: Theme::default(),
            languages: vec![],
            accounts: SiteAccounts::Shared,
            settings: SiteSettings::default(),
            created_at: Timestamp(0),
            disabled_at: None,
        }
    }

    fn fields(site: &Site) -> Vec<&'static str> {
        check(site, MAIN_ISSUER).into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_plain_site_breaks_no_rule() {
        assert_eq!(check(&site(), MAIN_ISSUER), []);
        assert_eq!(check(&Site { issuer: "http://b.localhost:8000".into(), ..site() }, "http://localhost:8000"), []);
    }

    #[test]
    fn each_rule_names_its_field() {
        for id in ["", "new", "B", "1b", "b c", "b.c", &"b".repeat(33)] {
            assert_eq!(fields(&Site { id: id.into(), ..site() }), ["id"], "{id}");
        }
        for issuer in ["b.example", "http://b.example", "https://b.example/", "https://b.example/x", MAIN_ISSUER, "https://id.example/x"] {
            assert_eq!(fields(&Site { issuer: issuer.into(), ..site() }), ["issuer"], "{issuer}");
        }
        assert_eq!(fields(&Site { name: " ".into(), ..site() }), ["name"]);
        assert_eq!(fields(&Site { languages: vec!["fr".into()], ..site() }), ["languages"]);
        assert_eq!(fields(&Site { theme: Theme { accent_light: "#ffff00".into(), ..Theme::default() }, ..site() }), ["theme.accent_light"]);
        let settings = SiteSettings { session_idle: Some(7_200), session_absolute: Some(3_600), ..SiteSettings::default() };
        assert_eq!(fields(&Site { settings, ..site() }), ["settings.session_idle"]);
        let settings: SiteSettings = serde_json::from_str(r#"{"sign_up_opne": false}"#).unwrap();
        assert_eq!(fields(&Site { settings, ..site() }), ["settings"]);
    }

    #[test]
    fn below_a_path_all_sites_are_below_it() {
        let main = "https://id.example/auth";
        assert_eq!(check(&Site { issuer: "https://b.example/auth".into(), ..site() }, main), []);
        let told = check(&site(), main);
        assert!(told.first().unwrap().words.contains("`/auth`"), "{told:?}");
    }

    #[test]
    fn the_main_site_keeps_its_issuer_and_its_accounts() {
        let main = Site { id: MAIN.into(), issuer: MAIN_ISSUER.into(), ..site() };
        assert_eq!(check(&main, MAIN_ISSUER), []);
        assert_eq!(fields(&Site { accounts: SiteAccounts::Separate, ..main.clone() }), ["accounts"]);
        assert_eq!(fields(&Site { issuer: "https://c.example".into(), ..main }), ["issuer"]);
    }
}
