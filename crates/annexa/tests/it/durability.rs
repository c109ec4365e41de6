//! What is with the kernel and on the disk at each moment of an exchange, and what callers get when writing fails.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::client;
use crate::process::{Gateway, chat_body};
use crate::provider;

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// Bytes of all segments.
fn segments(data: &Path) -> u64 {
    let files = std::fs::read_dir(data.join("segments")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

/// A number of the gateway's metrics.
fn metric(gateway: &Gateway, name: &str) -> u64 {
    let text = client::ask(&gateway.address(), "GET", "/metrics", &[], b"").body;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name}: {text}")).parse().unwrap()
}

fn piece(text: &str) -> String {
    let choice = serde_json::json!([{"index": 0, "delta": {"content": text}, "finish_reason": null}]);
    let chunk = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choice});
    format!("data: {chunk}\n\n")
}

//= iso27001-2022:A.8.15
#[test]
fn a_request_goes_out_when_its_intent_is_with_the_kernel() {
    let data: Arc<OnceLock<PathBuf>> = Arc::default();
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    let (path, sizes) = (data.clone(), seen.clone());
    let upstream = provider::start(move |stream| {
        sizes.lock().unwrap().push(segments(path.get().unwrap()));
        provider::json(stream, 200, "", &provider::chat("Fine."));
    });
    for durability in ["interval", "commit"] {
        seen.lock().unwrap().clear();
        let gateway = Gateway::with_upstream(&upstream.address, &["--durability", durability]);
        // The next directory is looked at through the same name.
        let link = data.get_or_init(|| std::env::temp_dir().join(format!("annexa-data-{}", gateway.pid())));
        let _ = std::fs::remove_file(link);
        std::os::unix::fs::symlink(gateway.data(), link).unwrap();
        let mut before = segments(link);
        for _ in 0..5 {
            assert_eq!(gateway.chat("Hi.", false).status, 200);
            let at_request = seen.lock().unwrap().pop().unwrap();
            assert!(at_request > before + 500, "{durability}: {at_request} after {before}");
            before = segments(link);
            assert!(before > at_request + 500, "{durability}: the outcome is written before the last byte");
        }
        std::fs::remove_file(link).unwrap();
    }
}

//= iso27001-2022:A.8.15
#[test]
fn with_commit_answers_wait_for_the_disk() {
    let upstream = provider::start(|stream| {
        let _ = stream.write_all(STREAM.as_bytes());
        let _ = stream.write_all(piece("This sentence is over. And ").as_bytes());
        std::thread::sleep(Duration::from_millis(300));
        let _ = stream.write_all(b"data: [DONE]\n\n");
    });
    let gateway = Gateway::with_upstream(&upstream.address, &["--durability", "commit"]);
    for _ in 0..5 {
        let size = metric(&gateway, "annexa_log_size");
        let bearer = format!("Bearer {}", gateway.key());
        let body = chat_body("Tell me.", true).to_string();
        let headers = [("authorization", bearer.as_str())];
        let path = "/openai/v1/chat/completions";
        let mut stream = client::send(&gateway.address(), "POST", path, &headers, body.as_bytes());
        assert!(stream.read(&mut [0; 64]).unwrap() > 0);
        assert!(metric(&gateway, "annexa_log_durable") > size, "the intent, before the first byte");
        let _ = stream.read_to_end(&mut Vec::new());
        assert!(metric(&gateway, "annexa_log_durable") > size + 1, "the outcome, before the last");
    }
}

#[test]
fn with_commit_whole_answers_wait_for_the_disk() {
    let gateway = Gateway::demo(&["--durability", "commit"]);
    for _ in 0..5 {
        assert_eq!(gateway.chat("ECHO:Fine.", false).status, 200);
        let size = metric(&gateway, "annexa_log_size");
        assert_eq!(metric(&gateway, "annexa_log_durable"), size);
    }
}

/// A provider that sends its head at once and its body late: the intent does not wait for the body.
#[test]
fn with_commit_the_intent_is_on_disk_while_a_body_comes() {
    let durable: Arc<Mutex<Option<u64>>> = Arc::default();
    let address: Arc<OnceLock<String>> = Arc::default();
    let (seen, gateway_address) = (durable.clone(), address.clone());
    let upstream = provider::start(move |stream| {
        let body = provider::chat("Fine.");
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        std::thread::sleep(Duration::from_millis(150));
        let text = client::ask(gateway_address.get().unwrap(), "GET", "/metrics", &[], b"").body;
        let value = text.lines().find_map(|l| l.strip_prefix("annexa_log_durable ")).unwrap();
        *seen.lock().unwrap() = Some(value.parse().unwrap());
        let _ = stream.write_all(body.as_bytes());
    });
    let gateway = Gateway::with_upstream(&upstream.address, &["--durability", "commit"]);
    address.set(gateway.address()).unwrap();
    for _ in 0..3 {
        let size = metric(&gateway, "annexa_log_size");
        assert_eq!(gateway.chat("Hi.", false).status, 200);
        assert!(durable.lock().unwrap().take().unwrap() > size);
    }
}

/// A disk that is full, as the kernel's limit on a file's size makes it: nothing is answered without evidence, and the
/// next start finds an outcome for each answer that was given.
//= iso27001-2022:A.8.15
#[test]
fn when_writing_fails_nothing_is_answered() {
    let mut gateway = Gateway::demo_with_largest_file(1 << 20);
    let text = format!("ECHO:Fine.{}", " word".repeat(12_000));
    let mut answered = Vec::new();
    let mut refused = 0;
    for nth in 0..40 {
        let reply = gateway.chat(&text, nth % 2 == 1);
        let whole = reply.status == 200 && !reply.body.contains("annexa_");
        if whole {
            assert_eq!(refused, 0, "answered after a failed write");
            answered.push(reply.exchange());
        } else {
            refused += 1;
            assert!(
                reply.status >= 500 || reply.body.contains("annexa_"),
                "{}: {}",
                reply.status,
                reply.body
            );
        }
        if refused == 4 {
            break;
        }
    }
    assert!(answered.len() > 3 && refused == 4, "{} answered, {refused} refused", answered.len());
    gateway.signal("KILL");
    let _ = gateway.wait();
    let again = gateway.again();
    let events = again.events("bank");
    for exchange in answered {
        let of_it = |e: &&serde_json::Value| e["exchange"] == exchange;
        assert!(events.iter().filter(of_it).any(|e| e["what"]["kind"] == "exchange_outcome"), "{exchange}");
    }
}
