//! Tests of reading and editing requests, one trap each.

use serde_json::{Value, json};

use super::*;
use crate::opaque::{self, OpaqueKind};
use crate::route::route;

fn read(path: &str, body: &str) -> Request {
    let route = route("POST", path).unwrap();
    Request::read(route, Bytes::copy_from_slice(body.as_bytes()), &Limits::default()).unwrap()
}

fn openai(body: &Value) -> Request {
    read("/v1/chat/completions", &body.to_string())
}

fn anthropic(body: &Value) -> Request {
    read("/v1/messages", &body.to_string())
}

fn find<'r>(request: &'r Request, text: &str) -> (usize, &'r Passage) {
    let all: Vec<usize> = (0..request.passages().len()).filter(|i| request.text(*i) == text).collect();
    let [one] = all[..] else { panic!("`{text}` is {} passages of {:?}", all.len(), texts(request)) };
    (one, &request.passages()[one])
}

fn texts(request: &Request) -> Vec<&str> {
    (0..request.passages().len()).map(|i| request.text(i)).collect()
}

fn edited(request: &Request, text: &str, with: &str) -> Result<String, WireError> {
    let at = (0..request.passages().len()).find(|i| request.text(*i).contains(text)).unwrap();
    let start = request.text(at).find(text).unwrap();
    let edit = Edit { passage: at, range: start..start + text.len(), with: with.to_owned() };
    request.edited(&[edit]).map(|b| String::from_utf8(b.to_vec()).unwrap())
}

#[test]
fn a_chat_request_is_read_whole() {
    let request = openai(&json!({
        "model": "gpt-x", "stream": true, "user": "u-1", "temperature": 0.25, "stop": ["END"],
        "logit_bias": {"50256": -100}, "metadata": {"case": "c-7"},
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "name": "anna", "content": [
                {"type": "text", "text": "one"}, {"type": "text", "text": "two", "cache_control": {"ttl": "5m"}},
                {"type": "image_url", "image_url": {"url": "https://a.example/x.png", "detail": "high"}},
                {"type": "text", "text": "three"}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "lookup", "arguments": "{\"ssn\": 123456789, \"who\": \"M\\u00fcller\"}"}}]},
            {"role": "tool", "tool_call_id": "call_2", "content": "found"},
        ],
        "tools": [{"type": "function", "function": {"name": "lookup", "description": "looks up",
            "parameters": {"type": "object", "properties": {"ssn": {"type": "integer"}}}}}],
        "prediction": {"type": "content", "content": "foretold"},
        "x_unknown": {"deep": [{"er": "hidden"}]},
    }));
    assert_eq!((request.model(), request.streams(), request.end_user()), ("gpt-x", true, Some("u-1")));
    assert_eq!(request.tools(), [Tool { name: "lookup".into(), place: "/tools/0/function/name".into() }]);
    let seen = |text| {
        let p = find(&request, text).1;
        (p.origin, p.editing, p.key.as_deref().unwrap_or(""), p.continues)
    };
    use Editing::{Fixed, Free, Whole};
    assert_eq!(seen("gpt-x"), (Origin::Field, Fixed, "model", false));
    assert_eq!(seen("0.25"), (Origin::Field, Whole, "temperature", false));
    assert_eq!(seen("END"), (Origin::Field, Free, "stop", false));
    assert_eq!(seen("50256"), (Origin::Field, Fixed, "", false));
    assert_eq!(seen("-100"), (Origin::Field, Whole, "50256", false));
    assert_eq!(seen("c-7"), (Origin::Field, Free, "case", false));
    assert_eq!(seen("be brief"), (Origin::System, Free, "content", false));
    assert_eq!(seen("anna"), (Origin::Field, Free, "name", false));
    assert_eq!(seen("one"), (Origin::User, Free, "text", false));
    assert_eq!(seen("two"), (Origin::User, Free, "text", true));
    assert_eq!(seen("three"), (Origin::User, Free, "text", false));
    assert_eq!(seen("https://a.example/x.png"), (Origin::User, Free, "url", false));
    assert_eq!(seen("call_1").1, Fixed);
    assert_eq!(seen("123456789"), (Origin::ToolArgument, Whole, "ssn", false));
    assert_eq!(seen("Müller"), (Origin::ToolArgument, Free, "who", false));
    assert_eq!(seen("found"), (Origin::ToolResult, Free, "content", false));
    assert_eq!(seen("looks up"), (Origin::Definition, Free, "description", false));
    assert_eq!(seen("foretold"), (Origin::Assistant, Free, "content", false));
    assert_eq!(seen("hidden"), (Origin::Field, Free, "er", false));
    assert_eq!(find(&request, "hidden").1.place, "/*/*/0/*");
    assert_eq!(find(&request, "two").1.place, "/messages/1/content/1/text");
    for key in ["x_unknown", "deep", "er", "case"] {
        assert_eq!(seen(key).1, Fixed, "{key}");
    }
}

#[test]
fn legacy_functions_are_read() {
    let request =
        openai(&json!({"functions": [{"name": "f", "description": "d"}], "function_call": {"name": "g"},
        "messages": [{"role": "assistant", "function_call": {"name": "h", "arguments": "no json"}},
            {"role": "function", "name": "i", "content": "r"}]}));
    assert_eq!(request.tools()[0].name, "f");
    for name in ["f", "g", "h", "i"] {
        assert_eq!(find(&request, name).1.editing, Editing::Fixed, "{name}");
    }
    assert_eq!(find(&request, "no json").1.origin, Origin::ToolArgument);
    assert_eq!(find(&request, "r").1.role, Some(Role::Function));
}

#[test]
fn a_messages_request_is_read_whole() {
    let request = anthropic(&json!({
        "model": "claude-x", "max_tokens": 1024, "metadata": {"user_id": "u-2"},
        "system": [{"type": "text", "text": "rule a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "rule b"}],
        "tools": [{"name": "lookup", "description": "looks", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "document", "title": "T", "context": "C", "source": {"type": "text", "media_type": "text/plain", "data": "doc text"}},
                {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "chunk"}]}},
                {"type": "search_result", "source": "https://s.example", "title": "S", "content": [{"type": "text", "text": "hit"}]}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "secret thoughts", "signature": "c2ln"},
                {"type": "text", "text": "said", "citations": [{"type": "char_location", "cited_text": "quoted", "document_index": 0}]},
                {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"ssn": 5, "n": {"x": "arg"}}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "res"}]},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "plain res"},
                {"type": "brand_new", "stuff": "novel"}]}],
    }));
    assert_eq!((request.end_user(), request.tools()[0].name.as_str()), (Some("u-2"), "lookup"));
    let seen = |text| {
        let p = find(&request, text).1;
        (p.origin, p.trust, p.editing)
    };
    use Editing::{Fixed, Free, Sealed, Whole};
    assert_eq!(seen("rule a"), (Origin::System, Trust::Operator, Free));
    assert!(find(&request, "rule b").1.continues);
    assert_eq!(seen("doc text"), (Origin::User, Trust::Outside, Free));
    assert_eq!(seen("T"), (Origin::User, Trust::Outside, Free));
    assert_eq!(seen("chunk"), (Origin::User, Trust::Outside, Free));
    assert_eq!(seen("hit"), (Origin::ToolResult, Trust::Outside, Free));
    assert_eq!(seen("https://s.example").0, Origin::ToolResult);
    assert_eq!(seen("secret thoughts"), (Origin::Assistant, Trust::Model, Sealed));
    assert_eq!(seen("c2ln").2, Sealed);
    assert_eq!(seen("said"), (Origin::Assistant, Trust::Model, Free));
    assert_eq!(seen("quoted").0, Origin::Field);
    assert_eq!(seen("toolu_2"), (Origin::Field, Trust::Outside, Fixed));
    assert_eq!(seen("arg"), (Origin::ToolArgument, Trust::Model, Free));
    assert_eq!(seen("5").2, Whole);
    assert_eq!(seen("res").0, Origin::ToolResult);
    assert_eq!(seen("plain res").0, Origin::ToolResult);
    assert_eq!(seen("novel"), (Origin::Field, Trust::Outside, Free));
}

//= iso27001-2022:A.8.12
#[test]
fn opaque_content_is_told_apart_from_text_in_its_place() {
    let bytes: String = "/9j/4AAQ".repeat(40);
    let text = opaque::encode("My social security number is 536-90-4399");
    let image = |data: &str| json!({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": data}});
    let request = anthropic(
        &json!({"messages": [{"role": "user", "content": [image(&bytes), image(&text), image("no image, a secret")]},
        {"role": "assistant", "content": [{"type": "redacted_thinking", "data": bytes},
            {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": "u", "encrypted_content": bytes}]}]}]}),
    );
    let found: Vec<_> = request
        .passages()
        .iter()
        .filter_map(|p| Some((p.opaque?.kind, p.opaque?.readable, p.editing)))
        .collect();
    let expected = [
        (OpaqueKind::Media, false, Editing::Whole),
        (OpaqueKind::Document, true, Editing::Whole),
        (OpaqueKind::ProviderState, false, Editing::Sealed),
        (OpaqueKind::ProviderState, false, Editing::Sealed),
    ];
    assert_eq!(found, expected);
    find(&request, "My social security number is 536-90-4399");
    assert_eq!(find(&request, "no image, a secret").1.opaque, None);
    let body = edited(&request, "536-90-4399", "[SSN]").unwrap();
    assert!(body.contains(&opaque::encode("My social security number is [SSN]")));
}

#[test]
fn data_urls_are_read_also_with_escaped_slashes() {
    let text = opaque::encode("mail to a.b@example.org please");
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":[
        {{"type":"image_url","image_url":{{"url":"data:text\/plain;base64,{text}"}}}},
        {{"type":"file","file":{{"filename":"f","file_data":"data:text\/plain;base64,{text}"}}}},
        {{"type":"input_audio","input_audio":{{"data":"spoken words, no base64","format":"wav"}}}}]}}]}}"#
    );
    let request = read("/v1/chat/completions", &body);
    let readable = request.passages().iter().filter(|p| p.opaque.is_some_and(|o| o.readable)).count();
    assert_eq!(readable, 2);
    find(&request, "spoken words, no base64");
    let expected = format!(r#""url":"data:text/plain;base64,{}""#, opaque::encode("mail to [EMAIL] please"));
    assert!(edited(&request, "a.b@example.org", "[EMAIL]").unwrap().contains(&expected));
}

#[test]
fn edits_escape_once_and_in_arguments_twice() {
    let body = r#"{"messages":[{"role":"user","content":"a\u0041\nb"},{"tool_calls":[{"function":{"arguments":"{\"n\":42,\"t\":\"x\\u0041\\ny\"}"}}]}]}"#;
    let request = read("/v1/chat/completions", body);
    let put = |from: &str, with: &str| edited(&request, from, with).unwrap();
    assert_eq!(put("A\nb", "\"\\\n"), body.replace(r#"\u0041\nb"#, r#"\"\\\n"#));
    assert_eq!(put("42", "[\"N\"]"), body.replace("42", r#"\"[\\\"N\\\"]\""#));
    assert_eq!(put("A\ny", "é\""), body.replace(r#"\\u0041\\ny"#, r#"é\\\""#));
}

#[test]
fn a_number_becomes_a_string_and_structure_is_left_alone() {
    let request = read("/v1/messages", r#"{"model":"m-1","x":4.111111111111111e15}"#);
    assert_eq!(edited(&request, "4111111111111111", "[PAN]").unwrap(), r#"{"model":"m-1","x":"[PAN]"}"#);
    assert!(matches!(edited(&request, "m-1", "y"), Err(WireError::Edit { .. })));
    let edit = |range| Edit { passage: 0, range, with: "[X]".to_owned() };
    assert_eq!(request.masked(&[edit(0..1)]).unwrap(), r#"{"model":"[X]","x":4.111111111111111e15}"#);
    assert!(request.masked(&[edit(0..9)]).is_err());
}

#[test]
fn edits_that_overlap_become_one() {
    let request = read("/v1/messages", r#"{"system":"abcdef"}"#);
    let edit = |range, with: &str| Edit { passage: 0, range, with: with.to_owned() };
    let body = request.edited(&[edit(2..4, "2"), edit(1..3, "1"), edit(5..6, "3")]).unwrap();
    assert_eq!(body, r#"{"system":"a1e3"}"#);
}

//= iso27001-2022:A.8.12
#[test]
fn a_body_that_readers_differ_on_is_refused_without_its_content() {
    let refused = |body: &[u8]| {
        let route = route("POST", "/v1/messages").unwrap();
        let error = Request::read(route, Bytes::copy_from_slice(body), &Limits::default());
        error.err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert_eq!(refused(br#"{"secret":1,"s\u0065cret":2}"#), "byte 12: a key stands twice in one object");
    assert_eq!(refused(b"{\"secret\":\"\xff\"}"), "byte 11: the bytes are not UTF-8");
    assert_eq!(refused(b"[]"), "the body is not a JSON object");
    assert!(refused("[".repeat(100_000).as_bytes()).contains("nested more than 64 deep"));
    let many = format!("{{\"x\":[{}1]}}", "1,".repeat(200_001));
    assert!(refused(many.as_bytes()).contains("more than 200000 values"));
}
