//! What the log holds, who may see it, and that damage is named.

use crate::process::{Gateway, annexa, failure, output};

//= iso27001-2022:A.8.15
#[test]
fn an_exchange_leaves_an_intent_an_outcome_and_a_record_that_opens() {
    let gateway = Gateway::demo(&[]);
    let reply = gateway.chat("Write to anna.keller@bluewin.ch about the loan.", true);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let events = gateway.exchange("bank", &reply.exchange());
    let kinds: Vec<&str> = events.iter().map(|e| e["what"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["exchange_intent", "exchange_outcome"]);
    assert_eq!(events[0]["what"]["verdict"], "tokenise");
    assert!(events[0]["what"]["controls"].to_string().contains("iso27001-2022:A.8.12"));
    assert!(!format!("{events:?}").contains("anna.keller"), "events hold no content");
    let show = [
        "record",
        "show",
        "--data",
        gateway.data(),
        "--tenant",
        "bank",
        "--reason",
        "test",
        &reply.exchange(),
    ];
    let record = output(&show);
    assert!(
        record.contains("[EMAIL]") && record.contains("about the loan") && !record.contains("anna.keller"),
        "{record}"
    );
    let opened = gateway.events("bank").into_iter().filter(|e| e["what"]["kind"] == "record_opened").count();
    assert_eq!(opened, 1, "opening is an event");
}

//= iso27001-2022:A.5.15
#[test]
fn ids_of_one_tenant_are_unknown_to_another() {
    let gateway = Gateway::demo(&[]);
    let id = gateway.chat("Hello.", false).exchange();
    let data = gateway.data();
    let foreign =
        failure(&["record", "show", "--data", data, "--tenant", "hospital", "--reason", "test", &id]);
    let unknown = failure(&[
        "record",
        "show",
        "--data",
        data,
        "--tenant",
        "hospital",
        "--reason",
        "test",
        &"0".repeat(32),
    ]);
    assert_eq!(foreign.replace(&id, "ID"), unknown.replace(&"0".repeat(32), "ID"));
    assert!(gateway.exchange("hospital", &id).is_empty());
    assert!(gateway.events("hospital").iter().all(|e| e["tenant"] == "hospital"));
}

//= iso27001-2022:A.8.15
#[test]
fn the_log_verifies_while_live_and_after_a_kill_and_a_flipped_byte_is_named() {
    let mut gateway = Gateway::demo(&[]);
    for n in 0..20 {
        gateway.chat(&format!("Question {n}, harmless."), n % 2 == 0);
    }
    let live = output(&["log", "verify", "--data", gateway.data()]);
    assert!(live.contains("tree size") && live.contains("root"), "{live}");
    gateway.signal("KILL");
    gateway.wait();
    output(&["log", "verify", "--data", gateway.data()]);
    for entry in files(gateway.data().as_ref()) {
        let good = std::fs::read(&entry).unwrap();
        if good.is_empty() {
            continue;
        }
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x01;
            std::fs::write(&entry, &bad).unwrap();
            let out = annexa(&["log", "verify", "--data", gateway.data()]);
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            let name = entry.file_name().unwrap().to_str().unwrap();
            assert!(!out.status.success(), "{} at {at} was not noticed", entry.display());
            assert!(said.contains(name), "{} at {at}: {said}", entry.display());
        }
        std::fs::write(&entry, &good).unwrap();
    }
    output(&["log", "verify", "--data", gateway.data()]);
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if entry.file_type().unwrap().is_file() {
            all.push(path);
        }
    }
    all
}

#[test]
fn an_export_verifies_without_the_data_directory_and_proofs_are_given() {
    let gateway = Gateway::demo(&[]);
    let id = gateway.chat("Hello.", false).exchange();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("export").display().to_string();
    output(&["log", "export", "--data", gateway.data(), "--tenant", "bank", &folder]);
    assert!(output(&["log", "verify-export", &folder]).contains("`bank`"));
    let events = std::fs::read_to_string(format!("{folder}/events.jsonl")).unwrap();
    std::fs::write(format!("{folder}/events.jsonl"), events.replace(&id, &"0".repeat(32))).unwrap();
    assert!(failure(&["log", "verify-export", &folder]).contains("events.jsonl"));
    assert!(output(&["log", "prove", "--data", gateway.data(), "0"]).starts_with("c2sp.org/tlog-proof@v1"));
}

#[test]
fn an_exception_is_requested_from_a_refusal_and_decided_by_another_person() {
    let gateway = Gateway::demo(&[]);
    let id = gateway.chat("Write to anna.keller@bluewin.ch please.", false).exchange();
    let data = gateway.data();
    let common = [
        "--data",
        data,
        "--tenant",
        "bank",
        "--exchange",
        &id,
        "--owner",
        "ruth",
        "--reason",
        "consent",
        "--days",
        "7",
    ];
    let request = output(&[&["exception", "request"], &common[..]].concat());
    let request: serde_json::Value = serde_json::from_str(&request).unwrap();
    let exception = request["exception"].as_str().unwrap();
    let own = failure(&["exception", "decide", "--data", data, exception, "--grant", "--by", "ruth"]);
    assert!(own.contains("second person") || own.contains("another person"), "{own}");
    output(&["exception", "decide", "--data", data, exception, "--grant", "--by", "max"]);
    let after = gateway.chat("Write to anna.keller@bluewin.ch please.", false).exchange();
    let intent = &gateway.exchange("bank", &after)[0];
    assert_eq!(intent["what"]["verdict"], "allow", "{intent}");
}

#[test]
fn last_weeks_questions_are_decided_again_under_another_policy() {
    let gateway = Gateway::demo(&[]);
    gateway.chat("Write to anna.keller@bluewin.ch please.", false);
    gateway.chat("Charge 4539 1488 0343 6467.", false);
    let replayed = output(&[
        "policy",
        "replay",
        "--data",
        gateway.data(),
        "--tenant",
        "bank",
        "--policy",
        "answers-only",
    ]);
    let replayed: serde_json::Value = serde_json::from_str(&replayed).unwrap();
    assert_eq!(replayed["changes"]["tokenise -> allow"], 1, "{replayed}");
    assert_eq!(replayed["changes"]["block -> allow"], 1, "{replayed}");
}
