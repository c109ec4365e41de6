//! Each fault does what it says.

use std::io::Read;
use std::time::Duration;

use serde_json::{Value, json};

use crate::ask::{DIALECTS, Dialect, Kind, Provider};

const SAID: &str = "ECHO:one| two| three| four";

#[tokio::test]
async fn errors_have_their_status_and_say_when_to_come_back() {
    let provider = Provider::start().await;
    for dialect in DIALECTS {
        for (status, retry) in [(429, true), (529, true), (500, false)] {
            let reply =
                provider.ask(dialect, &format!("FAULT:{status}\n{SAID}"), json!({"stream": true})).await;
            assert_eq!((reply.status, reply.headers.contains_key("retry-after")), (status, retry));
        }
    }
}

#[tokio::test]
async fn a_reset_breaks_off_and_a_truncation_ends_cleanly() {
    let provider = Provider::start().await;
    for dialect in DIALECTS {
        for stream in [false, true] {
            let ask = async |fault: &str| {
                provider.ask(dialect, &format!("FAULT:{fault}\n{SAID}"), json!({"stream": stream})).await
            };
            let (reset, cut) = (ask("reset").await, ask("truncate").await);
            assert!(!reset.whole && cut.whole, "{dialect:?} {stream}");
            for body in [reset.body, cut.body] {
                let text = String::from_utf8(body).unwrap();
                assert!(
                    !text.is_empty() && (!stream || !text.contains("four") && !text.contains("[DONE]")),
                    "{text}"
                );
                assert!(stream || serde_json::from_str::<Value>(&text).is_err());
            }
        }
    }
}

#[tokio::test]
async fn a_stall_never_ends() {
    let provider = Provider::start().await;
    let prompt = format!("FAULT:stall\n{SAID}");
    let asked = provider.ask(Dialect::OpenAi, &prompt, json!({"stream": true}));
    assert!(tokio::time::timeout(Duration::from_millis(300), asked).await.is_err());
}

#[tokio::test]
async fn garbage_is_no_json() {
    let provider = Provider::start().await;
    let reply = provider.ask(Dialect::OpenAi, &format!("FAULT:garbage\n{SAID}"), json!({})).await;
    assert!(serde_json::from_slice::<Value>(&reply.body).is_err());
}

#[tokio::test]
async fn slow_and_late_answers_are_whole() {
    let provider = Provider::start().await;
    for dialect in DIALECTS {
        for fault in ["slow", "longwait"] {
            let reply = provider
                .ask(dialect, &format!("FAULT:{fault}\nECHO:a|b"), json!({"stream": fault == "longwait"}))
                .await;
            assert_eq!(reply.text(Kind::Text), "ab");
        }
    }
}

#[tokio::test]
async fn compressed_answers_unpack_to_the_same() {
    let provider = Provider::start().await;
    let plain = provider.ask(Dialect::Anthropic, SAID, json!({})).await.json();
    let packed = provider.ask(Dialect::Anthropic, &format!("FAULT:gzip\n{SAID}"), json!({})).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["content"], plain["content"]);
}

#[tokio::test]
async fn a_bomb_is_small_on_the_wire() {
    let provider = Provider::start().await;
    let packed = provider.ask(Dialect::OpenAi, &format!("FAULT:bomb\n{SAID}"), json!({})).await;
    let unpacked =
        std::io::copy(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut std::io::sink()).unwrap();
    assert!(unpacked > 100 * u64::try_from(packed.body.len()).unwrap(), "{unpacked}");
}
