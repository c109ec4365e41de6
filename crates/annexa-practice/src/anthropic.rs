//! Answers in Anthropic's Messages form.

use serde_json::{Value, json};

use crate::answer::{Answer, Frame, Part};
use crate::ask::Ask;
use crate::seed::Seed;

/// The answer as one body.
pub(crate) fn whole(ask: &Ask, answer: &Answer) -> Value {
    let content: Vec<Value> =
        answer.parts.iter().enumerate().map(|(at, part)| block(ask, at, part)).collect();
    message(ask, &json!(content), &json!(stop(answer)), answer.tokens())
}

/// The answer as server-sent events.
pub(crate) fn frames(ask: &Ask, answer: &Answer) -> Vec<Frame> {
    let start = json!({"type": "message_start", "message": message(ask, &json!([]), &Value::Null, 1)});
    let mut frames = vec![still(&start)];
    for (at, part) in answer.parts.iter().enumerate() {
        let opened =
            json!({"type": "content_block_start", "index": at, "content_block": opening(ask, at, part)});
        frames.push(still(&opened));
        if at == 0 {
            frames.push(still(&json!({"type": "ping"})));
        }
        frames.extend(
            part.pieces().iter().map(|piece| Frame { paced: true, ..still(&delta(at, part, piece)) }),
        );
        if let Part::Thinking(_) = part {
            let signed = json!({"type": "signature_delta", "signature": signature(&part.join())});
            frames.push(still(&json!({"type": "content_block_delta", "index": at, "delta": signed})));
        }
        frames.push(still(&json!({"type": "content_block_stop", "index": at})));
    }
    let ended = json!({"stop_reason": stop(answer), "stop_sequence": null});
    let usage = json!({"output_tokens": answer.tokens()});
    frames.push(still(&json!({"type": "message_delta", "delta": ended, "usage": usage})));
    frames.push(still(&json!({"type": "message_stop"})));
    frames
}

fn still(event: &Value) -> Frame {
    let name = event.get("type").and_then(Value::as_str).unwrap_or_default();
    Frame { bytes: format!("event: {name}\ndata: {event}\n\n").into_bytes(), paced: false }
}

fn delta(at: usize, part: &Part, piece: &str) -> Value {
    let delta = match part {
        Part::Thinking(_) => json!({"type": "thinking_delta", "thinking": piece}),
        Part::Text(_) => json!({"type": "text_delta", "text": piece}),
        Part::Tool { .. } => json!({"type": "input_json_delta", "partial_json": piece}),
    };
    json!({"type": "content_block_delta", "index": at, "delta": delta})
}

fn block(ask: &Ask, at: usize, part: &Part) -> Value {
    let text = part.join();
    match part {
        Part::Thinking(_) => json!({"type": "thinking", "thinking": text, "signature": signature(&text)}),
        Part::Text(_) => json!({"type": "text", "text": text, "citations": null}),
        Part::Tool { name, .. } => {
            // Arguments that are no JSON can't be an object here; a stream would carry them as they are.
            let input: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!({"text": text}));
            json!({"type": "tool_use", "id": tool_id(ask, at), "name": name, "input": input})
        }
    }
}

fn opening(ask: &Ask, at: usize, part: &Part) -> Value {
    match part {
        Part::Thinking(_) => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Part::Text(_) => json!({"type": "text", "text": "", "citations": null}),
        Part::Tool { name, .. } => {
            json!({"type": "tool_use", "id": tool_id(ask, at), "name": name, "input": {}})
        }
    }
}

fn message(ask: &Ask, content: &Value, stop: &Value, written: usize) -> Value {
    json!({
        "id": format!("msg_01{}", ask.seed.clone().token(22)), "type": "message", "role": "assistant",
        "model": ask.model, "content": content, "stop_reason": stop, "stop_sequence": null,
        "usage": {"input_tokens": ask.input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": written, "service_tier": "standard"},
    })
}

fn stop(answer: &Answer) -> &'static str {
    if answer.calls() { "tool_use" } else { "end_turn" }
}

fn tool_id(ask: &Ask, at: usize) -> String {
    let mut seed = ask.seed.clone();
    for _ in 0..=at {
        seed.draw();
    }
    format!("toolu_01{}", seed.token(22))
}

/// Stands for the provider's signature over its thinking: a changed text no longer fits it.
pub(crate) fn signature(thinking: &str) -> String {
    format!("practice{}", Seed::of(thinking.as_bytes()).token(80))
}

/// Whether all thinking that a conversation brings back is as it was signed.
pub(crate) fn thinking_is_untouched(body: &Value) -> bool {
    let messages = body.get("messages").and_then(Value::as_array).into_iter().flatten();
    let blocks = messages.filter_map(|m| m.get("content")?.as_array()).flatten();
    blocks.filter(|b| b.get("type").is_some_and(|t| t == "thinking")).all(|block| {
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
        text("signature") == signature(text("thinking"))
    })
}

/// The answer to `count_tokens`.
pub(crate) fn count(ask: &Ask) -> Value {
    json!({"input_tokens": ask.input_tokens})
}

/// The list of models, for a caller that sends `anthropic-version`.
pub(crate) fn models() -> Value {
    let one = |id: &str, name: &str| json!({"type": "model", "id": id, "display_name": name, "created_at": "2026-01-01T00:00:00Z"});
    let data = [one("practice-small", "Practice, small"), one("practice-large", "Practice, large")];
    json!({"data": data, "has_more": false, "first_id": "practice-small", "last_id": "practice-large"})
}

/// An error in Anthropic's form.
pub(crate) fn error(status: u16, message: &str, request: &str) -> Value {
    let kind = match status {
        400 => "invalid_request_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": request})
}
