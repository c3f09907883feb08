//! What an installation says of a token: the site that it claims to be of judges it, since no other one takes it.

use anyhow::Result;
use chabi::{Chabi, MAIN_SITE, SiteHandle, Standing, UnverifiedToken};
use serde::Serialize;

/// What is said of a token.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// The site that judged; absent: the token is of none of ours.
    pub site: Option<String>,
    /// That site's issuer.
    pub issuer: Option<String>,
    /// Whether a key that we publish signed it; absent: it has no signature.
    pub signature: Option<bool>,
    /// What is wrong with the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_words: Option<String>,
    /// Whether APIs of its audience take it now.
    pub accepted: bool,
    /// Why, or why not.
    pub words: String,
}

impl Verdict {
    /// For people.
    pub fn lines(&self) -> String {
        let site = self.site.as_ref().zip(self.issuer.as_ref()).map(|(site, issuer)| format!("site       {site}: {issuer}\n"));
        let signature = match (self.signature, &self.signature_words) {
            (Some(true), _) => "signature  good: by a key that this installation publishes\n".to_owned(),
            (Some(false), words) => format!("signature  NOT good: {}\n", words.as_deref().unwrap_or_default()),
            (None, _) => String::new(),
        };
        format!("{}{signature}accepted   {}{}\n", site.unwrap_or_default(), if self.accepted { "yes" } else { "no" }, self.words)
    }
}

/// Judges a token, by the site of its `iss`; an opaque one by each site in turn.
///
/// # Errors
/// The store's fault.
pub async fn judge(chabi: &Chabi, text: &str, read: Option<&UnverifiedToken>) -> Result<Verdict> {
    chabi.until_ready().await?;
    let (signature, signature_words) = match read.map(|_| chabi.check_signature(text)) {
        Some(Ok(())) => (Some(true), None),
        Some(Err(words)) => (Some(false), Some(words)),
        None => (None, None),
    };
    let verdict = Verdict { signature, signature_words, ..Verdict::default() };
    let sites = sites(chabi).await?;
    let Some(read) = read else { return opaque(chabi, text, sites, verdict).await };
    let issuer = read.claims.get("iss").and_then(|issuer| issuer.as_str()).unwrap_or_default();
    let Some((id, _)) = sites.iter().find(|(_, own)| own == issuer) else {
        let own: Vec<&str> = sites.iter().map(|(_, issuer)| issuer.as_str()).collect();
        let words = format!(": its `iss`, {issuer:?}, is no site of this installation, whose issuers are {}", own.join(", "));
        return Ok(Verdict { words, ..verdict });
    };
    let verdict = Verdict { site: Some(id.clone()), issuer: Some(issuer.to_owned()), ..verdict };
    let Some(site) = chabi.site(id) else {
        return Ok(Verdict { words: format!(": the site `{id}` is switched off: `chabi site update {id} disabled=false`"), ..verdict });
    };
    standing(&site, text, Some(read), verdict).await
}

/// Every site, with its issuer, the main one first.
async fn sites(chabi: &Chabi) -> Result<Vec<(String, String)>> {
    let main = (MAIN_SITE.to_owned(), chabi.issuer().to_owned());
    let others = chabi.store().list_sites().await?.into_iter().filter(|site| site.id != MAIN_SITE).map(|site| (site.id, site.issuer));
    Ok(std::iter::once(main).chain(others).collect())
}

async fn opaque(chabi: &Chabi, text: &str, sites: Vec<(String, String)>, verdict: Verdict) -> Result<Verdict> {
    let mut last = verdict.clone();
    for (id, issuer) in sites {
        let Some(site) = chabi.site(&id) else { continue };
        last = standing(&site, text, None, Verdict { site: Some(id), issuer: Some(issuer), ..verdict.clone() }).await?;
        if last.accepted {
            return Ok(last);
        }
    }
    Ok(Verdict { site: None, issuer: None, ..last })
}

async fn standing(site: &SiteHandle, text: &str, read: Option<&UnverifiedToken>, verdict: Verdict) -> Result<Verdict> {
    let (accepted, words) = match site.standing(text).await? {
        Standing::Good => {
            let audience = read.and_then(|token| token.claims.get("aud")).map(|audience| format!(" of its audience {audience}"));
            (true, format!(", now, by APIs{}", audience.unwrap_or_default()))
        }
        Standing::TakenBack => (false, ": it was taken back, or its application is disabled".to_owned()),
        Standing::NotGood(reason) => (false, format!(", as an access token: {reason}{}", hint(read))),
    };
    Ok(Verdict { accepted, words, ..verdict })
}

/// The mistake that is made most: an ID token is for the application, and tells an API nothing.
fn hint(read: Option<&UnverifiedToken>) -> &'static str {
    let has = |name: &str| read.is_some_and(|token| token.claims.contains_key(name));
    match () {
        () if has("nonce") || has("at_hash") => " (it looks like an ID token, which is for the application and for no API)",
        () if has("events") => " (it looks like a logout token)",
        () => "",
    }
}
