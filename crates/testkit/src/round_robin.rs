//! A dumb proxy in front of several nodes: each request goes to the next one, no matter who asks.
//!
//! It keeps to what a careful proxy may do: a node that does not take the connection is passed over; a node that breaks off before it
//! has answered gives 502, since nobody knows what it has done; nothing is sent twice; a caller that hangs up is hung up on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Longer heads are refused by hanging up.
const LONGEST_HEAD: usize = 64 * 1024;
const BROKE_OFF: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Runs until it is dropped. One request a connection.
#[derive(Debug)]
pub struct RoundRobin {
    /// The port on 127.0.0.1.
    pub port: u16,
    passed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl RoundRobin {
    /// Listens on this port of 127.0.0.1 (0: any), in front of nodes at these.
    ///
    /// # Panics
    /// When the port is taken.
    pub async fn start(port: u16, nodes: Vec<u16>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port for the proxy");
        let port = listener.local_addr().expect("a bound port has an address").port();
        let passed = Arc::new(AtomicUsize::new(0));
        let (nodes, counter) = (Arc::<[u16]>::from(nodes), Arc::clone(&passed));
        let task = tokio::spawn(async move {
            loop {
                let Ok((caller, _)) = listener.accept().await else { continue };
                let (nodes, counter) = (Arc::clone(&nodes), Arc::clone(&counter));
                // a caller or a node that breaks off is everyday here
                tokio::spawn(async move { pass_on(caller, &nodes, &counter).await.unwrap_or_default() });
            }
        });
        Self { port, passed, task }
    }

    /// Requests that came in so far.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

impl Drop for RoundRobin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(mut caller: TcpStream, nodes: &[u16], passed: &AtomicUsize) -> io::Result<()> {
    let Some(request) = read_request(&mut caller).await? else { return Ok(()) };
    let turn = passed.fetch_add(1, Ordering::SeqCst);
    let mut order = nodes.iter().cycle().skip(turn % nodes.len().max(1)).take(nodes.len());
    let mut node = loop {
        let Some(port) = order.next() else { return caller.write_all(BROKE_OFF).await };
        if let Ok(node) = TcpStream::connect(("127.0.0.1", *port)).await {
            break node;
        }
    };
    node.set_nodelay(true)?;
    if node.write_all(&request).await.is_err() {
        return caller.write_all(BROKE_OFF).await;
    }
    let (mut hears, mut says) = caller.into_split();
    tokio::select! {
        answered = pass_back(&mut node, &mut says) => answered,
        // Nothing more is expected of the caller: what ends here is the caller itself.
        _ = hears.read_u8() => Ok(()),
    }
}

/// All that the node says, to its end; 502 when it says nothing.
async fn pass_back(node: &mut TcpStream, caller: &mut (impl tokio::io::AsyncWrite + Unpin)) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    let mut anything = false;
    loop {
        match node.read(&mut buffer).await {
            Ok(0) | Err(_) if !anything => return caller.write_all(BROKE_OFF).await,
            Ok(0) | Err(_) => return caller.shutdown().await,
            Ok(count) => caller.write_all(buffer.get(..count).unwrap_or_default()).await?,
        }
        anything = true;
    }
}

/// The request as the node is to get it: with `Connection: close`, so that its answer ends with the connection. `None`: the caller left.
async fn read_request(caller: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > LONGEST_HEAD || caller.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let (head, body) = bytes.split_at(end + 4);
    let head = String::from_utf8_lossy(head).into_owned();
    let value = |name: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    };
    let length: usize = value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = body.to_vec();
    while body.len() < length {
        if caller.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    let kept: Vec<&str> = head.trim_end().split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
    let mut request = format!("{}\r\nConnection: close\r\n\r\n", kept.join("\r\n")).into_bytes();
    request.extend(body);
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};

    use super::*;
    use crate::BoundPort;

    async fn ask(port: u16) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn every_request_goes_to_the_next_node_and_past_one_that_is_gone() {
        let ports = [BoundPort::free().await, BoundPort::free().await];
        let numbers: Vec<u16> = ports.iter().map(|port| port.address().port()).collect();
        let [a, b] = ports;
        let first = a.serve(Router::new().route("/", get(async || "first")));
        let _second = b.serve(Router::new().route("/", get(async || "second")));
        let proxy = RoundRobin::start(0, numbers).await;
        for expected in ["first", "second", "first"] {
            assert!(ask(proxy.port).await.ends_with(expected));
        }
        drop(first);
        for _ in 0..4 {
            // the listener of an aborted server may live for one more turn of the runtime
            tokio::task::yield_now().await;
        }
        assert!(ask(proxy.port).await.ends_with("second"));
        assert!(ask(proxy.port).await.ends_with("second"));
        assert_eq!(proxy.passed(), 5);
    }

    #[tokio::test]
    async fn a_node_that_breaks_off_is_not_asked_twice() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = RoundRobin::start(0, vec![listener.local_addr().unwrap().port()]).await;
        let asked = tokio::spawn(ask(proxy.port));
        let (mut node, _) = listener.accept().await.unwrap();
        node.read_u8().await.unwrap();
        drop(node);
        assert!(asked.await.unwrap().starts_with("HTTP/1.1 502"));
        assert!(futures_util::FutureExt::now_or_never(listener.accept()).is_none(), "it was sent once more");
    }
}
