//! What a caller or a provider might do on purpose, and what must come of it.

use std::io::Write;

use serde_json::json;

use crate::process::{Gateway, chat_body};
use crate::provider::{self, chat};

const CHAT: &str = "/openai/v1/chat/completions";
const CARD: &str = "4111 1111 1111 1111";

//= iso27001-2022:A.8.12
#[test]
fn a_card_does_not_leave_behind_another_text_part() {
    let provider = provider::start(|stream| provider::json(stream, 200, "", &chat("ok")));
    let gateway = Gateway::with_upstream(&provider.address, &[]);
    let parts = json!([{"type": "text", "text": "ref 12"}, {"type": "text", "text": CARD}]);
    for path in [CHAT, "/anthropic/v1/messages"] {
        let body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": parts}]});
        assert_eq!(gateway.post(path, &body).status, 403, "{path}");
    }
    assert!(provider.kept.lock().unwrap().is_empty());
}

//= iso27001-2022:A.8.15
#[test]
fn events_hold_no_content_that_stands_for_a_model_or_a_purpose() {
    let provider = provider::start(|stream| provider::json(stream, 200, "", &chat("ok")));
    let gateway = Gateway::with_upstream(&provider.address, &[]);
    let body = json!({"model": format!("gpt {CARD}"), "messages": [{"role": "user", "content": "Hi."}]});
    assert_eq!(gateway.post(CHAT, &body).status, 403);
    let stated = [("annexa-purpose", "for 756.9217.0769.85")];
    let hello = chat_body("Hi.", false).to_string();
    assert_eq!(gateway.post_bytes(CHAT, hello.as_bytes(), &stated).status, 200);
    assert_eq!(
        gateway.post_bytes(CHAT, hello.as_bytes(), &[("annexa-purpose", "credit advice")]).status,
        200
    );
    let events = serde_json::to_string(&gateway.events("bank")).unwrap();
    assert!(!events.contains(CARD) && !events.contains("756.9217"));
    assert!(events.contains("credit advice") && events.contains("[CREDIT_CARD]"));
}

//= iso27001-2022:A.8.15
#[test]
fn a_refusal_for_what_can_not_be_inspected_is_an_event() {
    let gateway = Gateway::demo(&[]);
    let body = chat_body("Hi.", false).to_string();
    let reply = gateway.post_bytes(CHAT, body.as_bytes(), &[("openai-beta", "\u{e9}")]);
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(gateway.exchange("bank", &reply.exchange()).len(), 1);
}

#[test]
fn a_provider_that_switches_protocols_has_not_answered() {
    let provider = provider::start(|stream| {
        let _ =
            stream.write_all(b"HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n4111111111111111");
    });
    let gateway = Gateway::with_upstream(&provider.address, &[]);
    let reply = gateway.chat("Hi.", false);
    assert_eq!(reply.status, 502, "{}", reply.head);
    let events = serde_json::to_string(&gateway.exchange("bank", &reply.exchange())).unwrap();
    assert!(events.contains("upstream_fault") && !events.contains("delivered"), "{events}");
}

/// Quadratic work would take minutes.
#[test]
fn a_long_message_of_many_values_is_served() {
    let provider = provider::start(|stream| provider::json(stream, 200, "", &chat("ok")));
    let gateway = Gateway::with_upstream(&provider.address, &[]);
    let text = "anna.muster@example.org ".repeat(40_000);
    assert_eq!(gateway.chat(&text, false).status, 200);
    assert_eq!(gateway.chat(&"1234 ".repeat(150_000), false).status, 200);
    let part = json!({"type": "text", "text": "anna.muster@example.org "});
    let body = json!({"model": "m", "messages": [{"role": "user", "content": vec![part; 30_000]}]});
    assert_eq!(gateway.post(CHAT, &body).status, 200);
    assert!(provider.kept.lock().unwrap().iter().all(|(_, body)| !body.contains("anna.muster")));
}
