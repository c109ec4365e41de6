//! Serves the practice provider alone: `cargo run -p annexa-practice --example practice -- 9801`.

use annexa_practice::{Practice, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|p| p.parse().ok()).unwrap_or(9801_u16);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("practice provider on http://{}", listener.local_addr()?);
    let (_stop, stopped) = watch::channel(false);
    serve(listener, Practice::default(), stopped).await;
    Ok(())
}
