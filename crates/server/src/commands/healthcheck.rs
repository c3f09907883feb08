//! `chabi healthcheck`: for containers without a shell.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::Result;

use crate::{cli::Configuration, config::Config};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/readyz` of the server that this configuration is for, or of the one at `url`.
///
/// # Errors
/// The configuration cannot be read.
pub async fn run(configuration: &Configuration, url: Option<String>) -> Result<ExitCode> {
    let by_configuration = url.is_none();
    let url = match url {
        Some(url) => url,
        None => of_configuration(configuration)?,
    };
    Ok(match ask(&url, by_configuration).await {
        Ok(status) if status.is_success() => ExitCode::SUCCESS,
        Ok(status) => {
            println!("not ready: {status} from {url}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("not ready: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The first address of `listen`, in the file or in the environment. Nothing else of the configuration need be in order.
fn of_configuration(configuration: &Configuration) -> Result<String> {
    let (listen, tls) = Config::listen(configuration.config.as_deref(), std::env::vars())?;
    let scheme = if tls { "https" } else { "http" };
    Ok(format!("{scheme}://{}", listen.first().copied().map_or(SocketAddr::from(([127, 0, 0, 1], 8000)), reachable)))
}

/// Where a server that listens at this address is found from this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(url: &str, at_its_address: bool) -> reqwest::Result<reqwest::StatusCode> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        // asked at an address, and its certificate is for a name; nothing secret is said, and one word is learnt
        .danger_accept_invalid_certs(at_its_address)
        .build()?;
    Ok(http.get(format!("{}/readyz", url.trim_end_matches('/'))).send().await?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
        for (listens, asked) in [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:80", "[::1]:80"), ("10.0.0.7:8000", "10.0.0.7:8000")] {
            assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
