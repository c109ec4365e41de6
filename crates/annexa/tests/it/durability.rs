//! What is with the kernel and on the disk at each moment of an exchange, and what callers get when writing fails.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::client::{self, Reply};
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

/// How many exchanges ended so, as the gateway's metrics count them.
fn ended(gateway: &Gateway, how: &str) -> u64 {
    let text = client::ask(&gateway.address(), "GET", "/metrics", &[], b"").body;
    let label = format!("ended=\"{how}\"");
    let lines = text.lines().filter(|line| line.contains(&label));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

fn is_event(kind: &str) -> impl Fn(&&serde_json::Value) -> bool {
    move |event| event["what"]["kind"] == kind
}

/// Asks until four exchanges were refused; gives those that were answered, none of them after one that was refused.
fn ask_until_writing_fails(gateway: &Gateway, streams: &AtomicBool) -> Vec<String> {
    let text = format!("Say that it is fine.{}", " word".repeat(12_000));
    let (mut answered, mut refused) = (Vec::new(), 0);
    for nth in 0..40 {
        streams.store(nth % 2 == 1, Ordering::SeqCst);
        let reply = gateway.chat(&text, nth % 2 == 1);
        let Reply { status, body, .. } = &reply;
        if *status == 200 && !body.contains("annexa_") {
            assert_eq!(refused, 0, "answered after a failed write");
            assert!(nth % 2 == 0 || body.contains("[DONE]"), "{body}");
            answered.push(reply.exchange());
        } else {
            refused += 1;
            assert!(*status >= 500 || body.contains("annexa_"), "{status}: {body}");
        }
        if refused == 4 {
            break;
        }
    }
    assert!(answered.len() > 3 && refused == 4, "{} answered, {refused} refused", answered.len());
    answered
}

/// A disk that is full, as the kernel's limit on a file's size makes it: nothing is sent or answered without evidence,
/// what callers were told is what is counted, and the next start finds an outcome for each answer that was given.
//= iso27001-2022:A.8.15
#[test]
fn when_writing_fails_nothing_is_answered() {
    let streams = Arc::new(AtomicBool::new(false));
    let streamed = streams.clone();
    let upstream = provider::start(move |stream| {
        if !streamed.load(Ordering::SeqCst) {
            return provider::json(stream, 200, "", &provider::chat("Fine."));
        }
        let end = "data: [DONE]\n\n";
        let _ = stream.write_all(format!("{STREAM}{}{end}", piece("Fine. It is.")).as_bytes());
    });
    for durability in ["interval", "commit"] {
        upstream.kept.lock().unwrap().clear();
        let mut gateway = Gateway::with_upstream_and_largest_file(&upstream.address, 1 << 20, durability);
        let answered = ask_until_writing_fails(&gateway, &streams);
        let counted = ["delivered", "no_evidence", "client_gone"].map(|how| ended(&gateway, how));
        assert_eq!(counted, [answered.len() as u64, 4, 0]);
        gateway.signal("KILL");
        let _ = gateway.wait();
        let events = gateway.again().events("bank");
        let (intents, sent) =
            (events.iter().filter(is_event("exchange_intent")).count(), upstream.kept.lock().unwrap().len());
        assert!((answered.len()..=intents).contains(&sent), "{sent} were sent with {intents} intents");
        for exchange in answered {
            let mut outcomes = events.iter().filter(is_event("exchange_outcome"));
            assert!(outcomes.any(|event| event["exchange"] == exchange), "{exchange}");
        }
    }
}

/// The write of the intent is the first that fails: the request stays here, and its caller is refused and counted so.
//= iso27001-2022:A.8.15
#[test]
fn a_request_whose_intent_can_not_be_written_stays_here() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("Fine.")));
    let gateway = Gateway::with_upstream_and_largest_file(&upstream.address, 1 << 30, "interval");
    assert_eq!(gateway.chat("Hi.", false).status, 200);
    let limit = segments(Path::new(gateway.data())) + 100;
    let (pid, limit) = (gateway.pid().to_string(), format!("--fsize={limit}"));
    let set = std::process::Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
    assert!(set.success());
    assert_eq!(gateway.chat("Hi.", false).status, 503);
    assert_eq!(upstream.kept.lock().unwrap().len(), 1);
    let counted = ["delivered", "no_evidence", "client_gone"].map(|how| ended(&gateway, how));
    assert_eq!(counted, [1, 1, 0]);
}
