//! Tests of reading, editing and releasing answers, one trap each.

use serde_json::{Value, json};

use super::*;

pub(super) const SECRET: &str = "536-90-4399";

/// Plays the guard: masks [`SECRET`], holds arguments and signed thinking whole, drops signed thinking with it.
pub(super) struct Play {
    pub(super) answer: Answer,
    texts: Vec<(String, usize)>,
    pub(super) out: Vec<u8>,
}

impl Play {
    pub(super) fn new(answer: Answer) -> Self {
        Play { answer, texts: Vec::new(), out: Vec::new() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.answer.push(Bytes::copy_from_slice(bytes))?;
        self.advance();
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<Ending, WireError> {
        let ending = self.answer.finish()?;
        self.advance();
        Ok(ending)
    }

    fn advance(&mut self) {
        for new in self.answer.take_text() {
            self.decide(&new);
        }
        self.out.extend(self.answer.release().concat());
    }

    fn decide(&mut self, new: &NewText) {
        let at = new.channel as usize;
        self.texts.resize(self.texts.len().max(at + 1), (String::new(), 0));
        let (text, done) = &mut self.texts[at];
        text.push_str(&new.text);
        let kind = self.answer.channel(new.channel).unwrap().kind;
        let whole = matches!(kind, ChannelKind::Arguments | ChannelKind::Thinking { signed: true });
        if !new.closed && whole {
            return;
        }
        if kind == (ChannelKind::Thinking { signed: true }) && text.contains(SECRET) {
            return self.answer.drop_channel(new.channel);
        }
        let mut upto =
            if new.closed { text.len() } else { text.len().saturating_sub(SECRET.len() - 1).max(*done) };
        while !text.is_char_boundary(upto) {
            upto -= 1;
        }
        let mut edits = Vec::new();
        for (start, found) in text.match_indices(SECRET).filter(|(s, _)| *s >= *done) {
            if start >= upto {
                break;
            }
            let end = start + found.len();
            upto = upto.max(end);
            edits.push(SpanEdit { range: start..end, with: "[SSN]".to_owned() });
        }
        *done = upto;
        self.answer.resolve(new.channel, upto, edits).unwrap();
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// Place and text of every channel that has text, in order.
    pub(super) fn spoken(&self) -> Vec<(String, String)> {
        let place = |at: usize| self.answer.channel(u32::try_from(at).unwrap()).unwrap().place.clone();
        self.texts
            .iter()
            .enumerate()
            .filter(|(_, (t, _))| !t.is_empty())
            .map(|(at, (t, _))| (place(at), t.clone()))
            .collect()
    }
}

pub(super) fn stream(dialect: Dialect, frames: &[Value]) -> String {
    let line = |frame: &Value| match frame {
        Value::String(done) => format!("data: {done}\n\n"),
        _ if dialect == Dialect::OpenAiChat => format!("data: {frame}\n\n"),
        _ => format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap()),
    };
    frames.iter().map(line).collect()
}

pub(super) fn play(dialect: Dialect, bytes: &str) -> Play {
    let mut play = Play::new(Answer::streamed(dialect, &Limits::default()));
    play.push(bytes.as_bytes()).unwrap();
    assert_eq!(play.finish().unwrap(), Ending::Complete);
    assert_eq!(play.answer.held(), 0);
    play
}

pub(super) fn whole(dialect: Dialect, body: &Value) -> Play {
    let mut play = Play::new(Answer::whole(dialect, &Limits::default()));
    play.push(body.to_string().as_bytes()).unwrap();
    assert_eq!(play.finish().unwrap(), Ending::Complete);
    play
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better")]
fn chunk(delta: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-x",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn openai(deltas: &[Value]) -> String {
    let mut frames: Vec<Value> = deltas.iter().cloned().map(chunk).collect();
    frames.extend([finish("stop"), json!("[DONE]")]);
    stream(Dialect::OpenAiChat, &frames)
}

fn frames(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|l| l.strip_prefix("data: ")).filter(|d| *d != "[DONE]");
    data.map(|d| serde_json::from_str(d).unwrap()).collect()
}

#[test]
fn an_answer_without_findings_leaves_as_it_came_and_is_read_once() {
    let bytes = openai(&[
        json!({"role": "assistant", "content": ""}),
        json!({"content": "Hel"}),
        json!({"content": "lo \u{1F600}"}),
    ]);
    let played = play(Dialect::OpenAiChat, &bytes);
    assert_eq!(played.text(), bytes);
    let expected = [
        ("/created", "1700000000"),
        ("/id", "chatcmpl-1"),
        ("/model", "gpt-x"),
        ("/choices/0/content", "Hello \u{1F600}"),
    ];
    let expected: Vec<_> = expected.map(|(p, t)| (p.to_owned(), t.to_owned())).into();
    let mut spoken = played.spoken();
    // In the order of keys, which the test's own JSON writer may keep or sort.
    spoken.sort_by_key(|(place, _)| expected.iter().position(|(p, _)| p == place));
    assert_eq!(spoken, expected);
    assert_eq!((played.answer.model(), played.answer.stop_reason()), (Some("gpt-x"), Some("stop")));
}

//= iso27001-2022:A.8.12
#[test]
fn a_value_cut_over_frames_is_replaced_where_it_begins() {
    let bytes = openai(&[
        json!({"content": "It is 536-"}),
        json!({"content": "90-"}),
        json!({"content": "4399, ok"}),
    ]);
    let played = play(Dialect::OpenAiChat, &bytes);
    assert_eq!(played.text(), bytes.replace("536-", "[SSN]").replace("90-", "").replace("4399", ""));
}

//= iso27001-2022:A.8.12
#[test]
fn values_that_stand_in_every_frame_are_edited_in_every_frame() {
    let frame = json!({"id": SECRET, "choices": [{"index": 0, "delta": {"content": "x"}}]});
    let bytes =
        stream(Dialect::OpenAiChat, &[frame.clone(), frame.clone(), frame, finish("stop"), json!("[DONE]")]);
    let played = play(Dialect::OpenAiChat, &bytes);
    assert_eq!(played.text(), bytes.replace(SECRET, "[SSN]"));
    let mut slow = Play::new(Answer::streamed(Dialect::OpenAiChat, &Limits::default()));
    bytes.as_bytes().chunks(7).for_each(|c| slow.push(c).unwrap());
    slow.finish().unwrap();
    assert_eq!(slow.text(), bytes.replace(SECRET, "[SSN]"));
}

//= iso27001-2022:A.8.12
#[test]
fn every_string_number_and_key_of_a_frame_is_read() {
    for place in [
        json!({"x_unknown": SECRET}),
        json!({SECRET: 1}),
        json!({"x": [{"y": SECRET}]}),
        json!({"usage": {"prompt_tokens": 5, "note": SECRET}}),
        json!({"object": SECRET}),
        json!({"system_fingerprint": SECRET}),
        json!({"choices": [{"index": 0, "finish_reason": SECRET}]}),
        json!({"choices": [SECRET]}),
        json!({"choices": [{"index": 0, "delta": {"role": SECRET}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": SECRET}]}}]}),
        json!({"choices": [{"index": 0, "delta": {"refusal": SECRET}}]}),
        json!({"choices": [{"index": 0, "delta": SECRET}]}),
        json!({"choices": [{"index": 0, "delta": {"reasoning_content": SECRET}}]}),
        json!({"choices": [{"index": 0, "delta": {"reasoning": SECRET, SECRET: 1}}]}),
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": SECRET, "type": "function", "function": {"name": SECRET, "arguments": SECRET}}]}}]}),
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "custom": {"input": SECRET, "odd": [SECRET]}}, SECRET]}}]}),
        json!({"choices": [{"index": 0, "delta": {"function_call": {"name": SECRET, "arguments": SECRET}}}]}),
        json!({"choices": [{"index": 0, "delta": {"audio": {"id": SECRET, "transcript": SECRET, "data": SECRET}}}]}),
        json!({"choices": [{"index": 0, "delta": {"annotations": [{"type": "url_citation", "url_citation": {"title": SECRET, "start_index": SECRET}}]}}]}),
        json!({"choices": [{"index": 0, "logprobs": {"content": [{"token": SECRET, "logprob": -1.0}]}}]}),
        json!({"error": {"message": SECRET, "type": SECRET}}),
        json!(SECRET),
        json!([SECRET]),
    ] {
        let mut played = Play::new(Answer::streamed(Dialect::OpenAiChat, &Limits::default()));
        played
            .push(
                stream(Dialect::OpenAiChat, &[json!([place]).get(0).unwrap().clone(), json!("[DONE]")])
                    .replace("data: 536", "data: \"536")
                    .replace("4399\n", "4399\"\n")
                    .as_bytes(),
            )
            .unwrap();
        played.finish().unwrap();
        assert!(!played.text().contains(SECRET), "{place} left as {}", played.text());
        frames(&played.text());
    }
    let bytes = "data: {\"n\": 4111111111111111, \"m\": 12.50}\n\ndata: [DONE]\n\n";
    let spoken = play(Dialect::OpenAiChat, bytes).spoken();
    assert_eq!(
        spoken.iter().filter(|(_, t)| t.len() > 1).map(|(_, t)| t.as_str()).collect::<Vec<_>>(),
        ["4111111111111111", "12.50"]
    );
}

//= iso27001-2022:A.8.12
#[test]
fn what_stands_beside_the_data_is_read() {
    for line in [
        ": 536-90-4399",
        "id: 536-90-4399",
        "event: 536-90-4399",
        "536-90-4399",
        "retry: 536-90-4399",
        "x: 536-90-4399",
    ] {
        let bytes = format!("{line}\ndata: {}\n\ndata: [DONE]\n\n", finish("stop"));
        let played = play(Dialect::OpenAiChat, &bytes);
        assert_eq!(played.text(), bytes.replace(SECRET, "[SSN]"), "{line}");
    }
}

#[test]
fn data_on_several_lines_is_one_document() {
    let bytes = "event: message\ndata: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\"536-90-4399!\"},\ndata:\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let played = play(Dialect::OpenAiChat, bytes);
    let expected = bytes.replace(SECRET, "[SSN]").replace("data:\"", "data: \"");
    assert_eq!(played.text(), expected);
}

#[test]
fn a_tool_call_closes_when_the_next_begins() {
    let call = |index: u32, id: &str, arguments: &str| {
        json!({"tool_calls": [{"index": index, "id": id, "type": "function",
        "function": {"arguments": arguments, "name": format!("tool{index}")}}]})
    };
    let more = |arguments: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]});
    let mut answer = Answer::streamed(Dialect::OpenAiChat, &Limits::default());
    let deltas = [call(0, "c0", "{\"a\":"), more("1}"), call(1, "c1", "{}")];
    let bytes = stream(Dialect::OpenAiChat, &deltas.map(|d| json!({"choices": [{"index": 0, "delta": d}]})));
    answer.push(Bytes::from(bytes)).unwrap();
    let closed: Vec<_> = answer
        .take_text()
        .into_iter()
        .filter(|t| t.closed)
        .map(|t| answer.channel(t.channel).unwrap().clone())
        .collect();
    let arguments: Vec<_> = closed
        .iter()
        .filter(|c| c.kind == ChannelKind::Arguments)
        .map(|c| (c.place.as_str(), c.tool.as_deref()))
        .collect();
    assert_eq!(arguments, [("/choices/0/tool_calls/0/arguments", Some("tool0"))]);
    let late = stream(Dialect::OpenAiChat, &[json!({"choices": [{"index": 0, "delta": more("x")}]})]);
    assert!(matches!(answer.push(Bytes::from(late)), Err(WireError::Stream(_))));
}

#[test]
fn edits_in_streamed_arguments_are_escaped_for_both_documents() {
    let call = |arguments: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]});
    let bytes = openai(&[call("{\"q\":\"x "), call("536-90-"), call("4399\"}")]);
    let mut answer = Answer::streamed(Dialect::OpenAiChat, &Limits::default());
    answer.push(Bytes::from(bytes)).unwrap();
    let mut texts: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
    answer.take_text().into_iter().for_each(|t| texts.entry(t.channel).or_default().push_str(&t.text));
    for (id, text) in &texts {
        let mut edits = Vec::new();
        if answer.channel(*id).unwrap().kind == ChannelKind::Arguments {
            let document = json::Document::read(text).unwrap();
            let leaf = document.leaves().nth(1).unwrap();
            edits.push(SpanEdit { range: leaf.raw_range(2..13), with: leaf.quoted("[\"S\"]") });
        }
        answer.resolve(*id, text.len(), edits).unwrap();
    }
    answer.finish().unwrap();
    let out = String::from_utf8(answer.release().concat()).unwrap();
    let joined: String = frames(&out)
        .iter()
        .filter_map(|f| {
            Some(f["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str()?.to_owned())
        })
        .collect();
    assert_eq!(serde_json::from_str::<Value>(&joined).unwrap(), json!({"q": "x [\"S\"]"}));
}

//= iso27001-2022:A.8.12
#[test]
fn unknown_fields_of_deltas_are_read_joined() {
    let bytes = openai(&[json!({"novel": {"part": "536-90"}}), json!({"novel": {"part": "-4399"}})]);
    assert!(!play(Dialect::OpenAiChat, &bytes).text().contains("4399"));
    let name = |part: &str| json!({"tool_calls": [{"index": 0, "function": {"name": part}}]});
    let bytes = openai(&[name("536-90-"), name("4399")]);
    assert!(!play(Dialect::OpenAiChat, &bytes).text().contains("4399"));
    let two = |part: &str, other: &str| json!({"novel": part, "other": other});
    let bytes = openai(&[two("536-90", "x"), two("-4399", "y")]);
    assert!(!play(Dialect::OpenAiChat, &bytes).text().contains("4399"));
}

//= iso27001-2022:A.8.12
#[test]
fn logprobs_go_with_the_text_that_they_repeat() {
    let token = |t: &str, others: &[&str]| {
        json!({"token": t, "bytes": t.as_bytes(), "logprob": -0.25,
        "top_logprobs": others.iter().map(|o| json!({"token": o, "logprob": -2.5, "bytes": o.as_bytes()})).collect::<Vec<_>>()})
    };
    let body = |text: &str, logprobs: Value| json!({"choices": [{"index": 0, "message": {"content": text}, "logprobs": logprobs, "finish_reason": "stop"}]});
    let said = |played: &Play| {
        serde_json::from_str::<Value>(&played.text()).unwrap()["choices"][0]["logprobs"].clone()
    };
    let kept = json!({"content": [token("fi", &["fo"]), token("ne", &[])], "refusal": null});
    assert_eq!(said(&whole(Dialect::OpenAiChat, &body("fine", kept.clone()))), kept);
    let edited = json!({"content": [token("536-90-", &[]), token("4399", &[])]});
    assert_eq!(said(&whole(Dialect::OpenAiChat, &body(SECRET, edited))), Value::Null);
    let other_text = json!({"content": [token("something else", &[])]});
    assert_eq!(said(&whole(Dialect::OpenAiChat, &body("fine", other_text))), Value::Null);
    let other_choice = json!({"content": [token("fine", &[SECRET])]});
    assert_eq!(said(&whole(Dialect::OpenAiChat, &body("fine", other_choice))), Value::Null);
    let mut false_bytes = token("fine", &[]);
    false_bytes["bytes"] = json!([53, 54]);
    assert_eq!(
        said(&whole(Dialect::OpenAiChat, &body("fine", json!({"content": [false_bytes]})))),
        Value::Null
    );
}

#[test]
fn offsets_of_annotations_move_with_the_text() {
    let cite = |start: u32, end: u32| json!({"type": "url_citation", "url_citation": {"start_index": start, "end_index": end, "title": "t", "url": "u"}});
    let content = "é 536-90-4399 then x [1]";
    let body = |content: &str, list: Value| json!({"choices": [{"index": 0, "message": {"content": content, "annotations": list}, "finish_reason": "stop"}]});
    let played = whole(Dialect::OpenAiChat, &body(content, json!([cite(0, 2), cite(2, 13), cite(21, 24)])));
    let expected = body("é [SSN] then x [1]", json!([cite(0, 2), cite(2, 7), cite(15, 18)]));
    assert_eq!(serde_json::from_str::<Value>(&played.text()).unwrap(), expected);
    let annotate = json!({"annotations": [cite(21, 24)]});
    let out = play(
        Dialect::OpenAiChat,
        &openai(&[json!({"content": "é 536-90-"}), json!({"content": "4399 then x [1]"}), annotate]),
    )
    .text();
    assert!(out.contains("\"start_index\":15") && out.contains("\"end_index\":18"), "{out}");
}

#[test]
fn sound_goes_with_the_transcript_that_it_repeats() {
    let body = |text: &str, data: &Value| {
        json!({"choices": [{"index": 0, "finish_reason": "stop",
        "message": {"audio": {"id": "a", "data": data, "transcript": text}}}]})
    };
    let sound = json!("/9j/4AAQ".repeat(40));
    let kept = body("fine", &sound);
    assert_eq!(whole(Dialect::OpenAiChat, &kept).text(), kept.to_string());
    let played = whole(Dialect::OpenAiChat, &body(SECRET, &sound));
    assert_eq!(played.text(), body("[SSN]", &Value::Null).to_string());
    assert_eq!(played.answer.opaque(), 1);
}

#[test]
fn several_choices_are_apart() {
    let say = |index: u32, text: &str| json!({"choices": [{"index": index, "delta": {"content": text}}]});
    let end = |index: u32| json!({"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]});
    let bytes = stream(
        Dialect::OpenAiChat,
        &[say(0, "536-"), say(1, "536-90-43"), say(0, "90-4399"), say(1, "99!"), end(1), end(0)],
    );
    let played = play(Dialect::OpenAiChat, &bytes);
    let out = frames(&played.text());
    let said = |index: u32| {
        out.iter()
            .flat_map(|f| f["choices"].as_array().unwrap().clone())
            .filter(|c| c["index"] == index)
            .filter_map(|c| c["delta"]["content"].as_str().map(str::to_owned))
            .collect::<String>()
    };
    assert_eq!((said(0), said(1)), ("[SSN]".to_owned(), "[SSN]!".to_owned()));
}

#[test]
fn a_stream_that_breaks_off_says_so() {
    let half = |bytes: &str| {
        let mut played = Play::new(Answer::streamed(Dialect::OpenAiChat, &Limits::default()));
        played.push(bytes.as_bytes()).unwrap();
        (played.finish().unwrap(), played.text())
    };
    let frame = format!("data: {}\n\n", chunk(json!({"content": "x"})));
    assert_eq!(half(&frame), (Ending::Truncated, frame.clone()));
    assert_eq!(
        half(&format!("{frame}data: {{\"choi")),
        (Ending::Truncated, frame.clone()),
        "half an event is left out"
    );
    let done = format!("{frame}data: [DONE]");
    assert_eq!(half(&done), (Ending::Complete, done.clone()));
    let finished = format!("{frame}data: {}\n\n", finish("stop"));
    assert_eq!(half(&finished), (Ending::Complete, finished.clone()));
    let failed = "data: {\"error\":{\"type\":\"server_error\",\"message\":\"m\"}}\n\n".to_owned();
    assert_eq!(half(&failed).0, Ending::Truncated);
}

#[test]
fn nothing_after_the_end_is_let_through() {
    let bytes = format!("{}data: {{\"x\":\"{SECRET}\"}}\n\n", openai(&[json!({"content": "a"})]));
    let played = play(Dialect::OpenAiChat, &bytes);
    assert_eq!(played.text(), openai(&[json!({"content": "a"})]));
}

#[test]
fn errors_of_the_provider_are_told_and_read() {
    let mut played = Play::new(Answer::streamed(Dialect::AnthropicMessages, &Limits::default()));
    played.push(b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n").unwrap();
    assert_eq!(played.finish().unwrap(), Ending::Truncated);
    assert_eq!(played.answer.upstream_error(), Some("overloaded_error"));
    assert!(played.spoken().iter().any(|(_, t)| t == "busy"));
    let body = json!({"error": {"message": format!("no {SECRET}"), "type": "invalid_request_error", "param": null, "code": null}});
    assert_eq!(whole(Dialect::OpenAiChat, &body).text(), body.to_string().replace(SECRET, "[SSN]"));
}

#[test]
fn what_can_not_be_read_is_an_error() {
    let refused = |bytes: &[u8], limits: &Limits| {
        let mut answer = Answer::streamed(Dialect::OpenAiChat, limits);
        answer.push(Bytes::copy_from_slice(bytes)).is_err()
    };
    let limits = Limits::default();
    assert!(refused(b"data: {\"a\":1,\"a\":2}\n\n", &limits));
    assert!(refused(b"data: nonsense\n\n", &limits));
    assert!(refused(b"data: {\"a\":\"\xff\"}\n\n", &limits));
    assert!(refused(b"data: {\"a\":\"\\ud800\"}\n\n", &limits));
    assert!(refused(&[b'x'; 100], &Limits { frame_bytes: 50, ..Limits::default() }));
    assert!(refused(&[b'x'; 100], &Limits { held_bytes: 50, ..Limits::default() }));
    let mut whole = Answer::whole(Dialect::OpenAiChat, &limits);
    whole.push(Bytes::from_static(b"<html>")).unwrap();
    assert!(whole.finish().is_err());
}

#[test]
fn decisions_that_do_not_fit_are_refused() {
    let mut answer = Answer::streamed(Dialect::OpenAiChat, &Limits::default());
    answer.push(Bytes::from_static(b"data: {\"x\":\"ab\\u00e9\"}\n\n")).unwrap();
    let id = answer.take_text().last().unwrap().channel;
    let edit = |range| vec![SpanEdit { range, with: String::new() }];
    for (upto, edits) in [(5, vec![]), (2, edit(1..3)), (4, edit(3..4))] {
        assert!(matches!(answer.resolve(id, upto, edits), Err(WireError::Edit { .. })));
    }
    assert!(answer.resolve(99, 0, vec![]).is_err());
    assert!(answer.release().is_empty());
    answer.resolve(id, 4, edit(2..4)).unwrap();
    assert!(answer.resolve(id, 3, vec![]).is_err());
}

//= iso27001-2022:A.8.12
#[test]
fn a_choice_whose_index_can_be_read_in_two_ways_ends_the_stream() {
    for index in [json!(10_000), json!(1.0), json!("1"), json!(-1)] {
        let chunk =
            json!({"choices": [{"index": index, "delta": {"content": "536-90"}, "finish_reason": null}]});
        let mut answer = Answer::streamed(Dialect::OpenAiChat, &Limits::default());
        let outcome = answer.push(stream(Dialect::OpenAiChat, &[chunk]).into());
        assert!(matches!(outcome, Err(WireError::Stream(_))), "{index}: {outcome:?}");
    }
}

#[test]
fn an_empty_finish_reason_finishes_nothing() {
    let chunk = |text: &str, reason: &str| json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]});
    let bytes = stream(Dialect::OpenAiChat, &[chunk("536-90", ""), chunk("-4399", ""), chunk("", "stop")]);
    let mut play = Play::new(Answer::streamed(Dialect::OpenAiChat, &Limits::default()));
    play.push(bytes.as_bytes()).unwrap();
    assert_eq!(play.finish(), Ok(Ending::Complete));
    assert!(!String::from_utf8(play.out).unwrap().contains("536-90"));
}
