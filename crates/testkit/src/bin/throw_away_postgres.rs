//! A PostgreSQL cluster for tests that are not Rust: prints its URL, and runs until its standard input ends.
#![expect(clippy::print_stdout, reason = "whoever starts it reads the URL there")]

use std::io::Read as _;

use chabi_testkit::databases::Cluster;

fn main() -> std::io::Result<()> {
    let cluster = Cluster::start();
    println!("{}", cluster.url("postgres"));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(cluster);
    Ok(())
}
