//! Tests of Anthropic answers, one trap each.

use serde_json::{Value, json};

use super::answer_tests::{Play, SECRET, play, stream, whole};
use super::*;

#[expect(clippy::needless_pass_by_value, reason = "calls read better")]
fn block(index: u32, start: Value, deltas: &[Value]) -> Vec<Value> {
    let mut frames = vec![json!({"type": "content_block_start", "index": index, "content_block": start})];
    frames.extend(deltas.iter().map(|d| json!({"type": "content_block_delta", "index": index, "delta": d})));
    frames.push(json!({"type": "content_block_stop", "index": index}));
    frames
}

fn anthropic(blocks: Vec<Vec<Value>>) -> String {
    let mut frames = vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude-x", "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 12, "output_tokens": 1}}}),
    ];
    frames.extend(blocks.into_iter().flatten());
    frames.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 7}}));
    frames.push(json!({"type": "message_stop"}));
    stream(Dialect::AnthropicMessages, &frames)
}

#[test]
fn a_messages_stream_is_read_and_leaves_as_it_came() {
    let bytes = anthropic(vec![
        block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            &[
                json!({"type": "thinking_delta", "thinking": "hm"}),
                json!({"type": "signature_delta", "signature": "c2ln"}),
            ],
        ),
        block(
            1,
            json!({"type": "text", "text": ""}),
            &[
                json!({"type": "text_delta", "text": "a"}),
                json!({"type": "text_delta", "text": "b"}),
                json!({"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "quoted", "document_index": 0, "document_title": null, "start_char_index": 0, "end_char_index": 6}}),
            ],
        ),
        block(
            2,
            json!({"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}),
            &[
                json!({"type": "input_json_delta", "partial_json": "{\"a\""}),
                json!({"type": "input_json_delta", "partial_json": ":1}"}),
            ],
        ),
    ]);
    let played = play(Dialect::AnthropicMessages, &bytes);
    assert_eq!(played.text(), bytes);
    let spoken = played.spoken();
    for (place, text) in
        [("/content/0/thinking", "hm"), ("/content/1/text", "ab"), ("/content/2/input", "{\"a\":1}")]
    {
        assert!(spoken.contains(&(place.to_owned(), text.to_owned())), "{place}: {spoken:?}");
    }
    assert!(spoken.iter().any(|(_, t)| t == "quoted") && spoken.iter().any(|(_, t)| t == "toolu_1"));
    assert_eq!(played.answer.usage(), Some(Usage { input: Some(12), output: Some(7) }));
    assert_eq!(played.answer.stop_reason(), Some("end_turn"));
    assert!(played.answer.terminal());
}

//= iso27001-2022:A.8.12
#[test]
fn signed_thinking_that_may_not_be_shown_goes_and_later_blocks_move_up() {
    let text =
        |text: &str| (json!({"type": "text", "text": ""}), [json!({"type": "text_delta", "text": text})]);
    let thinking = |text: &str| {
        (
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            [
                json!({"type": "thinking_delta", "thinking": text}),
                json!({"type": "signature_delta", "signature": "c2ln"}),
            ],
        )
    };
    let (a, b) = (thinking("it is 536-90-4399"), text("seen"));
    let bytes = anthropic(vec![block(0, a.0.clone(), &a.1), block(1, b.0.clone(), &b.1)]);
    let played = play(Dialect::AnthropicMessages, &bytes);
    assert_eq!(played.text(), anthropic(vec![block(0, b.0.clone(), &b.1)]));
    let mut answer = Answer::streamed(Dialect::AnthropicMessages, &Limits::default());
    let start = anthropic(vec![block(0, a.0, &[])]);
    let (start, _) = start.split_once("event: content_block_stop").unwrap();
    answer.push(Bytes::from(start.to_owned())).unwrap();
    answer.take_text().iter().for_each(|t| answer.resolve(t.channel, t.text.len(), Vec::new()).unwrap());
    assert!(
        !String::from_utf8(answer.release().concat()).unwrap().contains("content_block_start"),
        "its start waits"
    );
}

#[test]
fn blocks_vanish_from_a_whole_message_with_their_commas() {
    let thinking = |text: &str| json!({"type": "thinking", "thinking": text, "signature": "c2ln"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let (bad, good) = (thinking(SECRET), thinking("fine"));
    for (blocks, left) in [
        (vec![bad.clone(), text("a")], vec![text("a")]),
        (vec![text("a"), bad.clone(), bad.clone()], vec![text("a")]),
        (
            vec![text("a"), bad.clone(), good.clone(), bad.clone(), text("b")],
            vec![text("a"), good, text("b")],
        ),
        (vec![bad], vec![]),
    ] {
        let body = |blocks: &[Value]| json!({"type": "message", "role": "assistant", "content": blocks, "stop_reason": "end_turn"});
        let played = whole(Dialect::AnthropicMessages, &body(&blocks));
        assert_eq!(serde_json::from_str::<Value>(&played.text()).unwrap(), body(&left));
    }
}

#[test]
fn input_of_a_whole_tool_use_is_a_document() {
    let body = json!({"type": "message", "content": [{"type": "tool_use", "id": "t", "name": "look", "input": {"ssn": SECRET}}]});
    let played = whole(Dialect::AnthropicMessages, &body);
    assert_eq!(played.text(), body.to_string().replace(SECRET, "[SSN]"));
    let id = (0..9)
        .find(|id| played.answer.channel(*id).is_some_and(|c| c.kind == ChannelKind::Arguments))
        .unwrap();
    let channel = played.answer.channel(id).unwrap();
    assert_eq!((channel.tool.as_deref(), channel.place.as_str()), (Some("look"), "/content/0/input"));
}

//= iso27001-2022:A.8.12
#[test]
fn every_string_of_an_event_is_read() {
    let start = |block: Value| json!({"type": "content_block_start", "index": 0, "content_block": block});
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
    for event in [
        json!({"type": "brand_new", "x": SECRET}),
        json!({"type": SECRET}),
        json!({"type": "ping", "x": SECRET}),
        json!({"type": "message_stop", "x": SECRET}),
        json!({"type": "content_block_stop", "index": 0, "x": SECRET}),
        json!({"type": "message_start", "message": {"id": SECRET, "content": [{"type": "text", "text": SECRET}], "usage": {"x": SECRET}}}),
        json!({"type": "message_start", "message": SECRET}),
        json!({"type": "error", "error": {"type": "api_error", "message": SECRET}}),
        json!({"type": "message_delta", "delta": {"stop_reason": SECRET, "stop_sequence": SECRET}, "usage": SECRET}),
        start(json!({"type": "text", "text": SECRET})),
        start(json!({"type": "tool_use", "id": SECRET, "name": SECRET, "input": {"a": SECRET}})),
        start(json!({"type": "redacted_thinking", "data": SECRET})),
        start(json!({"type": "thinking", "thinking": SECRET, "signature": SECRET})),
        start(
            json!({"type": "web_search_tool_result", "content": [{"type": "web_search_result", "title": SECRET, "encrypted_content": SECRET}]}),
        ),
        start(json!({"type": "novel", "x": {"y": [SECRET]}})),
        start(json!(SECRET)),
        delta(json!({"type": "text_delta", "text": SECRET, "x": SECRET})),
        delta(json!({"type": "thinking_delta", "thinking": SECRET})),
        delta(json!({"type": "signature_delta", "signature": SECRET})),
        delta(json!({"type": "input_json_delta", "partial_json": SECRET})),
        delta(json!({"type": "citations_delta", "citation": {"cited_text": SECRET}})),
        delta(json!({"type": "novel_delta", "novel": SECRET})),
        delta(json!({"text": SECRET})),
        delta(json!(SECRET)),
    ] {
        let bytes = format!("data: {event}\n\n");
        let mut played = Play::new(Answer::streamed(Dialect::AnthropicMessages, &Limits::default()));
        played.push(bytes.as_bytes()).unwrap();
        played.finish().unwrap();
        assert!(!played.text().contains(SECRET), "{event} left as {}", played.text());
    }
}

//= iso27001-2022:A.8.12
#[test]
fn unknown_fields_of_deltas_are_read_joined() {
    let novel = |part: &str| json!({"type": "novel_delta", "novel": part});
    let bytes =
        anthropic(vec![block(0, json!({"type": "text", "text": ""}), &[novel("536-"), novel("90-4399")])]);
    assert!(!play(Dialect::AnthropicMessages, &bytes).text().contains("4399"));
}

#[test]
fn signed_thinking_takes_no_edit() {
    let mut answer = Answer::streamed(Dialect::AnthropicMessages, &Limits::default());
    answer
        .push(Bytes::from(anthropic(vec![block(0, json!({"type": "thinking", "thinking": "abc"}), &[])])))
        .unwrap();
    let id = answer.take_text().iter().find(|t| t.text == "abc").unwrap().channel;
    let edit = SpanEdit { range: 0..1, with: "x".to_owned() };
    assert!(matches!(answer.resolve(id, 3, vec![edit]), Err(WireError::Edit { .. })));
}

//= iso27001-2022:A.8.12
#[test]
fn an_event_that_does_not_say_its_block_ends_the_stream() {
    for index in [json!(null), json!(10_000), json!(0.5), json!("0")] {
        let mut delta =
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "536-90"}});
        if !index.is_null() {
            delta["index"] = index.clone();
        }
        let mut answer = Answer::streamed(Dialect::AnthropicMessages, &Limits::default());
        let bytes = stream(Dialect::AnthropicMessages, &[delta]);
        let outcome = answer.push(bytes.into());
        assert!(matches!(outcome, Err(WireError::Stream(_))), "{index}: {outcome:?}");
        assert!(answer.release().is_empty());
    }
}
