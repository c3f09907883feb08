//! A server that runs until it is told to stop: listens first, and answers 503 until it can do more.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Result, anyhow};
use axum::{Router, extract::Request, response::Redirect, routing::get};
use chabi::Chabi;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinHandle,
};

use crate::http::{
    connections::Connections,
    health,
    listen::{self, Service},
    tls::Tls,
};

/// A running server.
pub struct Running {
    chabi: Chabi,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// SIGTERM and SIGINT, from the moment on that this is there: before it, either ends the process at once, and no request under way is
/// waited for.
pub struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    /// Listens for them. To be there as soon as requests are answered.
    ///
    /// # Errors
    /// The signals cannot be waited for.
    pub fn listen() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Answers when one of them came.
    pub async fn said(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Where requests come in.
pub struct Door {
    /// Bound already.
    pub listeners: Vec<TcpListener>,
    /// How many may come.
    pub connections: Arc<Connections>,
    /// `None`: plain HTTP.
    pub tls: Option<Tls>,
}

impl Running {
    /// Serves Chabi's routes and `more` at this door; `outermost` stands around all of them.
    pub fn begin(door: Door, chabi: &Chabi, more: Router, outermost: impl FnOnce(Router) -> Router) -> Self {
        let Door { listeners, connections, tls } = door;
        let (stop, stopping) = watch::channel(false);
        let ours = more.merge(at_the_root(chabi, &stopping));
        let answerer = chabi.clone();
        let ours = ours.fallback(move |request: Request| std::future::ready(answerer.not_found(&request)));
        let ours = chabi.surround(ours);
        let router = outermost(Router::new().merge(chabi.router()).merge(ours));
        let task = tokio::spawn(listen::serve(listeners, Service { router, connections, tls, env: chabi.env().clone() }, stopping));
        Self { chabi: chabi.clone(), stop, task }
    }

    /// Waits until somebody is told to stop, then lets the requests that are under way finish.
    pub async fn until_told_to_stop(self, mut told: Told) {
        told.said().await;
        tracing::info!("stopping: no new connections, requests under way may finish");
        self.stop().await;
    }

    /// Ends the streams, drains, and ends.
    pub async fn stop(self) {
        self.chabi.close();
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// What stands at the root of the host, whatever the issuer's path is: is it well, and where does one change a password (W3C, "A Well-Known
/// URL for Changing Passwords": password managers know the host alone). A proxy may pass on the issuer's path alone: health is there too.
fn at_the_root(chabi: &Chabi, stopping: &watch::Receiver<bool>) -> Router {
    let health = health::router(chabi.clone(), stopping.clone());
    match chabi.mount() {
        "" => health,
        mount => {
            let change_password = format!("{mount}{CHANGE_PASSWORD}");
            let onward = get(move || std::future::ready(Redirect::to(&change_password)));
            Router::new().nest(mount, health.clone()).merge(health).route(CHANGE_PASSWORD, onward)
        }
    }
}

const CHANGE_PASSWORD: &str = "/.well-known/change-password";

/// Binds all of these addresses.
///
/// # Errors
/// In words: which one is taken, and by what it could be avoided.
pub async fn bind(addresses: &[SocketAddr], avoid: &str) -> Result<Vec<TcpListener>> {
    listen::bind(addresses).await.map_err(|(address, error)| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!("port {} is taken at {}: {avoid}", address.port(), address.ip()),
        _ => anyhow!("cannot listen at {address}: {error}"),
    })
}
