//! Which sites there are, and which providers people come back from at each; whether a provider's secret ends soon.

use chabi::{
    Chabi, Env, MAIN_SITE, Seconds, Timestamp,
    admin::{
        Actor,
        operation::social_applications::{ListSocialApplications, ListSocialApplicationsInput, SocialApplication},
    },
};

use super::Finding;
use crate::config::{Config, host_of};

/// So long before its end a provider's secret is told.
const SOON: Seconds = Seconds::days(30);

/// A site, as others see it.
pub(super) struct Place {
    /// Its id.
    pub id: String,
    /// Its issuer.
    pub issuer: String,
    /// The ids of providers that are offered there.
    pub providers: Vec<String>,
}

impl Place {
    /// Its name beside a finding; the main one has none.
    pub fn shown(&self) -> Option<String> {
        (self.id != MAIN_SITE).then(|| self.id.clone())
    }

    /// Whether nobody but this machine can reach it.
    pub fn is_on_this_machine(&self) -> bool {
        let host = host_of(&self.issuer).trim_matches(['[', ']']);
        let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        is_loopback || host == "localhost" || host.ends_with(".localhost")
    }
}

/// All sites, and what was found in looking for them.
pub(super) struct Places {
    /// The main one first.
    pub sites: Vec<Place>,
    /// Of social applications.
    pub findings: Vec<Finding>,
}

/// Those of the configuration, and those of the database where it could be opened.
pub(super) async fn of(config: &Config, chabi: Option<&Chabi>) -> Places {
    let configured: Vec<String> = config.providers.keys().cloned().collect();
    let place = |id: &str, issuer: &str| Place { id: id.to_owned(), issuer: issuer.to_owned(), providers: configured.clone() };
    let mut sites = vec![place(MAIN_SITE, &config.public_url)];
    sites.extend(config.sites.iter().map(|(id, site)| place(id, &site.site(id).issuer)));
    let mut findings = Vec::new();
    if let Some(chabi) = chabi {
        match chabi.store().list_sites().await {
            Ok(rows) => {
                sites.retain(|known| !rows.iter().any(|row| row.id == known.id && row.disabled_at.is_some()));
                for row in rows.iter().filter(|row| row.disabled_at.is_none()) {
                    if !sites.iter().any(|known| known.id == row.id) {
                        sites.push(place(&row.id, &row.issuer));
                    }
                }
            }
            Err(fault) => {
                findings.push(Finding::trouble("sites", fault.to_string(), "Run it again; if it stays so, look at the database's log."))
            }
        }
        findings.extend(social_applications(chabi, &mut sites).await);
    }
    Places { sites, findings }
}

async fn social_applications(chabi: &Chabi, sites: &mut [Place]) -> Vec<Finding> {
    let listed = chabi.admin().run::<ListSocialApplications>(&Actor::operator(), ListSocialApplicationsInput::default()).await;
    let rows = match listed {
        Ok(page) => page.items,
        Err(error) => return vec![Finding::trouble("providers", error.to_string(), "`chabi provider list` should say more.")],
    };
    let rows: Vec<SocialApplication> = rows.into_iter().filter(|row| row.disabled_at.is_none()).collect();
    for site in sites.iter_mut() {
        site.providers.extend(rows.iter().filter(|row| row.sites.contains(&site.id)).map(|row| row.id.clone()));
    }
    let nowhere = rows.iter().filter(|row| !sites.iter().any(|site| row.sites.contains(&site.id))).map(|row| {
        let words = format!("{} is offered on no site that answers: {}", row.id, row.sites.join(", "));
        let mend = format!("`chabi provider update {} 'sites=[\"main\"]'` gives it a site, `disabled=true` switches it off.", row.id);
        Finding::warning("providers", words, mend)
    });
    let now = Env::system().now();
    nowhere.chain(rows.iter().filter_map(|row| secret_of(row, now))).collect()
}

/// A secret that has ended keeps everybody out who comes by its provider.
fn secret_of(row: &SocialApplication, now: Timestamp) -> Option<Finding> {
    let left = row.secret_expires_at?.saturating_sub(now.as_seconds());
    let days = left / Seconds::days(1).0;
    let mend = format!(
        "Make a new secret at the provider, and give it and its end: `chabi provider update {} secret_expires_at=SECONDS`, then the secret by \
         `--body`, or both in the console.",
        row.id
    );
    Some(match left {
        left if left <= 0 => Finding::trouble("secrets", format!("the provider's secret of {} ended {} days ago", row.id, -days), mend),
        left if left <= SOON.0 => Finding::warning("secrets", format!("the provider's secret of {} ends in {days} days", row.id), mend),
        _ => Finding::fine("secrets", format!("the provider's secret of {} is good for {days} days", row.id)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::doctor::Verdict;

    fn expiring(at: Option<i64>) -> SocialApplication {
        let row = json!({
            "id": "google", "callback_url": "", "settings": { "catalogue": "google", "client_id": "x" }, "sites": ["main"], "sign_up": true,
            "linking": "trusted", "keep_tokens": false, "position": 0, "disabled_at": null, "created_at": 0, "secret_expires_at": at,
        });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_providers_secret_is_told_a_month_before_its_end_and_is_trouble_after_it() {
        let (now, day) = (Timestamp(0), 86_400);
        let verdict = |at| secret_of(&expiring(at), now).map(|finding| finding.verdict);
        let told = [None, Some(31 * day), Some(29 * day), Some(0), Some(-day)].map(verdict);
        assert_eq!(told, [None, Some(Verdict::Fine), Some(Verdict::Warning), Some(Verdict::Trouble), Some(Verdict::Trouble)]);
        assert!(secret_of(&expiring(Some(-3 * day)), now).unwrap().mend.contains("chabi provider update google"));
    }
}
