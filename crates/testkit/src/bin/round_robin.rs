//! The dumb proxy for tests that are not Rust: `round_robin <port> <port of a node>…`, until its standard input ends.
#![expect(clippy::print_stdout, reason = "whoever starts it waits for the word there")]

use std::io::Read as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ports: Vec<u16> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let (own, nodes) = ports.split_first().ok_or("round_robin <port> <port of a node>…")?;
    let proxy = chabi_testkit::RoundRobin::start(*own, nodes.to_vec()).await;
    println!("ready at {}", proxy.port);
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    drop(proxy);
    Ok(())
}
