//! What others see: the name, TLS, the server behind the public URL, the callbacks that providers send people to, the mail server.

use std::{error::Error as _, net::Ipv4Addr, time::Duration};

use chabi::{Env, MAIN_SITE, provider_callback, smtp::SmtpMailer};
use http::header;
use reqwest::{Client, Response, redirect::Policy};
use url::Url;

use super::{Finding, places::Place};
use crate::config::{Config, host_of};

const RUNNING: &str = "Is `chabi serve` running, does the proxy lead to where it listens, does the firewall let it through?";
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer's date may be this far from our clock, in seconds: it has whole seconds, and was under way.
const SKEW: i64 = 5;

/// Asks the public URL as a stranger does.
pub(super) async fn look(config: &Config, place: &Place) -> Vec<Finding> {
    let mut findings = vec![name(place).await];
    let Ok(client) = client(config, place) else { return findings };
    match client.get(format!("{}/.well-known/openid-configuration", place.issuer)).send().await {
        Ok(answer) => {
            findings.extend(headers(place, &answer));
            findings.push(metadata(place, answer).await);
            findings.push(sign_in_page(place, &client).await);
            findings.extend(callbacks(place, &client).await);
        }
        Err(error) => findings.push(unreachable(place, &error)),
    }
    findings
}

fn client(config: &Config, place: &Place) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder().redirect(Policy::none()).timeout(PATIENCE);
    if is_below_localhost(place) {
        builder = builder.resolve(host_of(&place.issuer), (Ipv4Addr::LOCALHOST, 0).into());
    }
    for file in &config.outgoing.ca_certificates {
        for authority in chabi::outgoing_roots::read(file).unwrap_or_default() {
            builder = builder.add_root_certificate(reqwest::Certificate::from_der(&authority)?);
        }
    }
    builder.build()
}

/// RFC 6761 §6.3: names below `localhost` lead to this machine. Browsers know it, and not every system.
fn is_below_localhost(place: &Place) -> bool {
    host_of(&place.issuer).ends_with(".localhost")
}

async fn name(place: &Place) -> Finding {
    if is_below_localhost(place) {
        return Finding::fine("DNS", format!("{} is this machine, to browsers at least", host_of(&place.issuer)));
    }
    let url = Url::parse(&place.issuer).ok();
    let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or(443);
    let host = host_of(&place.issuer).trim_matches(['[', ']']).to_owned();
    match tokio::net::lookup_host((host.as_str(), port)).await {
        Ok(found) => {
            let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            addresses.sort();
            addresses.dedup();
            Finding::fine("DNS", format!("{host} is at {}", addresses.join(", ")))
        }
        Err(error) => Finding::trouble(
            "DNS",
            format!("{host} cannot be found: {error}"),
            "Add an A or AAAA record for it, and wait until it is known.",
        ),
    }
}

fn unreachable(place: &Place, error: &reqwest::Error) -> Finding {
    let mut words = Vec::new();
    let mut below = error.source();
    while let Some(cause) = below {
        words.push(cause.to_string());
        below = cause.source();
    }
    let said = words.pop().unwrap_or_else(|| "no answer".to_owned());
    let about_tls = words.iter().chain([&said]).any(|text| text.contains("certificate") || text.contains("TLS") || text.contains("tls"));
    match about_tls {
        true => Finding::trouble(
            "TLS",
            format!("{} has no TLS that is good: {said}", place.issuer),
            "Renew the certificate, or send the whole chain: `openssl s_client -connect` shows it. A private authority goes into `outgoing.ca_certificates`.",
        ),
        false => Finding::trouble("public URL", format!("{} does not answer: {said}", place.issuer), RUNNING),
    }
}

async fn metadata(place: &Place, answer: Response) -> Finding {
    let status = answer.status();
    let read: Option<serde_json::Value> = answer.json().await.ok();
    match read.as_ref().and_then(|document| document.get("issuer")).and_then(serde_json::Value::as_str) {
        Some(issuer) if issuer == place.issuer => Finding::fine("public URL", format!("{issuer} answers as itself")),
        Some(issuer) => Finding::trouble(
            "public URL",
            format!("another issuer answers there: {issuer:?}"),
            match place.id == MAIN_SITE {
                true => "The proxy leads to another server, or that one runs with another `public_url`.",
                false => {
                    "Let the proxy pass the header `Host` as it came: sites are told apart by it. Or the site is not known to the running server yet."
                }
            },
        ),
        None => Finding::trouble(
            "public URL",
            format!("what answers there ({status}) is not Chabi"),
            "Lead the proxy to where `chabi serve` listens, with the path unchanged.",
        ),
    }
}

fn headers(place: &Place, answer: &Response) -> Vec<Finding> {
    let text = |name| answer.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let mut findings = Vec::new();
    if place.issuer.starts_with("https://") {
        findings.push(match text(header::STRICT_TRANSPORT_SECURITY) {
            Some(_) => Finding::fine("TLS", "its certificate is good, and browsers are told to come back by https alone"),
            None => Finding::warning("TLS", "Strict-Transport-Security is missing", "The proxy takes it away: let it pass."),
        });
    }
    if let Some(theirs) = text(header::DATE).and_then(seconds_of) {
        let apart = theirs.saturating_sub(Env::system().now().as_seconds());
        findings.push(match apart.abs() <= SKEW {
            true => Finding::fine("clock", "what answers there has the same time"),
            false => Finding::warning(
                "clock",
                format!("what answers there is {apart} s from this machine's clock"),
                "Let both follow the same time server.",
            ),
        });
    }
    findings
}

/// A proxy that rewrites cookies or paths breaks the sign-in, and nothing else.
async fn sign_in_page(place: &Place, client: &Client) -> Finding {
    let cookies = match client.get(format!("{}/accounts/login/", place.issuer)).send().await {
        Ok(answer) if answer.status().is_success() => answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect::<Vec<_>>(),
        Ok(answer) => {
            return Finding::trouble(
                "sign-in page",
                format!("it answers {}", answer.status()),
                "Lead every path to Chabi, `/accounts/` too.",
            );
        }
        Err(error) => return Finding::trouble("sign-in page", format!("no answer: {}", error.without_url()), RUNNING),
    };
    let secure = place.issuer.starts_with("https://");
    let kept = |cookie: &String| !secure || (cookie.starts_with("__Host-") && cookie.to_ascii_lowercase().contains("; secure"));
    match cookies.iter().all(kept) && !cookies.is_empty() {
        true => Finding::fine("sign-in page", "it is there, and its cookies come through"),
        false => Finding::trouble(
            "sign-in page",
            "its cookies do not come through as they were set",
            "Let the proxy pass `Set-Cookie` unchanged, and cache no pages.",
        ),
    }
}

/// One a provider: what must be registered there, byte by byte.
async fn callbacks(place: &Place, client: &Client) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in &place.providers {
        let url = provider_callback(&place.issuer, id);
        findings.push(match client.get(&url).send().await {
            Ok(answer) if answer.status() == http::StatusCode::NOT_FOUND => Finding::trouble(
                "callback",
                format!("{url} is not found"),
                "The running server does not offer this provider here: start it again with this configuration; `chabi provider get` shows the \
                 sites of a social application, and whether it is disabled.",
            ),
            // vendors refuse it, save for this machine
            Ok(_) if !url.starts_with("https://") && !place.is_on_this_machine() => {
                Finding::warning("callback", format!("{id}: {url} is plain http"), "Give the site an issuer that begins with https://.")
            }
            Ok(_) => Finding::fine("callback", format!("{id}: register {url}")),
            Err(error) => Finding::trouble("callback", format!("{id}: no answer: {}", error.without_url()), RUNNING),
        });
    }
    findings
}

pub(super) async fn mail(config: &Config) -> Option<Finding> {
    let mailer = SmtpMailer::new(config.smtp_url.as_ref()?, &config.mail_from()).ok()?;
    Some(match mailer.reachable().await {
        Ok(()) => Finding::fine("mail", format!("the mail server takes our name and password; mails come from {}", config.mail_from())),
        Err(fault) => {
            let said = std::error::Error::source(&fault).map_or_else(|| fault.to_string(), ToString::to_string);
            Finding::trouble(
                "mail",
                format!("the mail server does not take us: {said}"),
                "Look at host, port, name and password of `smtp_url`.",
            )
        }
    })
}

/// Seconds since 1970 of a date as HTTP writes it (RFC 9110 §5.6.7).
fn seconds_of(date: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
