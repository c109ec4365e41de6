//! A provider for benchmarks: a thread a connection, prepared bytes, and the time at which each piece was sent.
//!
//! The model's name steers it: `bench-t<pieces>-i<milliseconds between them>`. It shares a clock with the load,
//! since both run in one process, so the way of a piece through a gateway can be measured.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::http;

/// Text of the pieces: words as a model streams them, with sentences of usual length and nothing sensitive.
const WORDS: &str = "The committee met on the first floor and agreed that the new process works well for every branch. \
Most teams report shorter queues and fewer open questions than in the spring. Nothing else was decided. ";

/// A running provider.
pub(crate) struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    /// When each piece of the last paced stream was sent.
    pub sent: Arc<Mutex<Vec<Instant>>>,
}

/// Starts the provider.
pub(crate) fn start() -> Result<Upstream> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let times = sent.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let times = times.clone();
            thread::spawn(move || serve(stream, &times));
        }
    });
    Ok(Upstream { address, sent })
}

/// The pieces of a streamed answer, four to nine characters each.
pub(crate) fn pieces(count: usize) -> impl Iterator<Item = String> {
    WORDS.split_inclusive(' ').map(str::to_owned).cycle().take(count)
}

fn serve(stream: TcpStream, times: &Mutex<Vec<Instant>>) {
    let _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else { return };
    let mut reader = BufReader::with_capacity(64 << 10, stream);
    while let Ok(Some(request)) = http::read_message(&mut reader) {
        let (count, pause) = steering(&request.body);
        let streamed = contains(&request.body, b"\"stream\":true");
        let done =
            if streamed { stream_answer(&mut out, count, pause, times) } else { out.write_all(&whole()) };
        if done.is_err() {
            return;
        }
    }
}

fn steering(body: &[u8]) -> (usize, Duration) {
    let text = String::from_utf8_lossy(body.get(..200.min(body.len())).unwrap_or_default()).into_owned();
    let number = |mark: &str| {
        let digits = text.split(mark).nth(1)?;
        digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u64>().ok()
    };
    let count = number("bench-t").and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
    (count, Duration::from_millis(number("-i").unwrap_or(0)))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn whole() -> Vec<u8> {
    let body = r#"{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The committee met on the first floor and agreed that the new process works well for every branch.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":18,"total_tokens":38}}"#;
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn frame(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\
         \"system_fingerprint\":\"fp_bench\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
    )
}

fn stream_answer(
    out: &mut TcpStream,
    count: usize,
    pause: Duration,
    times: &Mutex<Vec<Instant>>,
) -> std::io::Result<()> {
    out.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    )?;
    chunk(out, &frame("{\"role\":\"assistant\",\"content\":\"\"}", "null"))?;
    let paced = !pause.is_zero();
    if paced {
        times.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
    for piece in pieces(count) {
        if paced {
            thread::sleep(pause);
            times.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        }
        chunk(out, &frame(&format!("{{\"content\":\"{piece}\"}}"), "null"))?;
    }
    chunk(out, &frame("{}", "\"stop\""))?;
    chunk(out, "data: [DONE]\n\n")?;
    out.write_all(b"0\r\n\r\n")
}

fn chunk(out: &mut TcpStream, data: &str) -> std::io::Result<()> {
    out.write_all(format!("{:x}\r\n{data}\r\n", data.len()).as_bytes())
}
