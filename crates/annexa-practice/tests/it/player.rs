//! The player reaches both dialects' routes and stops when told.

use std::time::Duration;

use annexa_practice::{Player, play};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::test]
async fn it_plays_as_both_tenants_in_both_dialects_until_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = watch::channel(false);
    let player = Player {
        openai_base: format!("{base}/openai/v1"),
        anthropic_base: format!("{base}/anthropic/"),
        bank_key: "bank-key".into(),
        hospital_key: "hospital-key".into(),
        pace: Duration::ZERO,
    };
    let playing = tokio::spawn(play(player, stopped));
    let wanted =
        ["POST /openai/v1/chat/completions", "POST /anthropic/v1/messages", "bank-key", "hospital-key"];
    let mut seen = String::new();
    while !wanted.iter().all(|w| seen.contains(w)) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&head[..read]));
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
    }
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), playing).await.unwrap().unwrap();
}
