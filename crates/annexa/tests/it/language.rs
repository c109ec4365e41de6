//! What the encoder reads on the way: patients leave as tokens, streams are read as whole answers are, patterns can be had alone.

use crate::process::{Gateway, chat_body};
use crate::provider;

const ALL: [&str; 2] = ["--layers", "all"];
const PATIENT: &str = "Patient Maria Schneider was diagnosed with type 2 diabetes and takes metformin.";

//= iso27001-2022:A.8.12
//= iso27001-2022:A.5.34
#[test]
fn a_patient_leaves_as_a_token_everywhere_and_comes_back_restored() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("noted")));
    let gateway = Gateway::with_upstream(&upstream.address, &ALL);
    let far = "The weather was fine and the train was late again, so they walked along the river. ".repeat(6);
    let reply = gateway.chat(&format!("{PATIENT} {far}Please write a letter to Maria Schneider."), false);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, sent) = upstream.kept.lock().unwrap().pop().unwrap();
    assert!(!sent.contains("Schneider"), "the same person stands in the clear elsewhere: {sent}");
    assert!(sent.contains("[PATIENT_NAME_") && sent.contains("diabetes"), "{sent}");

    let demo = Gateway::demo(&ALL);
    for stream in [false, true] {
        let reply = demo.chat(&format!("ECHO:{PATIENT}"), stream);
        assert!(reply.body.contains("Maria Schneider"), "the token was not restored: {}", reply.body);
    }
}

//= iso27001-2022:A.8.12
#[test]
fn a_name_in_an_answer_is_decided_the_same_streamed_in_any_pieces_or_not() {
    let gateway = Gateway::demo(&["--policy", "answers-only", "--layers", "all"]);
    let text = format!("I looked it up. {PATIENT} She lives in Bremen. Call Anna Kowalska as well, please.");
    let pieces = |size: usize| {
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(size).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("|")
    };
    let whole = answer(&gateway, &text, false);
    assert!(!whole.contains("Schneider") && whole.contains("[PATIENT_NAME]"), "{whole}");
    for size in [1, 3, 7, 50] {
        assert_eq!(answer(&gateway, &pieces(size), true), whole, "in pieces of {size}");
    }
}

fn answer(gateway: &Gateway, text: &str, stream: bool) -> String {
    let reply = gateway.chat(&format!("ECHO:{text}"), stream);
    assert_eq!(reply.status, 200, "{}", reply.body);
    if !stream {
        return reply.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    }
    let events = reply.body.lines().filter_map(|l| l.strip_prefix("data: ")).filter(|l| *l != "[DONE]");
    let delta = |event: &str| {
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        event["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned()
    };
    events.map(delta).collect()
}

#[test]
fn what_the_encoder_found_and_could_not_read_is_in_the_events_without_content() {
    let gateway = Gateway::demo(&ALL);
    let reply = gateway.chat(PATIENT, false);
    let events = gateway.exchange("bank", &reply.exchange());
    let found = events[0]["what"]["found"].to_string();
    assert!(found.contains("PATIENT_NAME") && found.contains("MEDICATION"), "{found}");
    assert!(!events[0].to_string().contains("Schneider"));
    assert!(events[0]["what"]["detectors"].as_str().unwrap().contains("+encoder-"), "{}", events[0]);
    let reply = gateway.chat("Пациент Иван Петров был осмотрен вчера в городской больнице.", false);
    let events = gateway.exchange("bank", &reply.exchange());
    assert!(events[0]["what"]["found"].to_string().contains("LANGUAGE_NOT_VALIDATED"), "{}", events[0]);
}

#[test]
fn text_past_the_encoders_size_is_counted_and_policy_decides() {
    let gateway =
        Gateway::serve("127.0.0.1:9", "[detect]\nlayers = \"all\"\n[limits]\nlanguage_bytes = 500\n");
    let body = chat_body(&"All is well here. ".repeat(60), false).to_string();
    let reply = gateway.post_bytes("/openai/v1/chat/completions", body.as_bytes(), &[]);
    let events = gateway.exchange("bank", &reply.exchange());
    assert!(events[0]["what"]["found"].to_string().contains("LANGUAGE_NOT_READ"), "{}", events[0]);
}

#[test]
fn patterns_can_be_had_alone() {
    let gateway = Gateway::demo(&["--layers", "patterns"]);
    let reply = gateway.chat(&format!("{PATIENT} Mail: anna.keller@bluewin.ch"), false);
    let events = gateway.exchange("bank", &reply.exchange());
    let found = events[0]["what"]["found"].to_string();
    assert!(found.contains("EMAIL") && !found.contains("PERSON") && !found.contains("PATIENT"), "{found}");
    assert!(!events[0]["what"]["detectors"].as_str().unwrap().contains("encoder"));
}

//= iso27001-2022:A.8.12
#[test]
fn what_policy_acts_on_in_one_place_is_not_let_through_as_a_mere_date_or_name_in_another() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("noted")));
    let gateway = Gateway::with_upstream(&upstream.address, &ALL);
    let text = |content: &str| serde_json::json!({"role": "user", "content": content});
    let messages = [
        text("Maria Schneider, date of birth: 3 May 1961, was diagnosed with type 2 diabetes."),
        text("The letter was sent on 3 May 1961 to the office."),
    ];
    let body =
        serde_json::json!({"model": "m", "messages": messages, "metadata": {"patient": "Maria Schneider"}});
    let reply = gateway.post("/openai/v1/chat/completions", &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, sent) = upstream.kept.lock().unwrap().pop().unwrap();
    assert!(!sent.contains("1961"), "a date of birth left as a date: {sent}");
    assert!(!sent.contains("Schneider"), "a patient left in a field: {sent}");
}
