//! What holds for every answer: cuts do not matter, streamed and whole are the same, bytes without edits stay.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::answer_tests::Play;
use super::*;

fn text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 10] =
        ["a ", "é", "\u{1F600}", "\"", "\\", "\n", "536-90-4399", "536-90-", "4399", "x"];
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..8).prop_map(|words| words.concat())
}

/// Text without what the guard looks for.
fn harmless() -> impl Strategy<Value = String> {
    "[a-z é\u{1F600}\"\\\\\n]{0,20}"
}

type Cuts = Vec<prop::sample::Index>;

fn cuts() -> impl Strategy<Value = Cuts> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..6)
}

/// Cuts a text into pieces at characters.
fn pieces(text: &str, cuts: &Cuts) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut at: Vec<usize> = cuts.iter().map(|c| c.index(chars.len() + 1)).chain([0, chars.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|w| chars[w[0]..w[1]].iter().collect()).collect()
}

/// Writes JSON with every character that `every` counts out escaped, as some providers do.
fn written(value: &Value, every: usize) -> String {
    let plain = value.to_string();
    let mut out = String::new();
    for (at, c) in plain.chars().enumerate() {
        if !c.is_ascii() && every > 0 && at % every == 0 {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|u| out.push_str(&format!("\\u{u:04X}")));
        } else {
            out.push(c);
        }
    }
    out
}

fn sse(frames: &[Value], end: &str, every: usize) -> String {
    let line = |f: &Value| match f.as_str() {
        Some(done) => format!("data: {done}{end}{end}"),
        None => format!(
            "event: {}{end}data: {}{end}{end}",
            f["type"].as_str().unwrap_or("message"),
            written(f, every)
        ),
    };
    frames.iter().map(line).collect()
}

fn chunks<'b>(bytes: &'b [u8], cuts: &Cuts, single: bool) -> Vec<&'b [u8]> {
    if single {
        return bytes.chunks(1).collect();
    }
    let mut at: Vec<usize> = cuts.iter().map(|c| c.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}

fn run(mut play: Play, chunks: &[&[u8]]) -> Play {
    chunks.iter().for_each(|c| play.push(c).unwrap());
    assert_eq!(play.finish().unwrap(), Ending::Complete);
    assert_eq!(play.answer.held(), 0);
    play
}

fn streamed(dialect: Dialect, bytes: &str, cuts: &Cuts, single: bool) -> Play {
    run(Play::new(Answer::streamed(dialect, &Limits::default())), &chunks(bytes.as_bytes(), cuts, single))
}

fn whole(dialect: Dialect, body: &Value) -> Play {
    run(Play::new(Answer::whole(dialect, &Limits::default())), &[body.to_string().as_bytes()])
}

/// The texts of an OpenAI answer: content, reasoning, and arguments of a tool.
type Said = [String; 3];

fn openai_stream(choices: &[(Said, Cuts)]) -> Vec<Value> {
    let mut lanes: Vec<std::collections::VecDeque<Value>> = Vec::new();
    for (index, (said, cuts)) in choices.iter().enumerate() {
        let frame = |delta: Value| json!({"id": "c", "choices": [{"index": index, "delta": delta}]});
        let mut lane = std::collections::VecDeque::new();
        lane.extend(pieces(&said[1], cuts).into_iter().map(|p| frame(json!({"reasoning_content": p}))));
        lane.extend(
            pieces(&said[0], cuts).into_iter().map(|p| frame(json!({"content": p, "role": "assistant"}))),
        );
        lane.push_back(frame(json!({"tool_calls": [{"index": 0, "type": "function", "function": {"name": "t", "arguments": ""}}]})));
        lane.extend(
            pieces(&said[2], cuts)
                .into_iter()
                .map(|p| frame(json!({"tool_calls": [{"index": 0, "function": {"arguments": p}}]}))),
        );
        lane.push_back(json!({"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]}));
        lanes.push(lane);
    }
    let mut frames = Vec::new();
    while lanes.iter().any(|l| !l.is_empty()) {
        frames.extend(lanes.iter_mut().filter_map(std::collections::VecDeque::pop_front));
    }
    frames.push(json!("[DONE]"));
    frames
}

fn openai_whole(choices: &[(Said, Cuts)]) -> Value {
    let choice = |(index, (said, _)): (usize, &(Said, Cuts))| {
        json!({"index": index, "finish_reason": "stop", "message": {"role": "assistant",
        "content": said[0], "reasoning_content": said[1], "tool_calls": [{"type": "function", "function": {"name": "t", "arguments": said[2]}}]}})
    };
    json!({"choices": choices.iter().enumerate().map(choice).collect::<Vec<_>>()})
}

/// Joins a stream as an SDK does.
fn openai_joined(out: &str, choices: usize) -> Vec<Said> {
    let mut joined = vec![Said::default(); choices];
    for frame in out.lines().filter_map(|l| l.strip_prefix("data: ")).filter(|d| *d != "[DONE]") {
        let frame: Value = serde_json::from_str(frame).unwrap();
        let choice = &frame["choices"][0];
        let said = &mut joined[usize::try_from(choice["index"].as_u64().unwrap()).unwrap()];
        let delta = &choice["delta"];
        let parts = [
            &delta["content"],
            &delta["reasoning_content"],
            &delta["tool_calls"][0]["function"]["arguments"],
        ];
        said.iter_mut().zip(parts).for_each(|(s, p)| s.push_str(p.as_str().unwrap_or_default()));
    }
    joined
}

fn openai_said(body: &Value) -> Vec<Said> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let said = |c: &Value| {
        let m = &c["message"];
        [
            text(&m["content"]),
            text(&m["reasoning_content"]),
            text(&m["tool_calls"][0]["function"]["arguments"]),
        ]
    };
    body["choices"].as_array().unwrap().iter().map(said).collect()
}

fn spoken(play: &Play, under: &str) -> Vec<(String, String)> {
    let mut spoken = play.spoken();
    spoken.retain(|(place, _)| place.starts_with(under));
    spoken.sort();
    spoken
}

/// A block's kind and text.
type Block = (u8, String, Cuts);

fn anthropic_stream(blocks: &[Block]) -> Vec<Value> {
    let mut frames = vec![
        json!({"type": "message_start", "message": {"id": "msg", "role": "assistant", "content": []}}),
        json!({"type": "ping"}),
    ];
    for (index, (kind, text, cuts)) in blocks.iter().enumerate() {
        let (start, delta, field) = match kind {
            0 => (json!({"type": "text", "text": ""}), "text_delta", "text"),
            1 => (json!({"type": "thinking", "thinking": "", "signature": ""}), "thinking_delta", "thinking"),
            _ => (
                json!({"type": "tool_use", "id": "i", "name": "n", "input": {}}),
                "input_json_delta",
                "partial_json",
            ),
        };
        let text = if *kind > 1 { json!({"a": text}).to_string() } else { text.clone() };
        frames.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        frames.extend(pieces(&text, cuts).into_iter().map(
            |p| json!({"type": "content_block_delta", "index": index, "delta": {"type": delta, field: p}}),
        ));
        frames.push(json!({"type": "content_block_stop", "index": index}));
    }
    frames.extend([
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
        json!({"type": "message_stop"}),
    ]);
    frames
}

fn anthropic_whole(blocks: &[Block]) -> Value {
    let block = |(kind, text, _): &Block| match kind {
        0 => json!({"type": "text", "text": text}),
        1 => json!({"type": "thinking", "thinking": text, "signature": "s"}),
        _ => json!({"type": "tool_use", "id": "i", "name": "n", "input": {"a": text}}),
    };
    json!({"id": "msg", "role": "assistant", "content": blocks.iter().map(block).collect::<Vec<_>>(), "stop_reason": "end_turn"})
}

/// Joins a stream as the SDK does: blocks are appended, deltas go to the block of their number.
fn anthropic_joined(out: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for frame in out.lines().filter_map(|l| l.strip_prefix("data: ")) {
        let frame: Value = serde_json::from_str(frame).unwrap();
        let at = frame["index"].as_u64().map(|i| usize::try_from(i).unwrap());
        match frame["type"].as_str().unwrap() {
            "content_block_start" => {
                assert_eq!(at, Some(blocks.len()), "numbers are without gaps");
                blocks.push((frame["content_block"]["type"].as_str().unwrap().to_owned(), String::new()));
            }
            "content_block_delta" => {
                let delta = &frame["delta"];
                let part = ["text", "thinking", "partial_json"].iter().find_map(|k| delta[*k].as_str());
                blocks[at.unwrap()].1.push_str(part.unwrap());
            }
            _ => {}
        }
    }
    blocks
}

fn anthropic_said(body: &Value) -> Vec<(String, String)> {
    let said = |b: &Value| {
        let kind = b["type"].as_str().unwrap().to_owned();
        let text = ["text", "thinking"].iter().find_map(|k| b[*k].as_str()).map(str::to_owned);
        (kind, text.unwrap_or_else(|| b["input"].to_string()))
    };
    body["content"].as_array().unwrap().iter().map(said).collect()
}

const KEYS: [&str; 44] = [
    "choices",
    "delta",
    "message",
    "content",
    "role",
    "tool_calls",
    "function",
    "custom",
    "arguments",
    "name",
    "id",
    "logprobs",
    "usage",
    "annotations",
    "url_citation",
    "start_index",
    "audio",
    "transcript",
    "data",
    "refusal",
    "reasoning",
    "finish_reason",
    "error",
    "text",
    "content_block",
    "thinking",
    "signature",
    "input",
    "citation",
    "cited_text",
    "partial_json",
    "K",
    "object",
    "model",
    "created",
    "token",
    "bytes",
    "top_logprobs",
    "logprob",
    "function_call",
    "stop_reason",
    "encrypted_content",
    "obfuscation",
    "citations",
];
const TYPES: [&str; 20] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "error",
    "ping",
    "text",
    "thinking",
    "tool_use",
    "redacted_thinking",
    "web_search_tool_result",
    "text_delta",
    "thinking_delta",
    "input_json_delta",
    "signature_delta",
    "citations_delta",
    "brand_new",
    "function",
    "url_citation",
];

/// A tree in the interfaces' own words; `S`, 1 and the key `K` stand for values to come.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![3 => Just(json!("S")), 1 => Just(json!(1)), 1 => Just(Value::Null)];
    leaf.prop_recursive(6, 48, 6, |inner| {
        let member = (
            prop::sample::select(&KEYS[..]),
            prop_oneof![2 => inner.clone(), 1 => prop::collection::vec(inner, 0..3).prop_map(Value::Array)],
        );
        let object = (prop::collection::vec(member, 0..6), prop::sample::select(&TYPES[..]), 0..3u8);
        object.prop_map(|(members, kind, index)| {
            let mut object: serde_json::Map<String, Value> =
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            object.insert("type".to_owned(), json!(kind));
            object.insert("index".to_owned(), json!(index));
            Value::Object(object)
        })
    })
}

fn marked(value: &mut Value, markers: &mut Vec<String>) {
    let number = format!("9{:08}", markers.len());
    match value {
        Value::String(s) if s == "S" => {
            *s = format!("s{number}\u{e9}\"z");
            markers.push(format!("s{number}"));
        }
        Value::Number(n) if n.as_u64() == Some(1) => {
            *value = json!(number.parse::<u64>().unwrap());
            markers.push(number);
        }
        Value::Array(items) => items.iter_mut().for_each(|v| marked(v, markers)),
        Value::Object(members) => {
            members.iter_mut().filter(|(k, _)| *k != "index").for_each(|(_, v)| marked(v, markers));
            if let Some(value) = members.remove("K") {
                let key = format!("k9{:08}z", markers.len());
                markers.push(key.clone());
                members.insert(key, value);
            }
        }
        _ => {}
    }
}

proptest! {
    //= iso27001-2022:A.8.12
    #[test]
    fn openai_streams_say_what_whole_answers_say(
        choices in prop::collection::vec(([text(), text(), text()], cuts()), 1..3),
        cuts in cuts(), single in any::<bool>(), end in prop::sample::select(&["\n", "\r\n", "\r"][..]), every in 0..3usize,
    ) {
        let bytes = sse(&openai_stream(&choices), end, every);
        let streamed = streamed(Dialect::OpenAiChat, &bytes, &cuts, single);
        let whole = whole(Dialect::OpenAiChat, &openai_whole(&choices));
        prop_assert_eq!(spoken(&streamed, "/choices"), spoken(&whole, "/choices"));
        let out = streamed.text().replace("\r\n", "\n").replace('\r', "\n");
        let body: Value = serde_json::from_str(&whole.text()).unwrap();
        prop_assert_eq!(openai_joined(&out, choices.len()), openai_said(&body));
        prop_assert!(!whole.text().contains("536-90-4399"));
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn anthropic_streams_say_what_whole_answers_say(
        blocks in prop::collection::vec((0..3u8, text(), cuts()), 0..4),
        cuts in cuts(), single in any::<bool>(), end in prop::sample::select(&["\n", "\r\n", "\r"][..]), every in 0..3usize,
    ) {
        let bytes = sse(&anthropic_stream(&blocks), end, every);
        let streamed = streamed(Dialect::AnthropicMessages, &bytes, &cuts, single);
        let whole = whole(Dialect::AnthropicMessages, &anthropic_whole(&blocks));
        prop_assert_eq!(spoken(&streamed, "/content/"), spoken(&whole, "/content/"));
        let out = streamed.text().replace("\r\n", "\n").replace('\r', "\n");
        let body: Value = serde_json::from_str(&whole.text()).unwrap();
        prop_assert_eq!(anthropic_joined(&out), anthropic_said(&body));
    }

    #[test]
    fn without_findings_every_byte_stays(
        blocks in prop::collection::vec((0..3u8, harmless(), cuts()), 0..4), choices in prop::collection::vec(([harmless(), harmless(), harmless()], cuts()), 1..3),
        cuts in cuts(), single in any::<bool>(), end in prop::sample::select(&["\n", "\r\n", "\r"][..]), every in 0..3usize,
    ) {
        let bytes = sse(&anthropic_stream(&blocks), end, every);
        prop_assert_eq!(streamed(Dialect::AnthropicMessages, &bytes, &cuts, single).text(), bytes);
        let bytes = sse(&openai_stream(&choices), end, every);
        prop_assert_eq!(streamed(Dialect::OpenAiChat, &bytes, &cuts, single).text(), bytes);
        let body = openai_whole(&choices);
        prop_assert_eq!(whole(Dialect::OpenAiChat, &body).text(), body.to_string());
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn what_leaves_was_read(
        dialect in prop::sample::select(&[Dialect::OpenAiChat, Dialect::AnthropicMessages][..]),
        frames in prop::collection::vec(tree(), 1..5), wrapped in any::<bool>(),
    ) {
        let mut frames = frames;
        if wrapped {
            frames = frames.into_iter().map(|f| json!({"choices": [{"index": 0, "delta": f}, f]})).collect();
        }
        let mut markers = Vec::new();
        frames.iter_mut().for_each(|f| marked(f, &mut markers));
        for whole in [false, true] {
            let answer = if whole { Answer::whole(dialect, &Limits::default()) } else { Answer::streamed(dialect, &Limits::default()) };
            let mut play = Play::new(answer);
            let bytes = if whole { frames[0].to_string() } else { sse(&frames, "\n", 0) };
            let _ = play.push(bytes.as_bytes()).and_then(|()| play.finish());
            let read: String = play.spoken().into_iter().map(|(_, text)| text).collect();
            let out = play.text();
            for marker in markers.iter().filter(|m| out.contains(m.as_str())) {
                prop_assert!(read.contains(marker.as_str()), "{marker} was not read in {out}");
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read(
        dialect in prop::sample::select(&[Dialect::OpenAiChat, Dialect::AnthropicMessages][..]),
        bytes in prop::collection::vec(any::<u8>(), 0..200), blocks in prop::collection::vec((0..3u8, text(), cuts()), 0..2),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cuts in cuts(),
    ) {
        let mut stream = sse(&anthropic_stream(&blocks), "\n", 2).into_bytes();
        for (at, byte) in damage {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        for bytes in [bytes, stream] {
            for answer in [Answer::streamed(dialect, &Limits::default()), Answer::whole(dialect, &Limits::default())] {
                let mut play = Play::new(answer);
                let read = chunks(&bytes, &cuts, false).into_iter().try_for_each(|c| play.push(c));
                let _ = read.and_then(|()| play.finish());
            }
        }
    }
}
