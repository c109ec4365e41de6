//! What holds for every request: each value is read exactly once, edits change nothing else, nothing panics.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::route::{Operation, Route};

const KEYS: [&str; 35] = [
    "K",
    "messages",
    "content",
    "role",
    "type",
    "text",
    "source",
    "data",
    "thinking",
    "signature",
    "input",
    "tool_calls",
    "function",
    "arguments",
    "name",
    "id",
    "image_url",
    "url",
    "citations",
    "file",
    "file_data",
    "title",
    "system",
    "tools",
    "prediction",
    "refusal",
    "functions",
    "function_call",
    "tool_use_id",
    "metadata",
    "model",
    "encrypted_content",
    "stop",
    "unknown",
    "input_audio",
];
const TYPES: [&str; 20] = [
    "text",
    "image",
    "image_url",
    "document",
    "base64",
    "tool_use",
    "tool_result",
    "thinking",
    "redacted_thinking",
    "search_result",
    "file",
    "web_search_tool_result",
    "function",
    "input_audio",
    "refusal",
    "server_tool_use",
    "content",
    "brand_new",
    "custom",
    "url",
];
const ROLES: [&str; 7] = ["system", "user", "assistant", "tool", "developer", "function", "other"];

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![
        Just(Route { dialect: Dialect::OpenAiChat, operation: Operation::Chat }),
        Just(Route { dialect: Dialect::AnthropicMessages, operation: Operation::Messages }),
    ]
}

/// A tree in the interfaces' own words; `S`, `J` and 1 stand for values to come.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![4 => Just(json!("S")), 1 => Just(json!("J")), 2 => Just(json!(1)), 1 => Just(Value::Null), 1 => Just(json!(true))];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let member = (prop::sample::select(&KEYS[..]), inner.clone());
        let object = (
            prop::collection::vec(member, 0..6),
            prop::sample::select(&TYPES[..]),
            prop::sample::select(&ROLES[..]),
        );
        let object = object.prop_map(|(members, kind, role)| {
            let mut object: Map<String, Value> =
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            object.insert("type".to_owned(), json!(kind));
            object.insert("role".to_owned(), json!(role));
            Value::Object(object)
        });
        prop_oneof![2 => object, 1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array)]
    })
}

fn body() -> impl Strategy<Value = Value> {
    let list = || prop::collection::vec(tree(), 0..4);
    (list(), list(), tree(), tree()).prop_map(|(messages, tools, system, other)| {
        json!({"messages": messages, "tools": tools, "system": system, "tool_choice": other, "prediction": other})
    })
}

/// Puts a marker in each place of a tree and gives all of them.
fn marked(value: &mut Value, markers: &mut Vec<String>) {
    let next = |markers: &mut Vec<String>, text: String| {
        markers.push(text.clone());
        text
    };
    let n = markers.len();
    match value {
        Value::String(s) if s == "S" => *s = next(markers, format!("m{n:05}é\"\\\n\u{1F600}z")),
        Value::String(s) if s == "J" => {
            let (a, b) = (next(markers, format!("m{n:05}\"z")), next(markers, format!("9{:05}", n + 1)));
            *s = json!({"city": [a, b.parse::<u64>().unwrap()]}).to_string();
        }
        Value::Number(_) => *value = json!(next(markers, format!("9{n:05}")).parse::<u64>().unwrap()),
        Value::Array(items) => items.iter_mut().for_each(|v| marked(v, markers)),
        Value::Object(members) => {
            members.values_mut().for_each(|v| marked(v, markers));
            if let Some(value) = members.remove("K") {
                let key = format!("k{:05}z", markers.len());
                markers.push(key.clone());
                members.insert(key, value);
            }
        }
        _ => {}
    }
}

fn read(route: Route, body: &Value) -> Request {
    Request::read(route, Bytes::from(body.to_string()), &Limits::default()).unwrap()
}

fn same_shape(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_shape(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same_shape(a, b))
        }
        (Value::String(_) | Value::Number(_), Value::String(_)) => true,
        _ => a == b,
    }
}

/// Random spans of passages that may be edited, on whole characters.
fn edits_of(
    request: &Request,
    picks: &[(prop::sample::Index, prop::sample::Index, prop::sample::Index)],
) -> Vec<Edit> {
    let free: Vec<usize> = (0..request.passages().len())
        .filter(|i| matches!(request.passages()[*i].editing, Editing::Free | Editing::Whole))
        .collect();
    let mut edits = Vec::new();
    for (which, from, to) in picks.iter().filter(|_| !free.is_empty()) {
        let passage = free[which.index(free.len())];
        let text = request.text(passage);
        let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let (a, b) = (cuts[from.index(cuts.len())], cuts[to.index(cuts.len())]);
        edits.push(Edit { passage, range: a.min(b)..a.max(b), with: "<é\"\\\n>".to_owned() });
    }
    edits
}

/// The texts as edits should leave them, worked out apart from the code under test.
fn expected(request: &Request, edits: &[Edit]) -> Vec<String> {
    let mut texts: Vec<String> = (0..request.passages().len()).map(|i| request.text(i).to_owned()).collect();
    for (passage, text) in texts.iter_mut().enumerate() {
        let mut own: Vec<&Edit> = edits.iter().filter(|e| e.passage == passage).collect();
        own.sort_by_key(|e| e.range.start);
        let mut apart: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
        for edit in own {
            match apart.last_mut() {
                Some((range, _)) if edit.range.start < range.end => range.end = range.end.max(edit.range.end),
                _ => apart.push((edit.range.clone(), &edit.with)),
            }
        }
        for (range, with) in apart.into_iter().rev() {
            text.replace_range(range, with);
        }
    }
    texts
}

proptest! {
    //= iso27001-2022:A.8.12
    #[test]
    fn every_value_is_a_passage_exactly_once(route in route(), mut body in body()) {
        let mut markers = Vec::new();
        marked(&mut body, &mut markers);
        let request = read(route, &body);
        for marker in &markers {
            let inside = |i: &usize| request.text(*i).contains(marker.trim_end_matches("é\"\\\n\u{1F600}z").trim_end_matches("\"z"));
            let found: Vec<usize> = (0..request.passages().len()).filter(inside).collect();
            prop_assert_eq!(found.len(), 1, "{} in {}", marker, body);
        }
    }

    #[test]
    fn edits_change_their_spans_and_nothing_else(
        route in route(), mut body in body(), picks in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index, prop::sample::Index)>(), 0..6),
    ) {
        marked(&mut body, &mut Vec::new());
        let request = read(route, &body);
        let edits = edits_of(&request, &picks);
        let edited = request.edited(&edits).unwrap();
        if edits.is_empty() {
            prop_assert_eq!(&edited, request.raw());
        }
        let value: Value = serde_json::from_slice(&edited).unwrap();
        prop_assert!(same_shape(&body, &value), "{} became {}", body, value);
        let again = Request::read(route, edited, &Limits::default()).unwrap();
        let texts: Vec<&str> = (0..again.passages().len()).map(|i| again.text(i)).collect();
        prop_assert_eq!(texts, expected(&request, &edits));
    }

    #[test]
    fn masked_bodies_are_json(route in route(), mut body in body()) {
        marked(&mut body, &mut Vec::new());
        let request = read(route, &body);
        let all: Vec<Edit> = (0..request.passages().len())
            .map(|passage| Edit { passage, range: 0..request.text(passage).len(), with: format!("[{passage}]") })
            .collect();
        serde_json::from_slice::<Value>(&request.masked(&all).unwrap()).unwrap();
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read(route in route(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Request::read(route, bytes.into(), &Limits::default());
    }

    #[test]
    fn damaged_bodies_are_refused_or_read_as_others_read_them(
        route in route(), mut body in body(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
    ) {
        marked(&mut body, &mut Vec::new());
        let mut bytes = body.to_string().into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let read = Request::read(route, bytes.clone().into(), &Limits::default());
        let other = serde_json::from_slice::<Value>(&bytes);
        prop_assert!(read.is_err() || other.is_ok(), "read what serde_json refuses: {:?}", String::from_utf8_lossy(&bytes));
    }
}
