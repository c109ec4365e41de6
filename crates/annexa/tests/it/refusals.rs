//! What is refused before it is sent, in the provider's own error form.

use crate::client;
use crate::process::{Gateway, chat_body};

const CHAT: &str = "/openai/v1/chat/completions";

//= iso27001-2022:A.5.17
#[test]
fn without_a_valid_key_nothing_is_served() {
    let gateway = Gateway::demo(&[]);
    let body = chat_body("Hi.", false).to_string();
    let none = client::ask(&gateway.address(), "POST", CHAT, &[], body.as_bytes());
    assert_eq!((none.status, none.json()["error"]["code"].as_str()), (401, Some("annexa_no_key")));
    let wrong = client::ask(
        &gateway.address(),
        "POST",
        CHAT,
        &[("authorization", "Bearer annexa-wrong")],
        body.as_bytes(),
    );
    assert_eq!(wrong.status, 401);
    assert!(!wrong.body.contains("annexa-wrong"));
    let url = format!("{CHAT}?api_key={}", gateway.key());
    assert_eq!(client::ask(&gateway.address(), "POST", &url, &[], body.as_bytes()).status, 401);
    let anthropic = client::ask(&gateway.address(), "POST", "/anthropic/v1/messages", &[], b"{}");
    assert_eq!(anthropic.json()["type"], "error");
    assert_eq!(anthropic.json()["error"]["type"], "authentication_error");
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let gateway = Gateway::demo(&[]);
    assert_eq!(gateway.chat("Hi.", false).status, 200);
    let list = crate::process::output(&["key", "list", "--data", gateway.data()]);
    let keys: serde_json::Value = serde_json::from_str(&list).unwrap();
    for key in keys.as_array().unwrap() {
        crate::process::output(&["key", "revoke", "--data", gateway.data(), key["id"].as_str().unwrap()]);
    }
    assert_eq!(gateway.chat("Hi.", false).status, 401);
    assert!(!list.contains(gateway.key()), "a list never shows a key");
}

#[test]
fn routes_that_are_not_inspected_are_not_served() {
    let gateway = Gateway::demo(&[]);
    for path in [
        "/openai/v1/responses",
        "/openai/v1/realtime",
        "/openai/v1/embeddings",
        "/openai/v1/files",
        "/openai/v1/anything",
        "/nowhere",
    ] {
        let reply = gateway.post_bytes(path, b"{}", &[]);
        assert_eq!(reply.status, 404, "{path}: {}", reply.body);
        assert!(reply.json()["error"]["message"].as_str().unwrap().len() > 20, "{path}");
    }
    let upgrade = gateway.post_bytes(CHAT, b"{}", &[("upgrade", "websocket"), ("connection", "upgrade")]);
    assert_eq!(upgrade.status, 400);
}

#[test]
fn bodies_that_two_readers_could_read_differently_are_refused_and_recorded() {
    let gateway = Gateway::demo(&[]);
    let deep = format!("{{\"model\":\"m\",\"messages\":[],\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let bad: [&[u8]; 7] = [
        b"{\"model\":\"a\",\"model\":\"b\",\"messages\":[]}",
        b"{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"conte\\u006et\":\"b\"}],\"model\":\"m\"}",
        b"{\"model\":\"m\",\"messages\":[]} {}",
        b"{\"model\":\"\xff\",\"messages\":[]}",
        b"{\"model\":\"\\ud800\",\"messages\":[]}",
        b"not json",
        deep.as_bytes(),
    ];
    for body in bad {
        let reply = gateway.post_bytes(CHAT, body, &[]);
        assert_eq!(reply.status, 400, "{}", reply.body);
        let events = gateway.exchange("bank", &reply.exchange());
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["what"]["kind"], "exchange_refused");
    }
}

#[test]
fn compressed_bodies_are_read_and_bombs_refused() {
    let gateway = Gateway::serve("127.0.0.1:9", "[limits]\nbody_bytes = 100000\nexpanded_bytes = 200000\n");
    let large = vec![b' '; 120_000];
    assert_eq!(gateway.post_bytes(CHAT, &large, &[]).status, 413);
    let reply = gateway.post_bytes(CHAT, b"abc", &[("content-encoding", "br")]);
    assert_eq!(reply.status, 415, "{}", reply.body);
    let bomb = gzip(&vec![b' '; 2_000_000]);
    assert_eq!(gateway.post_bytes(CHAT, &bomb, &[("content-encoding", "gzip")]).status, 413);
    let card = chat_body("Charge 4539 1488 0343 6467.", false).to_string();
    assert_eq!(gateway.post_bytes(CHAT, &gzip(card.as_bytes()), &[("content-encoding", "gzip")]).status, 403);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
