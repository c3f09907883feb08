//! A server that is measured: ours, on either engine, or a peer. Scenarios are written against this, so that all are asked the same.

use std::net::SocketAddr;

use anyhow::Result;
use futures_util::future::LocalBoxFuture;

use crate::cpu::Cpu;

/// Paths of the endpoints.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Of token requests.
    pub token: String,
    /// RFC 7662.
    pub introspection: String,
    /// OpenID Connect Core §5.3.
    pub userinfo: String,
    /// The published keys.
    pub jwks: String,
}

/// What signs an application's ID tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdToken {
    /// The default of OpenID Connect.
    Rs256,
    /// Elliptic curves.
    Es256,
}

/// A running server with an application that acts for itself, one that people use, and a person who is signed in.
///
/// Forms are complete bodies of token requests, with the application's credentials in them.
pub trait Subject {
    /// As tables name it: `SQLite`, `PostgreSQL`, a peer.
    fn name(&self) -> &str;
    /// Where it listens.
    fn address(&self) -> SocketAddr;
    /// The value of `host`, as its issuer says it.
    fn host(&self) -> &str;
    /// Its paths.
    fn endpoints(&self) -> &Endpoints;
    /// CPU used so far.
    ///
    /// # Errors
    /// A process of it is gone.
    fn cpu(&self) -> Result<Cpu>;
    /// The form of a client credentials request.
    fn client_credentials_form(&self) -> String;
    /// Codes for this application, each as the form that exchanges it; got from the authorization endpoint by a signed-in browser.
    /// They need not live longer than a minute.
    fn exchange_forms(&mut self, id_token: IdToken, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>>;
    /// Refresh tokens, each of a family of its own, granted without `openid`: a refresh then signs one token.
    fn refresh_tokens(&mut self, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>>;
    /// The form that refreshes this token.
    fn refresh_form(&self, refresh_token: &str) -> String;
    /// A new access token of a person, good for userinfo.
    fn access_token(&mut self) -> LocalBoxFuture<'_, Result<String>>;
    /// The form that introspects this access token, by the application it was issued to.
    fn introspection_form(&self, access_token: &str) -> String;
}
