//! The accept loop: bounds on connections, a time for headers, a line in the log for each request, and an end that lets requests finish.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, response::IntoResponse as _};
use chabi::{ClientAddress, Env};
use http::{HeaderMap, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::Service as _;

use super::{
    access_log::Line,
    connections::{Connections, Place},
    patient::Patient,
    tls::Tls,
};

/// A TLS handshake must be done by then.
const TIME_FOR_HANDSHAKE: Duration = Duration::from_secs(10);
/// Requests' headers must be there by then.
const TIME_FOR_HEADERS: Duration = Duration::from_secs(10);
/// More bytes of headers than this are refused.
const LONGEST_HEADERS: usize = 32 * 1024;
/// Who takes nothing of an answer for so long is given up.
const TIME_TO_TAKE: Duration = Duration::from_secs(30);
/// Requests that are under way at the end have so long to finish.
const TIME_TO_DRAIN: Duration = Duration::from_secs(20);
/// After a failed `accept` (no file descriptors left, say) the next try comes so much later.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Binds all of these; the first that fails is told.
///
/// # Errors
/// The address that cannot be bound, and why.
pub async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners = Vec::new();
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // a machine without IPv6 has no [::1]; 127.0.0.1 then is all there is
            Err(_) if address.is_ipv6() && address.ip().is_loopback() && !listeners.is_empty() && !has_ipv6() => {}
            Err(error) => return Err((*address, error)),
        }
    }
    Ok(listeners)
}

fn has_ipv6() -> bool {
    std::net::TcpListener::bind((IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 0)).is_ok()
}

/// What is served, to whom, and how.
pub struct Service {
    /// What answers.
    pub router: Router,
    /// The bounds on connections.
    pub connections: Arc<Connections>,
    /// `None`: plain HTTP, for a proxy in front.
    pub tls: Option<Tls>,
    /// For the log.
    pub env: Env,
}

/// Serves until `stop` turns true, then drains.
pub async fn serve(listeners: Vec<TcpListener>, service: Service, stop: watch::Receiver<bool>) {
    let shared = Arc::new(service);
    let graceful = Arc::new(GracefulShutdown::new());
    let loops = listeners.into_iter().map(|listener| accept(listener, Arc::clone(&shared), Arc::clone(&graceful), stop.clone()));
    futures_util::future::join_all(loops).await;
    let Ok(graceful) = Arc::try_unwrap(graceful) else { return };
    if tokio::time::timeout(TIME_TO_DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and are cut off");
    }
}

async fn accept(listener: TcpListener, shared: Arc<Service>, graceful: Arc<GracefulShutdown>, mut stop: watch::Receiver<bool>) {
    loop {
        let next = async {
            let permit = shared.connections.room().await?;
            Some((listener.accept().await, permit))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            _ = stop.wait_for(|stopped| *stopped) => return,
        };
        match accepted {
            Some((Ok((stream, peer)), permit)) => {
                if let Some(place) = shared.connections.admit(peer.ip(), permit) {
                    connection(stream, peer.ip(), place, &shared, &graceful);
                }
            }
            Some((Err(error), _)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
            None => return,
        }
    }
}

fn connection(stream: TcpStream, peer: IpAddr, place: Place, shared: &Arc<Service>, graceful: &GracefulShutdown) {
    // answers are small and written at once: waiting to fill a packet only delays them
    let _ = stream.set_nodelay(true);
    let stream = Patient::new(stream, TIME_TO_TAKE);
    let watcher = graceful.watcher();
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        match &shared.tls {
            // who does not finish the handshake, or speaks something else, is let go without a word
            Some(tls) => {
                let handshake = tokio::time::timeout(TIME_FOR_HANDSHAKE, tls.acceptor().accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    requests(stream, peer, shared, watcher).await;
                }
            }
            None => requests(stream, peer, shared, watcher).await,
        }
        drop(place);
    });
}

/// Answers the requests of one connection, to its end.
async fn requests<C: AsyncRead + AsyncWrite + Unpin + 'static>(stream: C, peer: IpAddr, shared: Arc<Service>, watcher: Watcher) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        let address: ClientAddress = shared.connections.proxies().client_address(peer, request.headers());
        request.extensions_mut().insert(address);
        let line = Line::begin(&request, address.0).map(|line| (line, Arc::clone(&shared)));
        // a router is always ready
        let answer = (length_of(request.headers()) <= LONGEST_HEADERS).then(|| shared.router.clone().call(request));
        async move {
            let answer = match answer {
                Some(answer) => answer.await?,
                None => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(),
            };
            if let Some((line, shared)) = line {
                line.end(&answer, &shared.env);
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        // head and body of an answer are small: put together they are one write, which costs the kernel less than two pieces
        .writev(false)
        .timer(TokioTimer::new())
        .header_read_timeout(TIME_FOR_HEADERS)
        // the parser's buffer is a bound on memory, and not exact: what passes it is measured above
        .max_buf_size(2 * LONGEST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    // a broken connection is the client's affair
    let _ = watcher.watch(connection).await;
}

/// In bytes, as they were sent: name, colon, space, value, line end.
fn length_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

#[cfg(test)]
mod tests {
    use axum::{body::Bytes, routing::get};
    use futures_util::stream::{self, StreamExt as _};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::http::{client_address::TrustedProxies, connections::Bounds};

    /// A server, and what stops it.
    struct Server {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        serving: tokio::task::JoinHandle<()>,
    }

    async fn start(router: Router, bounds: Bounds) -> Server {
        let listeners = bind(&["127.0.0.1:0".parse().unwrap()]).await.unwrap();
        let address = listeners[0].local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let connections = Connections::new(bounds, TrustedProxies::default());
        let serving = tokio::spawn(serve(listeners, Service { router, connections, tls: None, env: Env::system() }, stopping));
        Server { address, stop, serving }
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let _ = connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await;
        connection
    }

    async fn read_until(connection: &mut TcpStream, words: &str) -> String {
        let mut read = String::new();
        while !read.contains(words) {
            let mut more = [0; 1_024];
            match connection.read(&mut more).await {
                Ok(count @ 1..) => read.push_str(&String::from_utf8_lossy(&more[..count])),
                _ => break,
            }
        }
        read
    }

    /// A stream that says one thing and goes on until it is told that the process ends.
    fn stream(closing: watch::Receiver<bool>) -> Router {
        let handler = move || {
            let mut closing = closing.clone();
            let end = stream::once(async move {
                let _ = closing.wait_for(|closing| *closing).await;
                Ok::<_, Infallible>(Bytes::from_static(b"the end"))
            });
            let body = Body::from_stream(stream::iter([Ok(Bytes::from_static(b"the beginning"))]).chain(end));
            std::future::ready(body)
        };
        Router::new().route("/stream", get(handler))
    }

    // req: op.term
    #[tokio::test]
    async fn a_stream_goes_on_while_others_are_served_and_ends_when_the_process_does() {
        let (closing, closes) = watch::channel(false);
        let server = start(stream(closes).route("/", get(async || "served")), Bounds::default()).await;
        let mut listening = ask(server.address, "/stream").await;
        assert!(read_until(&mut listening, "the beginning").await.contains("200 OK"));
        assert!(read_until(&mut ask(server.address, "/").await, "served").await.contains("served"));
        closing.send_replace(true);
        server.stop.send_replace(true);
        assert!(read_until(&mut listening, "\r\n0\r\n\r\n").await.contains("the end"), "the stream is whole");
        server.serving.await.unwrap();
    }

    // req: dos.limits
    #[tokio::test]
    async fn a_client_with_too_many_connections_is_refused_one_more_and_served_when_one_has_ended() {
        let server = start(Router::new().route("/", get(async || "served")), Bounds { most: 9, most_per_client: 2 }).await;
        let mut first = ask(server.address, "/").await;
        assert!(read_until(&mut first, "served").await.contains("served"));
        let mut second = ask(server.address, "/").await;
        assert!(read_until(&mut second, "served").await.contains("served"));
        assert_eq!(read_until(&mut ask(server.address, "/").await, "served").await, "");
        drop(first);
        // the server learns of it in its own time
        while !read_until(&mut ask(server.address, "/").await, "served").await.contains("served") {}
        server.stop.send_replace(true);
    }
}
