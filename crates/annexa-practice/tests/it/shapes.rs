//! Each dialect, whole and streamed, with each directive: what is said, and in which form.

use std::path::PathBuf;

use http::Request;
use serde_json::{Value, json};

use crate::ask::{DIALECTS, Dialect, Kind, Provider, Reply};

const TOOL: &str = "TOOL:look_up:{\"id\"|:7}";

#[tokio::test]
async fn what_is_scripted_is_said_in_every_form() {
    let provider = Provider::start().await;
    for dialect in DIALECTS {
        for stream in [false, true] {
            let ask = async |prompt: &str| provider.ask(dialect, prompt, json!({"stream": stream})).await;
            let place = format!("{dialect:?}, streamed: {stream}");
            let echo = ask("please ECHO:Grüße \u{1f980}|, a\n\nb|\"c\"\\").await;
            assert_eq!(echo.text(Kind::Text), "Grüße \u{1f980}, a\n\nb\"c\"\\", "{place}");
            let both = ask("THINK:so| it\nis\nECHO:yes").await;
            assert_eq!(both.text(Kind::Thinking), "so it\nis", "{place}");
            assert_eq!(both.text(Kind::Text), "yes", "{place}");
            assert_eq!(ask(TOOL).await.text(Kind::Arguments), "{\"id\":7}", "{place}");
        }
    }
}

#[tokio::test]
async fn pieces_come_as_they_were_cut() {
    let provider = Provider::start().await;
    for dialect in DIALECTS {
        let reply = provider.ask(dialect, "ECHO:4|11|1 1", json!({"stream": true})).await;
        let places = ["/choices/0/delta/content", "/delta/text"];
        let of = |e: &Value| places.iter().find_map(|p| e["data"].pointer(p)?.as_str().map(str::to_owned));
        let pieces: Vec<String> = reply.events().iter().filter_map(of).filter(|p| !p.is_empty()).collect();
        assert_eq!(pieces, ["4", "11", "1 1"]);
    }
}

#[tokio::test]
async fn openai_answers_have_their_form() {
    let provider = Provider::start().await;
    let ask = async |prompt: &str, more: Value| provider.ask(Dialect::OpenAi, prompt, more).await;
    golden("openai_whole", &ask("THINK:hm\nECHO:one| two", json!({"logprobs": true, "n": 2})).await.json());
    golden("openai_tool", &ask(TOOL, json!({})).await.json());
    let streamed = json!({"stream": true, "stream_options": {"include_usage": true}});
    golden("openai_stream", &events(&ask("THINK:hm\nECHO:one| two", streamed).await));
    golden("openai_tool_stream", &events(&ask(TOOL, json!({"stream": true})).await));
    let functions =
        json!({"functions": [{"name": "look_up", "parameters": {}}], "function_call": {"name": "look_up"}});
    golden("openai_function", &ask("hello", functions).await.json());
    golden("openai_error", &ask("FAULT:429", json!({})).await.json());
    golden("openai_models", &provider.send(Request::get("/v1/models"), String::new()).await.json());
}

#[tokio::test]
async fn anthropic_answers_have_their_form() {
    let provider = Provider::start().await;
    let ask = async |prompt: &str, more: Value| provider.ask(Dialect::Anthropic, prompt, more).await;
    golden("anthropic_whole", &ask("THINK:hm\nECHO:one| two", json!({})).await.json());
    golden("anthropic_tool", &ask(TOOL, json!({})).await.json());
    golden("anthropic_stream", &events(&ask("THINK:hm\nECHO:one| two", json!({"stream": true})).await));
    golden("anthropic_tool_stream", &events(&ask(TOOL, json!({"stream": true})).await));
    golden("anthropic_error", &ask("FAULT:529", json!({})).await.json());
    let listed = Request::get("/v1/models").header("anthropic-version", "2023-06-01");
    golden("anthropic_models", &provider.send(listed, String::new()).await.json());
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "count me"}]});
    let counted = provider.send(Request::post("/v1/messages/count_tokens"), body.to_string()).await;
    assert_eq!(counted.json(), json!({"input_tokens": body.to_string().len() / 4}));
}

#[tokio::test]
async fn a_wanted_tool_is_called_and_its_result_ends_it() {
    let provider = Provider::start().await;
    let tool = json!({"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}});
    let called = provider.ask(Dialect::Anthropic, "Use the tool", json!({"tools": [tool]})).await.json();
    assert_eq!(called["content"][0]["input"], json!({"city": "example"}));
    let messages = json!([{"role": "user", "content": "Use the tool"}, {"role": "assistant", "content": called["content"]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": called["content"][0]["id"], "content": "sunny"}]}]);
    let ended =
        provider.ask(Dialect::Anthropic, "", json!({"tools": [tool], "messages": messages})).await.json();
    assert_eq!(ended["stop_reason"], "end_turn");
}

#[tokio::test]
async fn thinking_is_signed_and_stays_as_it_was() {
    let provider = Provider::start().await;
    let wanted = json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    let mut block = provider.ask(Dialect::Anthropic, "hello", wanted).await.json()["content"][0].clone();
    let again = async |block: &Value| {
        let messages = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": [block]}, {"role": "user", "content": "b"}]);
        provider.ask(Dialect::Anthropic, "", json!({"messages": messages})).await.status
    };
    assert_eq!(again(&block).await, 200);
    block["thinking"] = json!("changed");
    assert_eq!(again(&block).await, 400);
}

#[tokio::test]
async fn an_unscripted_answer_is_the_same_every_time_and_as_long_as_the_model_says() {
    let provider = Provider::start().await;
    let ask = async |more: Value| provider.ask(Dialect::OpenAi, "Explain a thing", more).await;
    assert_eq!(ask(json!({})).await.body, ask(json!({})).await.body);
    let counted = ask(json!({"model": "practice-d0-t9-i0"})).await.json();
    assert_eq!(counted["usage"]["completion_tokens"], 9);
}

#[tokio::test]
async fn what_is_not_served_is_said_in_the_dialects_form() {
    let provider = Provider::start().await;
    let lost = provider.send(Request::post("/v1/embeddings"), "{}".into()).await;
    assert_eq!((lost.status, lost.json()["error"]["code"].clone()), (404, json!("unknown_url")));
    let bad = provider.send(Request::post("/v1/messages"), "[".into()).await;
    assert_eq!((bad.status, bad.json()["error"]["type"].clone()), (400, json!("invalid_request_error")));
}

fn events(reply: &Reply) -> Value {
    Value::Array(reply.events())
}

/// Compares with the file of that name; `UPDATE_GOLDEN=1` writes it.
fn golden(name: &str, made: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{made:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(*made, kept, "{name}");
}
