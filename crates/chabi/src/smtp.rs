//! Mail by SMTP.

use std::time::Duration;

use chabi_pages::mail::{Mail, Mailer};
use chabi_spec::Fault;
use futures_util::future::BoxFuture;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};

/// Sends through one SMTP server, over a few connections that are kept.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mailer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SmtpProblem {
    /// Not `smtp://…` or `smtps://…`.
    #[error("the SMTP URL cannot be read: {0}")]
    Url(#[source] lettre::transport::smtp::Error),
    /// Plain text to another machine: mails carry links that sign people in.
    #[error("the SMTP URL must be `smtps://…`, or `smtp://…?tls=required`, unless the server is this machine")]
    Unprotected,
    /// Not an address.
    #[error("the sender of mails is not an address, such as `Chabi <login@example.org>`: {0}")]
    From(#[source] lettre::address::AddressError),
}

const PATIENCE: Duration = Duration::from_secs(10);

impl SmtpMailer {
    /// `url`: `smtps://user:password@host`, or `smtp://…?tls=required` for STARTTLS. `from`: such as `Chabi <login@example.org>`.
    ///
    /// # Errors
    /// [`SmtpProblem`]; nobody is called yet.
    pub fn new(url: &str, from: &str) -> Result<Self, SmtpProblem> {
        if !is_protected(url) {
            return Err(SmtpProblem::Unprotected);
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(SmtpProblem::Url)?.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from: from.parse().map_err(SmtpProblem::From)? })
    }

    /// Connects, and shows name and password: no mail is sent.
    ///
    /// # Errors
    /// An unavailable fault, with what the server said.
    pub async fn reachable(&self) -> Result<(), Fault> {
        match tokio::time::timeout(PATIENCE, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Fault::unavailable("asking the SMTP server whether it is there")),
            Ok(Err(error)) => Err(Fault::unavailable("reaching the SMTP server").because(error)),
            Err(_) => Err(Fault::unavailable("reaching the SMTP server in time")),
        }
    }
}

/// TLS is asked for, or the mail does not leave this machine.
fn is_protected(url: &str) -> bool {
    let address = url.split("://").nth(1).unwrap_or_default();
    let authority = address.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    local || url.starts_with("smtps://") || url.contains("tls=required")
}

impl Mailer for SmtpMailer {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            // the address stands in no message: logs are not for people's addresses
            let to = mail.to.parse().map_err(|_| Fault::internal("reading the address of a mail"))?;
            let message = Message::builder()
                .from(self.from.clone())
                .to(to)
                .subject(mail.subject)
                .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
                .map_err(|error| Fault::internal("writing a mail").because(error))?;
            let sent = tokio::time::timeout(PATIENCE, self.transport.send(message)).await;
            match sent {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(Fault::unavailable("handing a mail to the SMTP server").because(error)),
                Err(_) => Err(Fault::unavailable("handing a mail to the SMTP server in time")),
            }
        })
    }
}

/// For an installation without SMTP: every mail is a fault, so that nobody waits for one that never comes.
pub struct NoMailer;

impl Mailer for NoMailer {
    fn send(&self, _: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Err(Fault::unavailable("sending a mail without an SMTP server in the configuration")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: tl.min
    #[tokio::test]
    async fn mail_leaves_this_machine_by_tls_alone() {
        assert!(SmtpMailer::new("smtps://mail.example", "login@example.org").is_ok());
        assert!(SmtpMailer::new("smtp://mail.example:587?tls=required", "login@example.org").is_ok());
        assert!(matches!(SmtpMailer::new("smtp://mail.example", "login@example.org"), Err(SmtpProblem::Unprotected)));
        assert!(matches!(SmtpMailer::new("smtp://localhost.evil.example", "login@example.org"), Err(SmtpProblem::Unprotected)));
        assert!(SmtpMailer::new("smtp://localhost:1025", "Chabi <login@example.org>").is_ok());
    }
}
