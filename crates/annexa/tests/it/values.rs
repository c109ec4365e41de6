//! What leaves and what comes back: masking, tokens, blocks, on both dialects.

use crate::process::{Gateway, chat_body};
use crate::provider;

const CARD: &str = "4539 1488 0343 6467";
const IBAN: &str = "DE89370400440532013000";

//= iso27001-2022:A.8.12
#[test]
fn an_address_leaves_as_a_token_and_comes_back_restored() {
    let upstream =
        provider::start(|stream| provider::json(stream, 200, "", &provider::chat("I wrote to nobody yet.")));
    let gateway = Gateway::with_upstream(&upstream.address, &[]);
    let reply = gateway.chat("Write to anna.keller@bluewin.ch please.", false);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, sent) = upstream.kept.lock().unwrap().pop().unwrap();
    assert!(!sent.contains("anna.keller") && sent.contains("[EMAIL_"), "{sent}");

    let demo = Gateway::demo(&[]);
    for stream in [false, true] {
        let reply = demo.chat("ECHO:I wrote to |anna.keller@blue|win.ch| today.", stream);
        assert!(
            reply.body.contains("[EMAIL]") || reply.body.contains("anna.keller@bluewin.ch"),
            "{}",
            reply.body
        );
    }
}

//= iso27001-2022:A.8.12
#[test]
fn a_card_is_refused_outward_and_the_refusal_does_not_repeat_it() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("ok")));
    let gateway = Gateway::with_upstream(&upstream.address, &[]);
    for reply in
        [gateway.chat(&format!("Charge {CARD}."), false), gateway.messages(&format!("Charge {CARD}."), true)]
    {
        assert_eq!(reply.status, 403, "{}", reply.body);
        assert!(reply.body.contains("CREDIT_CARD") && !reply.body.contains("1488"), "{}", reply.body);
        assert!(reply.body.contains(&reply.exchange()));
    }
    assert!(upstream.kept.lock().unwrap().is_empty(), "nothing may have been sent");
}

//= iso27001-2022:A.8.12
#[test]
fn an_answer_is_masked_the_same_streamed_or_not() {
    let gateway = Gateway::demo(&["--policy", "answers-only"]);
    let text = format!("ECHO:The account is |{}|{}| and the card {CARD}. Good.", &IBAN[..9], &IBAN[9..]);
    for reply in [
        gateway.chat(&text, false),
        gateway.chat(&text, true),
        gateway.messages(&text, false),
        gateway.messages(&text, true),
    ] {
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(reply.body.contains("[IBAN]") && reply.body.contains("[CREDIT_CARD]"), "{}", reply.body);
        assert!(!reply.body.contains("3704") && !reply.body.contains("1488"), "{}", reply.body);
    }
}

#[test]
fn a_body_without_findings_leaves_byte_for_byte() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("fine")));
    let gateway = Gateway::with_upstream(&upstream.address, &[]);
    let body = "{ \"messages\" : [ {\"role\":\"user\" , \"content\":\"Gr\\u00fc\\u00dfe \\/ hello\"} ],\n \"model\":\"m\", \"unknown\": {\"a\": [1.50e3, true, null]} }";
    let reply = gateway.post_bytes("/openai/v1/chat/completions", body.as_bytes(), &[]);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(upstream.kept.lock().unwrap().pop().unwrap().1, body);
    assert_eq!(reply.body, provider::chat("fine"));
}

#[test]
fn only_listed_headers_leave_and_never_the_gateway_key() {
    let upstream =
        provider::start(|stream| provider::json(stream, 200, "set-cookie: a=b\r\n", &provider::chat("fine")));
    let gateway = Gateway::with_upstream(&upstream.address, &[]);
    let more = [
        ("cookie", "session=1"),
        ("x-secret", "s"),
        ("openai-beta", "assistants=v2"),
        ("annexa-reason", "because"),
    ];
    let reply = gateway.post_bytes(
        "/openai/v1/chat/completions",
        chat_body("Hi.", false).to_string().as_bytes(),
        &more,
    );
    let (head, _) = upstream.kept.lock().unwrap().pop().unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.contains("openai-beta: assistants=v2"), "{head}");
    for hidden in ["cookie", "x-secret", "annexa-reason", gateway.key().to_ascii_lowercase().as_str()] {
        assert!(!head.contains(hidden), "{hidden}: {head}");
    }
    assert!(reply.header("set-cookie").is_none());
}

#[test]
fn justified_disclosure_needs_a_reason_and_never_lifts_a_card() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("ok")));
    let gateway = Gateway::with_upstream(&upstream.address, &[]);
    let because = [("annexa-reason", "complaint 4711, consent on file")];
    let path = "/openai/v1/chat/completions";
    let plain = chat_body("Write to anna.keller@bluewin.ch please.", false).to_string();
    assert_eq!(gateway.post_bytes(path, plain.as_bytes(), &because).status, 200);
    let (_, sent) = upstream.kept.lock().unwrap().pop().unwrap();
    assert!(sent.contains("anna.keller@bluewin.ch"), "{sent}");
    let card = chat_body(&format!("Charge {CARD}."), false).to_string();
    assert_eq!(gateway.post_bytes(path, card.as_bytes(), &because).status, 403);
}
