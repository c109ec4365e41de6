//! Answers of both dialects with a text in one of their channels, in pieces or whole.

use serde_json::{Value, json};

/// Where the text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// What the model says.
    Text,
    /// What it thinks.
    Thinking,
    /// What it gives a tool.
    Arguments,
}

/// Wire format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// OpenAI Chat Completions.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
}

/// The events of a streamed answer whose text comes in `pieces`.
pub(crate) fn streamed(dialect: Dialect, place: Place, pieces: &[&str]) -> Vec<String> {
    match dialect {
        Dialect::OpenAi => openai(place, pieces),
        Dialect::Anthropic => anthropic(place, pieces),
    }
}

fn chunk(delta: &Value, finish: &Value) -> String {
    let body = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {body}\n\n")
}

fn openai(place: Place, pieces: &[&str]) -> Vec<String> {
    let mut events = vec![chunk(&json!({"role": "assistant", "content": ""}), &Value::Null)];
    if place == Place::Arguments {
        let call = json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "send", "arguments": ""}});
        events.push(chunk(&json!({"tool_calls": [call]}), &Value::Null));
    }
    for piece in pieces {
        let delta = match place {
            Place::Text => json!({"content": piece}),
            Place::Thinking => json!({"reasoning_content": piece}),
            Place::Arguments => json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}),
        };
        events.push(chunk(&delta, &Value::Null));
    }
    let finish = if place == Place::Arguments { "tool_calls" } else { "stop" };
    events.push(chunk(&json!({}), &json!(finish)));
    events.push("data: [DONE]\n\n".into());
    events
}

fn event(body: &Value) -> String {
    format!("event: {}\ndata: {body}\n\n", body.get("type").and_then(Value::as_str).unwrap_or_default())
}

fn anthropic(place: Place, pieces: &[&str]) -> Vec<String> {
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}});
    let block = match place {
        Place::Text => json!({"type": "text", "text": ""}),
        Place::Thinking => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Place::Arguments => json!({"type": "tool_use", "id": "toolu_1", "name": "send", "input": {}}),
    };
    let mut events = vec![
        event(&json!({"type": "message_start", "message": message})),
        event(&json!({"type": "content_block_start", "index": 0, "content_block": block})),
    ];
    for piece in pieces {
        let delta = match place {
            Place::Text => json!({"type": "text_delta", "text": piece}),
            Place::Thinking => json!({"type": "thinking_delta", "thinking": piece}),
            Place::Arguments => json!({"type": "input_json_delta", "partial_json": piece}),
        };
        events.push(event(&json!({"type": "content_block_delta", "index": 0, "delta": delta})));
    }
    let stop = if place == Place::Arguments { "tool_use" } else { "end_turn" };
    events.push(event(&json!({"type": "content_block_stop", "index": 0})));
    events.push(event(&json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 9}})));
    events.push(event(&json!({"type": "message_stop"})));
    events
}

/// The same answer in one body.
pub(crate) fn whole(dialect: Dialect, place: Place, text: &str) -> String {
    match dialect {
        Dialect::OpenAi => {
            let message = match place {
                Place::Text => json!({"role": "assistant", "content": text}),
                Place::Thinking => json!({"role": "assistant", "content": "", "reasoning_content": text}),
                Place::Arguments => json!({"role": "assistant", "content": null, "tool_calls":
                    [{"id": "call_1", "type": "function", "function": {"name": "send", "arguments": text}}]}),
            };
            json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
            .to_string()
        }
        Dialect::Anthropic => {
            let block = match place {
                Place::Text => json!({"type": "text", "text": text}),
                Place::Thinking => json!({"type": "thinking", "thinking": text, "signature": ""}),
                Place::Arguments => json!({"type": "tool_use", "id": "t", "name": "send",
                    "input": serde_json::from_str::<Value>(text).unwrap_or(Value::Null)}),
            };
            json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [block],
                "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}})
            .to_string()
        }
    }
}

/// The text that a caller would put together from the released bytes, and whether an error event stands in them.
pub(crate) fn heard(dialect: Dialect, place: Place, bytes: &[u8]) -> (String, bool) {
    let pointer = match (dialect, place) {
        (Dialect::OpenAi, Place::Text) => "/choices/0/delta/content",
        (Dialect::OpenAi, Place::Thinking) => "/choices/0/delta/reasoning_content",
        (Dialect::OpenAi, Place::Arguments) => "/choices/0/delta/tool_calls/0/function/arguments",
        (Dialect::Anthropic, Place::Text) => "/delta/text",
        (Dialect::Anthropic, Place::Thinking) => "/delta/thinking",
        (Dialect::Anthropic, Place::Arguments) => "/delta/partial_json",
    };
    let text = String::from_utf8_lossy(bytes);
    let mut heard = String::new();
    let mut error = false;
    for line in text.lines().filter_map(|l| l.strip_prefix("data:")) {
        let Ok(body) = serde_json::from_str::<Value>(line.trim()) else { continue };
        error |= body.get("error").is_some();
        heard.push_str(body.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    }
    (heard, error)
}

/// The same from an answer in one body.
pub(crate) fn heard_whole(dialect: Dialect, place: Place, bytes: &[u8]) -> String {
    let pointer = match (dialect, place) {
        (Dialect::OpenAi, Place::Text) => "/choices/0/message/content",
        (Dialect::OpenAi, Place::Thinking) => "/choices/0/message/reasoning_content",
        (Dialect::OpenAi, Place::Arguments) => "/choices/0/message/tool_calls/0/function/arguments",
        (Dialect::Anthropic, Place::Text) => "/content/0/text",
        (Dialect::Anthropic, Place::Thinking) => "/content/0/thinking",
        (Dialect::Anthropic, Place::Arguments) => "/content/0/input",
    };
    let body = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    match body.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(object) => object.to_string(),
        None => String::new(),
    }
}
