//! Every kind of event reads back, names itself as its leaf does, and stays readable whatever numbers it holds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn every_kind_reads_back_and_is_tagged_with_its_kind() {
    for what in every_kind() {
        let event = event(what);
        let bytes = event.to_bytes();
        assert_eq!(Event::parse(&bytes).unwrap(), event);
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["what"]["kind"], event.what.kind());
        assert!(!bytes.contains(&b'\n'));
    }
}

#[test]
fn kinds_are_all_different_and_fit_a_leaf() {
    let kinds: std::collections::BTreeSet<_> = every_kind().iter().map(What::kind).collect();
    assert_eq!(kinds.len(), every_kind().len());
    for kind in kinds {
        let leaf = crate::Leaf::new(0, kind, &[0; 32], b"");
        assert_eq!(crate::Leaf::parse(&leaf.to_bytes()).unwrap(), leaf);
    }
}

#[test]
fn the_bytes_are_those_of_version_1() {
    let bytes = event(What::Shutdown { cut: 3 }).to_bytes();
    let expected = r#"{"v":1,"id":"e1","at":1700000000000,"tenant":"acme","exchange":"x1","actor":"annexa","what":{"kind":"shutdown","cut":3}}"#;
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn what_is_not_a_number_does_not_make_an_event_unreadable() {
    let mut intent = intent();
    intent.features.insert("entropy".to_owned(), f64::NAN);
    intent.found[0].confidence = f32::INFINITY;
    let read = Event::parse(&event(What::ExchangeIntent(Box::new(intent))).to_bytes()).unwrap();
    let What::ExchangeIntent(intent) = read.what else { panic!("another kind") };
    assert!(intent.features["entropy"].is_nan() && intent.found[0].confidence.is_nan());
}

#[test]
fn a_newer_version_is_named_as_such_whatever_it_holds() {
    let newer = json!({"v": 2, "tenant": "acme", "what": {"kind": "teleported"}}).to_string();
    let error = Event::parse(newer.as_bytes()).unwrap_err();
    assert!(matches!(error, EventError::Version(2)));
}

#[test]
fn an_error_gives_the_place_and_never_the_text() {
    let error = Event::parse(br#"{"v":1,"tenant":"hush","what":{"kind":"hush"}}"#).unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&bytes);
    }
}

fn event(what: What) -> Event {
    Event {
        v: EVENT_VERSION,
        id: "e1".to_owned(),
        at: 1_700_000_000_000,
        tenant: "acme".to_owned(),
        exchange: Some("x1".to_owned()),
        actor: "annexa".to_owned(),
        what,
    }
}

fn intent() -> Intent {
    let found = Found {
        kind: "EMAIL_ADDRESS".to_owned(),
        category: "personal".to_owned(),
        count: 2,
        confidence: 0.9,
        origins: vec!["user".to_owned()],
    };
    Intent {
        application: "desk".to_owned(),
        system: "help".to_owned(),
        end_user: Some("p-17".to_owned()),
        dialect: "openai".to_owned(),
        operation: "chat".to_owned(),
        supplier: "OpenAI".to_owned(),
        provider: "openai".to_owned(),
        model: "gpt".to_owned(),
        streamed: true,
        request_bytes: 512,
        found: vec![found],
        verdict: "mask".to_owned(),
        policies: vec!["contact".to_owned()],
        controls: vec!["iso27001-2022:A.8.12".to_owned()],
        question: json!([{"kind": "EMAIL_ADDRESS", "taint": 0.25}]).into(),
        decision: json!({"verdict": "mask"}).into(),
        policy_version: "3".to_owned(),
        configuration: "ab12".to_owned(),
        detectors: "1".to_owned(),
        features_version: 1,
        features: [("passages".to_owned(), 3.0)].into(),
        sketches: [("words".to_owned(), "AAE=".to_owned())].into(),
    }
}

fn outcome() -> Outcome {
    Outcome {
        ended: Ended::ClientGone,
        status: 200,
        upstream_status: Some(200),
        found: intent().found,
        verdict: "allow".to_owned(),
        policies: Vec::new(),
        controls: Vec::new(),
        question: Embedded::default(),
        decision: Embedded::default(),
        input_tokens: Some(12),
        output_tokens: None,
        answer_bytes: u64::MAX,
        first_byte_ms: Some(20),
        total_ms: 400,
        restored: 1,
        record: Some(RecordRef { hash: "00".repeat(32), mode: "masked".to_owned(), bytes: 99 }),
        features_version: 1,
        features: BTreeMap::new(),
        sketches: BTreeMap::new(),
    }
}

fn every_kind() -> Vec<What> {
    let s = str::to_owned;
    vec![
        What::ExchangeIntent(Box::new(intent())),
        What::ExchangeRefused(Box::new(Refused {
            intent: intent(),
            status: 403,
            code: s("c"),
            record: None,
        })),
        What::ExchangeOutcome(Box::new(outcome())),
        What::AuthenticationFailed { source: s("::1"), reason: s("unknown"), key_hint: None },
        What::Started { version: s("0.1.0"), notices: vec![s("n")] },
        What::Shutdown { cut: 3 },
        What::ConfigurationLoaded { hash: s("h"), author: s("a"), previous: None },
        What::PolicyLoaded { version: s("1"), name: s("default"), author: s("a") },
        What::TenantCreated { id: s("t"), name: s("T") },
        What::TenantDestroyed { id: s("t"), reason: s("r") },
        What::ApplicationCreated { id: s("a"), system: s("s"), recording: s("masked") },
        What::KeyIssued { key: s("k"), application: s("a"), expires: Some(-1) },
        What::KeyRevoked { key: s("k"), application: s("a") },
        What::ExceptionRequested {
            exception: s("x"),
            application: None,
            kinds: vec![s("IBAN_CODE")],
            provider: None,
            owner: s("o"),
            reason: s("r"),
            until: 1,
        },
        What::ExceptionDecided { exception: s("x"), granted: false },
        What::BreakGlassOpened { person: s("p"), scope: s("s"), reason: s("r"), until: 1 },
        What::RecordOpened { exchange: s("x"), reason: s("r"), by: s("b") },
        What::LogExported { tenant: s("t"), size: 1, events: 1 },
        What::Erased { scope: s("s"), reason: s("r") },
        What::DamageFound { place: s("segment 1, byte 12"), problem: s("p") },
    ]
}
