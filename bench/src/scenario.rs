//! What is asked of a server, and by whom.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use anyhow::{Context as _, Result};

use crate::{
    http::{self, Answer},
    load::{self, Caller},
    subject::{IdToken, Subject},
};

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// An application asks for a token for itself.
    ClientCredentials,
    /// Authorization codes are exchanged for an access token, a refresh token and an ID token.
    Exchange(IdToken),
    /// Each caller holds a family and refreshes it in turn, keeping the new token.
    Refresh,
    /// An application introspects a person's access token.
    Introspection,
    /// Userinfo, by a person's access token.
    Userinfo,
    /// The published keys.
    Jwks,
}

impl Scenario {
    /// In the order of the report.
    pub const ALL: [Self; 7] = [
        Self::ClientCredentials,
        Self::Exchange(IdToken::Rs256),
        Self::Exchange(IdToken::Es256),
        Self::Refresh,
        Self::Introspection,
        Self::Userinfo,
        Self::Jwks,
    ];

    /// As the command line and the report name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Exchange(IdToken::Rs256) => "exchange-rs256",
            Self::Exchange(IdToken::Es256) => "exchange-es256",
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
            Self::Userinfo => "userinfo",
            Self::Jwks => "jwks",
        }
    }

    /// How many call at once: more where a commit takes all that wait.
    #[must_use]
    pub const fn connections(self) -> usize {
        match self {
            Self::Refresh | Self::Exchange(IdToken::Es256) => 64,
            _ => 32,
        }
    }

    /// Callers for one window, in which no more than `most` requests are expected.
    ///
    /// # Errors
    /// The server does not give what they need.
    pub async fn callers(self, subject: &mut dyn Subject, most: u32) -> Result<Vec<Box<dyn Caller>>> {
        let host = subject.host().to_owned();
        let endpoints = subject.endpoints().clone();
        let count = self.connections();
        let request = match self {
            Self::Exchange(id_token) => {
                let forms = subject.exchange_forms(id_token, most).await?;
                let waiting = Rc::new(RefCell::new(VecDeque::from(forms)));
                let one = || -> Box<dyn Caller> {
                    Box::new(Exchange { path: endpoints.token.clone(), host: host.clone(), waiting: Rc::clone(&waiting) })
                };
                return Ok((0..count).map(|_| one()).collect());
            }
            Self::Refresh => {
                let tokens = subject.refresh_tokens(u32::try_from(count)?).await?;
                let form = subject.refresh_form(PLACE);
                let one = |token| -> Box<dyn Caller> {
                    Box::new(Refresh { path: endpoints.token.clone(), host: host.clone(), form: form.clone(), token })
                };
                return Ok(tokens.into_iter().map(one).collect());
            }
            Self::ClientCredentials => http::post(&endpoints.token, &host, &subject.client_credentials_form(), &[]),
            Self::Introspection => {
                let token = subject.access_token().await?;
                return Ok(introspections(http::post(&endpoints.introspection, &host, &subject.introspection_form(&token), &[]), count));
            }
            Self::Userinfo => {
                let token = subject.access_token().await?;
                http::get(&endpoints.userinfo, &host, &[("authorization", &format!("Bearer {token}"))])
            }
            Self::Jwks => http::get(&endpoints.jwks, &host, &[]),
        };
        Ok(load::same(&request, count))
    }
}

/// Stands for the refresh token in a form until a caller puts its own there; needs no encoding.
const PLACE: &str = "THE-REFRESH-TOKEN";

/// Takes the next code of those that wait for all callers.
struct Exchange {
    path: String,
    host: String,
    waiting: Rc<RefCell<VecDeque<String>>>,
}

impl Caller for Exchange {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(form) = self.waiting.borrow_mut().pop_front() else { return false };
        *request = http::post(&self.path, &self.host, &form, &[]);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()?;
        answer.member("id_token").context("an exchange gave no ID token").map(|_| ())
    }
}

/// Holds one family.
struct Refresh {
    path: String,
    host: String,
    form: String,
    token: String,
}

impl Caller for Refresh {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        *request = http::post(&self.path, &self.host, &self.form.replace(PLACE, &self.token), &[]);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()?;
        answer.member("refresh_token").context("a refresh gave no refresh token")?.clone_into(&mut self.token);
        Ok(())
    }
}

/// Asks about one token, and must be told that it is good.
struct Introspection(Vec<u8>);

fn introspections(request: Vec<u8>, count: usize) -> Vec<Box<dyn Caller>> {
    (0..count).map(|_| -> Box<dyn Caller> { Box::new(Introspection(request.clone())) }).collect()
}

impl Caller for Introspection {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        request.extend_from_slice(&self.0);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()?;
        let active = answer.body.windows(13).any(|window| window == b"\"active\":true")
            || answer.body.windows(14).any(|window| window == b"\"active\": true");
        anyhow::ensure!(active, "introspection says that a good token is not active");
        Ok(())
    }
}
