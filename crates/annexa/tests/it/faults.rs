//! Providers that fail in every way: the caller is told, and the outcome is recorded.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::client;
use crate::process::{Gateway, chat_body};
use crate::provider;

fn outcome(gateway: &Gateway, exchange: &str) -> String {
    // The outcome of an exchange whose caller left is written a moment later.
    for _ in 0..50 {
        let events = gateway.exchange("bank", exchange);
        if let Some(outcome) = events.iter().find(|e| e["what"]["kind"] == "exchange_outcome") {
            assert_eq!(events[0]["what"]["kind"], "exchange_intent", "the intent comes first");
            return outcome["what"]["ended"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no outcome for {exchange}: {:?}", gateway.exchange("bank", exchange));
}

//= iso27001-2022:A.8.15
#[test]
fn every_fault_of_a_provider_ends_in_an_error_and_an_outcome() {
    let gateway = Gateway::demo(&[]);
    for (fault, stream, status, ended) in [
        ("reset", false, 502, "truncated"),
        ("429", false, 429, "upstream_fault"),
        ("529", false, 529, "upstream_fault"),
        ("500", true, 500, "upstream_fault"),
        ("garbage", false, 502, "upstream_fault"),
        ("gzip", false, 200, "delivered"),
        ("truncate", false, 502, "upstream_fault"),
    ] {
        let reply = gateway.chat(&format!("FAULT:{fault}"), stream);
        assert_eq!(reply.status, status, "{fault}: {}", reply.body);
        assert_eq!(outcome(&gateway, &reply.exchange()), ended, "{fault}");
    }
}

#[test]
fn a_truncated_stream_ends_with_an_error_event() {
    let gateway = Gateway::demo(&[]);
    let reply = gateway.chat("FAULT:truncate", true);
    assert!(
        reply.body.contains("annexa_answer_truncated") && !reply.body.contains("[DONE]"),
        "{}",
        reply.body
    );
    assert_eq!(outcome(&gateway, &reply.exchange()), "truncated");
    let reply = gateway.messages("FAULT:truncate", true);
    assert!(reply.body.contains("event: error"), "{}", reply.body);
}

#[test]
fn a_silent_provider_is_given_up_with_keep_alives_before() {
    let upstream = provider::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        let _ = stream.write_all(b"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hold\"},\"finish_reason\":null}]}\n\n");
        std::thread::sleep(Duration::from_secs(20));
    });
    let gateway = Gateway::serve(&upstream.address, "[limits]\nstall_seconds = 3\nkeep_alive_seconds = 1\n");
    let reply = gateway.chat("Hi.", true);
    assert!(reply.body.contains("annexa_provider_stalled"), "{}", reply.body);
    assert!(reply.body.starts_with(':'), "a keep-alive comes first: {}", reply.body);
    assert!(!reply.body.contains("\"Hold\"") || reply.body.find("\"Hold\"") > reply.body.find(':'));
    assert_eq!(outcome(&gateway, &reply.exchange()), "timeout");
}

#[test]
fn no_provider_is_a_gateway_error() {
    let gateway = Gateway::serve("127.0.0.1:1", "");
    let reply = gateway.chat("Hi.", false);
    assert_eq!(reply.status, 502, "{}", reply.body);
    assert_eq!(outcome(&gateway, &reply.exchange()), "upstream_fault");
}

#[test]
fn a_caller_that_hangs_up_leaves_an_outcome() {
    let upstream = provider::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
        for n in 0..200 {
            let chunk = format!(
                "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"Sentence number {n} is here. \"}},\"finish_reason\":null}}]}}\n\n"
            );
            if stream.write_all(chunk.as_bytes()).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let gateway = Gateway::serve(&upstream.address, "");
    let bearer = format!("Bearer {}", gateway.key());
    let body = chat_body("Tell me.", true).to_string();
    let mut stream = client::send(
        &gateway.address(),
        "POST",
        "/openai/v1/chat/completions",
        &[("authorization", &bearer)],
        body.as_bytes(),
    );
    let mut some = [0; 600];
    let n = std::io::Read::read(&mut stream, &mut some).unwrap();
    let head = String::from_utf8_lossy(&some[..n]).into_owned();
    let id = head.lines().find_map(|l| l.strip_prefix("annexa-exchange: ")).unwrap().trim().to_owned();
    drop(stream);
    assert_eq!(outcome(&gateway, &id), "client_gone");
}

#[test]
fn what_is_over_the_limit_gets_503_before_work_starts() {
    let upstream = provider::start(|stream| {
        std::thread::sleep(Duration::from_secs(2));
        provider::json(stream, 200, "", &provider::chat("late"));
    });
    let gateway = Gateway::serve(&upstream.address, "[limits]\nconcurrent = 1\n");
    let bearer = format!("Bearer {}", gateway.key());
    let body = chat_body("Hi.", false).to_string();
    let first = client::send(
        &gateway.address(),
        "POST",
        "/openai/v1/chat/completions",
        &[("authorization", &bearer)],
        body.as_bytes(),
    );
    std::thread::sleep(Duration::from_millis(500));
    let second = gateway.chat("Hi.", false);
    assert_eq!((second.status, second.header("retry-after")), (503, Some("1")), "{}", second.body);
    assert_eq!(client::receive(first).status, 200);
}

/// Answers requests on one connection with streams whose end comes a moment after their last event.
fn streams_with_a_late_end(stream: &mut TcpStream) {
    let delta = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Good."},"finish_reason":"stop"}]}"#;
    let events = format!("data: {delta}\n\ndata: [DONE]\n\n");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    loop {
        stream.write_all(format!("{head}{:x}\r\n{events}\r\n", events.len()).as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        stream.write_all(b"0\r\n\r\n").unwrap();
        let (mut asked, mut buffer) = (Vec::new(), [0; 4096]);
        while !asked.ends_with(b"}") {
            match stream.read(&mut buffer) {
                Ok(n) if n > 0 => asked.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
    }
}

#[test]
fn the_connection_of_a_stream_is_used_again() {
    let provider = provider::start(streams_with_a_late_end);
    let gateway = Gateway::with_upstream(&provider.address, &[]);
    for _ in 0..3 {
        let reply = gateway.chat("Hello", true);
        assert!(reply.status == 200 && reply.body.contains("[DONE]"), "{}", reply.body);
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(
        provider.kept.lock().unwrap().len(),
        1,
        "the provider keeps the first request of each connection"
    );
}
