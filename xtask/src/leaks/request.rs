//! The request side: each value in each place of a body, sent through the real gateway to a provider that keeps
//! what it gets.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};

use super::reveals;
use super::values::Value;
use crate::bench::{http, process};

/// Bodies that the provider got.
type Kept = Arc<Mutex<Vec<Vec<u8>>>>;

/// Puts each value in each place; gives how many got through.
pub(crate) fn run(all: &[Value]) -> Result<usize> {
    let kept = Kept::default();
    let provider = provider(kept.clone())?;
    let scratch = std::env::temp_dir().join(format!("annexa-leaks-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let gateway = process::both(&process::build()?, provider, &scratch.join("data"), "patterns")?;
    let mut bad = 0;
    println!("\n| request | places | values | sent on masked | refused | leaks |\n|---|---|---|---|---|---|");
    for (name, places) in [("openai", OPENAI), ("anthropic", ANTHROPIC)] {
        let mut counts = [0; 3];
        for value in all {
            for place in places {
                let outcome = probe(&gateway, name, place, value, &kept)?;
                if let Some(count) = counts.get_mut(outcome as usize) {
                    *count += 1;
                }
                if outcome == Outcome::Leaked {
                    eprintln!("leaked: {name} {place} {}", value.kind);
                }
            }
        }
        let [masked, refused, leaked] = counts;
        println!("| {name} | {} | {} | {masked} | {refused} | {leaked} |", places.len(), all.len());
        bad += leaked;
    }
    drop(gateway);
    std::fs::remove_dir_all(&scratch)?;
    Ok(bad)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Masked,
    Refused,
    Leaked,
}

/// Places of a chat request, as JSON pointers into [`openai`]'s body.
const OPENAI: &[&str] = &[
    "/messages/0/content",
    "/messages/1/content",
    "/messages/2/content/0/text",
    "/messages/2/content/1/text",
    "/messages/3/content",
    "/messages/3/tool_calls/0/function/arguments",
    "/messages/4/content",
    "/messages/1/name",
    "/tools/0/function/description",
    "/tools/0/function/parameters/properties/to/description",
    "/tools/0/function/parameters/properties/to/enum/0",
    "/response_format/json_schema/schema/title",
    "/metadata/note",
    "/prediction/content",
    "/stop/0",
    "/unknown/deep/0/field",
];

/// Places of a messages request.
const ANTHROPIC: &[&str] = &[
    "/system/0/text",
    "/messages/0/content",
    "/messages/1/content/0/text",
    "/messages/1/content/1/input/note",
    "/messages/2/content/0/content/0/text",
    "/messages/2/content/1/source/data",
    "/messages/2/content/1/title",
    "/messages/2/content/1/context",
    "/tools/0/description",
    "/tools/0/input_schema/properties/to/description",
    "/stop_sequences/0",
    "/unknown/deep/0/field",
];

fn body(name: &str) -> Json {
    if name == "openai" { openai() } else { anthropic() }
}

fn openai() -> Json {
    json!({
        "model": "practice", "metadata": {"note": ""}, "stop": [""], "unknown": {"deep": [{"field": ""}]},
        "prediction": {"type": "content", "content": ""},
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {"title": "", "type": "object"}}},
        "tools": [{"type": "function", "function": {"name": "send", "description": "", "parameters":
            {"type": "object", "properties": {"to": {"type": "string", "description": "", "enum": [""]}}}}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "", "content": "Hello."},
            {"role": "user", "content": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]},
            {"role": "assistant", "content": "Yes.", "tool_calls":
                [{"id": "call_1", "type": "function", "function": {"name": "send", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "Done."},
            {"role": "user", "content": "Thanks."}
        ]
    })
}

fn anthropic() -> Json {
    json!({
        "model": "practice", "max_tokens": 64, "stop_sequences": [""], "unknown": {"deep": [{"field": ""}]},
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [{"name": "send", "description": "", "input_schema":
            {"type": "object", "properties": {"to": {"type": "string", "description": ""}}}}],
        "messages": [
            {"role": "user", "content": "Hello."},
            {"role": "assistant", "content": [{"type": "text", "text": "Yes."},
                {"type": "tool_use", "id": "toolu_1", "name": "send", "input": {"note": ""}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Done."}]},
                {"type": "document", "title": "", "context": "", "source":
                    {"type": "text", "media_type": "text/plain", "data": ""}},
                {"type": "text", "text": "Thanks."}]}
        ]
    })
}

fn probe(gateway: &process::Both, name: &str, place: &str, value: &Value, kept: &Kept) -> Result<Outcome> {
    let mut body = body(name);
    let slot = body.pointer_mut(place).with_context(|| format!("no place {place}"))?;
    let sentence = value.sentence();
    *slot = if place.ends_with("arguments") {
        json!({"note": sentence}).to_string().into()
    } else {
        sentence.into()
    };
    kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let status = gateway.post(name, &body.to_string())?;
    let bodies = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let leaked = bodies.iter().any(|b| reveals(&String::from_utf8_lossy(b), value));
    ensure!(!bodies.is_empty() || status >= 400, "the gateway said {status} and sent nothing");
    Ok(match (leaked, bodies.is_empty()) {
        (true, _) => Outcome::Leaked,
        (false, true) => Outcome::Refused,
        (false, false) => Outcome::Masked,
    })
}

fn provider(kept: Kept) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = kept.clone();
            thread::spawn(move || keep(stream, &kept));
        }
    });
    Ok(address)
}

fn keep(stream: TcpStream, kept: &Kept) {
    let Ok(mut out) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = http::read_message(&mut reader) {
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.body);
        let body = if request.start.contains("/chat/") { OPENAI_ANSWER } else { ANTHROPIC_ANSWER };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

const OPENAI_ANSWER: &str = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Fine."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
const ANTHROPIC_ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Fine."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#;
