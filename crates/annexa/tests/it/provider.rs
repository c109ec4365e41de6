//! A provider that keeps what it gets and answers what the test says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Requests as they came: head and body.
pub(crate) type Kept = Arc<Mutex<Vec<(String, String)>>>;

/// A provider; it lives as long as the test.
pub(crate) struct Provider {
    pub address: String,
    pub kept: Kept,
}

/// Starts a provider that answers each request with what `answer` writes to the connection.
pub(crate) fn start(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Provider {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let kept = Kept::default();
    let (ours, answer) = (kept.clone(), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (kept, answer) = (ours.clone(), answer.clone());
            thread::spawn(move || serve(stream, &kept, &*answer));
        }
    });
    Provider { address, kept }
}

fn serve(mut stream: TcpStream, kept: &Kept, answer: &dyn Fn(&mut TcpStream)) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        let Ok(n) = stream.read(&mut buffer) else { return };
        if n == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..n]);
        let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let length: usize = head
            .lines()
            .find_map(|l| {
                l.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse().unwrap())
            })
            .unwrap_or(0);
        if bytes.len() < at + 4 + length {
            continue;
        }
        let body = String::from_utf8_lossy(&bytes[at + 4..at + 4 + length]).into_owned();
        kept.lock().unwrap().push((head, body));
        answer(&mut stream);
        return;
    }
}

/// Writes a whole JSON answer and closes.
pub(crate) fn json(stream: &mut TcpStream, status: u16, more: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// A chat answer with this text.
pub(crate) fn chat(text: &str) -> String {
    serde_json::json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}})
    .to_string()
}
