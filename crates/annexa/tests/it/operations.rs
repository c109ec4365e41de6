//! Operations: health, metrics, reload, shutdown, offline checks.

use std::time::Duration;

use crate::client;
use crate::process::{Gateway, annexa, failure, output};
use crate::provider;

#[test]
fn health_and_metrics_hold_numbers_and_no_content() {
    let gateway = Gateway::demo(&[]);
    gateway.chat("Write to anna.keller@bluewin.ch please.", false);
    assert_eq!(client::ask(&gateway.address(), "GET", "/healthz", &[], b"").status, 200);
    assert_eq!(client::ask(&gateway.address(), "GET", "/readyz", &[], b"").status, 200);
    let metrics = client::ask(&gateway.address(), "GET", "/metrics", &[], b"").body;
    assert!(metrics.contains("annexa_findings_total{kind=\"EMAIL\",direction=\"send\"} 1"), "{metrics}");
    assert!(metrics.contains("ended=\"delivered\",status=\"200\"} 1"), "{metrics}");
    assert!(!metrics.contains("anna"), "{metrics}");
}

//= iso27001-2022:A.8.9
#[test]
fn a_bad_configuration_is_refused_whole_and_a_good_one_is_an_event() {
    let upstream = provider::start(|stream| provider::json(stream, 200, "", &provider::chat("ok")));
    let gateway = Gateway::serve(&upstream.address, "");
    let file = gateway.folder().join("annexa.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("[gateway]", "[gatway]")).unwrap();
    assert!(failure(&["reload", "--data", gateway.data()]).contains("gatway"));
    assert_eq!(gateway.chat("Hi.", false).status, 200);
    std::fs::write(&file, good.replace("author = \"test\"", "author = \"ruth\"")).unwrap();
    output(&["reload", "--data", gateway.data()]);
    let loaded: Vec<String> = gateway
        .events("annexa")
        .into_iter()
        .filter(|e| e["what"]["kind"] == "configuration_loaded")
        .map(|e| e["what"]["author"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(loaded, ["test", "ruth"]);
}

#[test]
fn a_stream_is_finished_before_the_gateway_stops() {
    let upstream = provider::start(|stream| {
        use std::io::Write;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
        for n in 0..20 {
            let chunk = format!(
                "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"Sentence {n}. \"}},\"finish_reason\":null}}]}}\n\n"
            );
            let _ = stream.write_all(chunk.as_bytes());
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = stream.write_all(b"data: [DONE]\n\n");
    });
    let mut gateway = Gateway::serve(&upstream.address, "");
    let bearer = format!("Bearer {}", gateway.key());
    let body = crate::process::chat_body("Tell me.", true).to_string();
    let stream = client::send(
        &gateway.address(),
        "POST",
        "/openai/v1/chat/completions",
        &[("authorization", &bearer)],
        body.as_bytes(),
    );
    std::thread::sleep(Duration::from_millis(300));
    gateway.signal("TERM");
    let reply = client::receive(stream);
    assert!(
        reply.body.contains("Sentence 19.") && reply.body.ends_with("data: [DONE]\n\n"),
        "{}",
        reply.body
    );
    assert!(gateway.wait(), "the gateway ends well");
    output(&["log", "verify", "--data", gateway.data()]);
}

#[test]
fn one_process_holds_a_data_directory() {
    let gateway = Gateway::demo(&[]);
    let second = failure(&["demo", "--no-traffic", "--port", "0", "--data", gateway.data()]);
    assert!(second.contains("another process"), "{second}");
}

#[test]
fn scan_gives_code_points_and_redact_masks() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("in.jsonl");
    std::fs::write(&file, "{\"id\":\"a\",\"text\":\"Grüße an anna.keller@bluewin.ch\"}\n").unwrap();
    let line: serde_json::Value = serde_json::from_str(
        output(&["scan", "--jsonl", "--layers", "patterns", file.to_str().unwrap()]).trim(),
    )
    .unwrap();
    assert_eq!(line, serde_json::json!({"id": "a", "spans": [{"start": 9, "end": 31, "label": "EMAIL"}]}));
    std::fs::write(&file, "Write to anna.keller@bluewin.ch today").unwrap();
    let patterns = ["redact", "--layers", "patterns", file.to_str().unwrap()];
    assert_eq!(output(&patterns), "Write to [EMAIL] today");
    assert!(!output(&["scan", file.to_str().unwrap()]).contains("anna"));
}

//= iso27001-2022:A.8.12
#[test]
fn all_layers_read_unless_patterns_alone_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("in.txt");
    let text = "The patient Anna Keller was seen on 12 May 2024, write to anna.keller@bluewin.ch.";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let masked = output(&["redact", file]);
    assert!(
        masked.contains("[PERSON]") && masked.contains("[EMAIL]") && !masked.contains("Keller"),
        "{masked}"
    );
    assert!(output(&["redact", "--layers", "patterns", file]).contains("Anna Keller"));
    let explained = output(&["explain", file]);
    assert!(
        explained.contains("\tPERSON\tlanguage/") && explained.contains("\tEMAIL\tpatterns/"),
        "{explained}"
    );
    assert_eq!(output(&["types"]), output(&["scan", "--list"]));
    let told = annexa(&["scan", "--stats", file]);
    let last = String::from_utf8(told.stderr).unwrap();
    let stats: serde_json::Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    assert_eq!(stats["kb"], text.len() as f64 / 1e3);
    let names = ["cpu_seconds", "startup_seconds", "peak_rss_mb"];
    assert!(names.iter().all(|name| stats[name].as_f64().unwrap() > 0.0), "{stats}");
}

#[test]
fn check_names_the_place_and_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    output(&["init", dir.path().to_str().unwrap()]);
    let file = dir.path().join("annexa.toml");
    let said = failure(&["check", "--config", file.to_str().unwrap()]);
    assert!(said.contains("OPENAI_API_KEY") && said.contains("export"), "{said}");
    let policy = dir.path().join("bad.cedar");
    std::fs::write(
        &policy,
        "@id(\"odd\") permit (principal, action, resource) when { context.nonsense == 1 };",
    )
    .unwrap();
    let said = annexa(&["policy", "check", policy.to_str().unwrap()]);
    assert!(!said.status.success() && String::from_utf8_lossy(&said.stderr).contains("nonsense"));
}

//= iso27001-2022:A.8.2
#[test]
fn emergency_access_is_named_short_an_event_and_never_lifts_a_card() {
    let gateway = Gateway::demo(&[]);
    let open = |minutes: &str| {
        let scope = ["break-glass", "--data", gateway.data(), "--tenant", "bank", "--app", "advisor-desk"];
        annexa(
            &[
                &scope[..],
                &["--person", "ruth", "--reason", "outage of the mail relay", "--minutes", minutes],
            ]
            .concat(),
        )
    };
    assert!(!open("241").status.success(), "at most four hours");
    let mail = "Write to anna.keller@bluewin.ch please.";
    let before = gateway.chat(mail, false).exchange();
    assert_eq!(gateway.exchange("bank", &before)[0]["what"]["verdict"], "tokenise");
    assert!(open("30").status.success());
    let after = gateway.chat(mail, false).exchange();
    assert_eq!(gateway.exchange("bank", &after)[0]["what"]["verdict"], "allow");
    assert_eq!(gateway.chat("Charge 4539 1488 0343 6467.", false).status, 403);
    let opened =
        gateway.events("bank").into_iter().find(|e| e["what"]["kind"] == "break_glass_opened").unwrap();
    assert_eq!(
        (opened["what"]["person"].as_str(), opened["what"]["scope"].as_str()),
        (Some("ruth"), Some("bank/advisor-desk"))
    );
}
