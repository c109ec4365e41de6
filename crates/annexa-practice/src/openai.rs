//! Answers in OpenAI's Chat Completions form.

use serde_json::{Value, json};

use crate::answer::{Answer, Frame, Part};
use crate::ask::Ask;

/// The time that answers claim to be made at, in seconds: the same in every run.
const CREATED: u64 = 1_767_225_600;
const FINGERPRINT: &str = "fp_practice";

/// The answer as one body.
pub(crate) fn whole(ask: &Ask, answer: &Answer) -> Value {
    let message = message(ask, answer);
    let logprobs = if ask.logprobs { all_logprobs(answer) } else { Value::Null };
    let choice = |index| json!({"index": index, "message": message, "logprobs": logprobs, "finish_reason": finish(ask, answer)});
    json!({
        "id": id(ask), "object": "chat.completion", "created": CREATED, "model": ask.model,
        "choices": (0..ask.choices).map(choice).collect::<Vec<_>>(),
        "usage": usage(ask, answer), "service_tier": "default", "system_fingerprint": FINGERPRINT,
    })
}

/// The answer as server-sent events. Several choices come interleaved.
pub(crate) fn frames(ask: &Ask, answer: &Answer) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut put = |delta: &Value, logprobs: &Value, finish: &Value, paced: bool| {
        for index in 0..ask.choices {
            let choice =
                json!({"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish});
            frames.push(Frame { bytes: event(&chunk(ask, &json!([choice]))), paced: paced && index == 0 });
        }
    };
    put(&json!({"role": "assistant", "content": "", "refusal": null}), &Value::Null, &Value::Null, false);
    let mut calls = 0;
    for part in &answer.parts {
        for (delta, piece) in deltas(ask, part, calls) {
            let logprobs = match (ask.logprobs, part) {
                (true, Part::Text(_)) => json!({"content": [logprob(&piece)], "refusal": null}),
                _ => Value::Null,
            };
            put(&delta, &logprobs, &Value::Null, true);
        }
        calls += usize::from(matches!(part, Part::Tool { .. }));
    }
    put(&json!({}), &Value::Null, &json!(finish(ask, answer)), false);
    frames.extend(ending(ask, answer));
    frames
}

fn ending(ask: &Ask, answer: &Answer) -> Vec<Frame> {
    let mut frames = Vec::new();
    if ask.usage {
        let mut last = chunk(ask, &json!([]));
        set(&mut last, "usage", usage(ask, answer));
        frames.push(Frame { bytes: event(&last), paced: false });
    }
    frames.push(Frame { bytes: b"data: [DONE]\n\n".to_vec(), paced: false });
    frames
}

/// A part's deltas, each with the piece that it carries.
fn deltas(ask: &Ask, part: &Part, call: usize) -> Vec<(Value, String)> {
    let each =
        |form: &dyn Fn(&str) -> Value| part.pieces().iter().map(|p| (form(p), p.clone())).collect::<Vec<_>>();
    match part {
        Part::Thinking(_) => each(&|piece| json!({"reasoning_content": piece})),
        Part::Text(_) => each(&|piece| json!({"content": piece})),
        Part::Tool { name, .. } if ask.functions => {
            let head = json!({"function_call": {"name": name, "arguments": ""}});
            let rest = each(&|piece| json!({"function_call": {"arguments": piece}}));
            std::iter::once((head, String::new())).chain(rest).collect()
        }
        Part::Tool { name, .. } => {
            let function = json!({"name": name, "arguments": ""});
            let head = json!({"tool_calls": [
                {"index": call, "id": call_id(ask, call), "type": "function", "function": function}]});
            let rest =
                each(&|piece| json!({"tool_calls": [{"index": call, "function": {"arguments": piece}}]}));
            std::iter::once((head, String::new())).chain(rest).collect()
        }
    }
}

fn chunk(ask: &Ask, choices: &Value) -> Value {
    let mut chunk = json!({
        "id": id(ask), "object": "chat.completion.chunk", "created": CREATED, "model": ask.model,
        "choices": choices, "service_tier": "default", "system_fingerprint": FINGERPRINT,
    });
    if ask.usage {
        set(&mut chunk, "usage", Value::Null);
    }
    chunk
}

fn message(ask: &Ask, answer: &Answer) -> Value {
    let content = answer.joined(|p| matches!(p, Part::Text(_)));
    let mut message = json!({"role": "assistant", "content": content, "refusal": null, "annotations": []});
    if let Some(thinking) = answer.joined(|p| matches!(p, Part::Thinking(_))) {
        set(&mut message, "reasoning_content", json!(thinking));
    }
    let calls = calls(answer);
    match (ask.functions, calls.first()) {
        (_, None) => {}
        (true, Some(call)) => set(&mut message, "function_call", call.clone()),
        (false, Some(_)) => set(&mut message, "tool_calls", numbered(ask, &calls)),
    }
    message
}

fn calls(answer: &Answer) -> Vec<Value> {
    let call = |part: &Part| match part {
        Part::Tool { name, .. } => Some(json!({"name": name, "arguments": part.join()})),
        _ => None,
    };
    answer.parts.iter().filter_map(call).collect()
}

fn numbered(ask: &Ask, calls: &[Value]) -> Value {
    let one = |(index, call)| json!({"id": call_id(ask, index), "type": "function", "function": call});
    calls.iter().enumerate().map(one).collect()
}

fn all_logprobs(answer: &Answer) -> Value {
    let texts = answer.parts.iter().filter(|p| matches!(p, Part::Text(_)));
    let content: Vec<Value> = texts.flat_map(Part::pieces).map(|piece| logprob(piece)).collect();
    json!({"content": content, "refusal": null})
}

fn logprob(piece: &str) -> Value {
    let own = json!({"token": piece, "logprob": -0.125, "bytes": piece.as_bytes()});
    json!({"token": piece, "logprob": -0.125, "bytes": piece.as_bytes(), "top_logprobs": [own]})
}

fn finish(ask: &Ask, answer: &Answer) -> &'static str {
    match (answer.calls(), ask.functions) {
        (true, true) => "function_call",
        (true, false) => "tool_calls",
        (false, _) => "stop",
    }
}

fn usage(ask: &Ask, answer: &Answer) -> Value {
    let written = answer.tokens();
    let reasoning: usize =
        answer.parts.iter().filter(|p| matches!(p, Part::Thinking(_))).map(|p| p.pieces().len()).sum();
    json!({
        "prompt_tokens": ask.input_tokens, "completion_tokens": written, "total_tokens": ask.input_tokens + written,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    })
}

fn id(ask: &Ask) -> String {
    format!("chatcmpl-{}", ask.seed.clone().token(29))
}

fn call_id(ask: &Ask, index: usize) -> String {
    let mut seed = ask.seed.clone();
    for _ in 0..=index {
        seed.draw();
    }
    format!("call_{}", seed.token(24))
}

fn set(value: &mut Value, key: &str, to: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(key.to_owned(), to);
    }
}

fn event(value: &Value) -> Vec<u8> {
    format!("data: {value}\n\n").into_bytes()
}

/// The list of models.
pub(crate) fn models() -> Value {
    let one =
        |id: &str| json!({"id": id, "object": "model", "created": CREATED, "owned_by": "annexa-practice"});
    json!({"object": "list", "data": [one("practice-small"), one("practice-large")]})
}

/// An error in OpenAI's form.
pub(crate) fn error(status: u16, message: &str) -> Value {
    let (kind, code) = match status {
        400 => ("invalid_request_error", Value::Null),
        404 => ("invalid_request_error", json!("unknown_url")),
        429 => ("requests", json!("rate_limit_exceeded")),
        _ => ("server_error", Value::Null),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}
