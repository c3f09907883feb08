//! An API on a port of its own, made of the lines that the console gives for axum as they are pasted. `tests/js/snippets.test.mjs` calls it.
#![expect(clippy::print_stdout, reason = "says where it listens")]

include!(concat!(env!("OUT_DIR"), "/pasted.rs"));

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app()?).await?)
}
