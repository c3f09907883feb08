//! A router behind a real port of this machine, for what must be reached by HTTP (a fake provider, an API's JWKS).

use std::net::SocketAddr;

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// A bound port: its URL is known before the router is built, since the router wants to know it.
pub struct BoundPort(TcpListener);

impl BoundPort {
    /// Any free port of 127.0.0.1.
    pub async fn free() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// Such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Such as `127.0.0.1:41234`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("a bound port has an address")
    }

    /// Serves from now until the answer is dropped.
    #[must_use]
    pub fn serve(self, router: Router) -> TestServer {
        let url = self.url();
        let task = tokio::spawn(async move {
            axum::serve(self.0, router).await.expect("serving");
        });
        TestServer { url, task }
    }
}

/// Serves until it is dropped.
pub struct TestServer {
    /// Without trailing slash.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
