//! The console over a temporary store with made-up events: `cargo run -p annexa-console --example preview -- 8788`.
//! The admin key is `preview`; `empty` as a second argument shows the console before the first exchange.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use annexa_console::{Console, router};
use annexa_evidence::{EVENT_VERSION, Ended, Event, Found, Intent, Outcome, RecordRef, Refused, What};
use annexa_store::{Clock, Draft, Durability, Options, Random, Store};
use serde_json::{Value, json};

struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "an example has no other clock")]
    fn now_ms(&self) -> i64 {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(0))
    }
}

struct Chance;

impl Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        // A preview seals nothing that matters.
        let _ = aws_lc_rs::rand::fill(bytes);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().and_then(|p| p.parse().ok()).unwrap_or(8788);
    let empty = arguments.next().is_some();
    let folder = tempfile::tempdir()?;
    let (clock, random): (Arc<dyn Clock>, Arc<dyn Random>) = (Arc::new(Now), Arc::new(Chance));
    let options = Options {
        durability: Durability::Interval,
        origin: "annexa.invalid/preview".into(),
        clock: clock.clone(),
        random: random.clone(),
    };
    let store = Arc::new(Store::open(folder.path(), options)?.store);
    for tenant in ["bank", "hospital"] {
        store.create_tenant(tenant, tenant, "admin:preview")?;
    }
    if !empty {
        tokio::spawn(play(store.clone()));
    }
    let mut key = [0; 32];
    key.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"preview").as_ref());
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router(Console::new(store, key, random, clock))).await?;
    Ok(())
}

async fn play(store: Arc<Store>) {
    for n in 0..60_u64 {
        exchange(&store, n, Now.now_ms() - i64::try_from((60 - n) * 27_000).unwrap_or(0));
    }
    for n in 60.. {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        exchange(&store, n, Now.now_ms());
    }
}

/// Writes one exchange; every so often one that is refused, blocked, broken off or under way.
fn exchange(store: &Store, n: u64, at: i64) {
    let scene = scenes(n);
    let id = format!("{:032x}", u128::from(n + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060));
    let write = |at, what| {
        let event = Event {
            v: EVENT_VERSION,
            id: format!("e{n}-{at}"),
            at,
            tenant: scene.tenant.into(),
            exchange: Some(id.clone()),
            actor: format!("app:{}", scene.application),
            what,
        };
        if let Err(error) = store.append(Draft { event, record: None }) {
            eprintln!("{error}");
        }
    };
    if scene.verdict == "block" {
        let code = "blocked_by_policy".into();
        write(
            at,
            What::ExchangeRefused(Box::new(Refused {
                intent: scene.intent(),
                status: 403,
                code,
                record: None,
            })),
        );
        return;
    }
    write(at, What::ExchangeIntent(Box::new(scene.intent())));
    if n % 23 != 22 {
        write(at + 900, What::ExchangeOutcome(Box::new(scene.outcome(n))));
    }
}

struct Scene {
    tenant: &'static str,
    application: &'static str,
    anthropic: bool,
    verdict: &'static str,
    found: Vec<Found>,
    back: Vec<Found>,
    ended: Ended,
}

fn scenes(n: u64) -> Scene {
    let bank = n % 5 < 3;
    let one = |kind: &str, category: &str, count, origin: &str| Found {
        kind: kind.into(),
        category: category.into(),
        count,
        confidence: 0.97,
        origins: vec![origin.into()],
    };
    let (verdict, found, back, ended) = match n % 13 {
        3 => (
            "mask",
            vec![one("IBAN", "financial", 2, "user"), one("PASSPORT", "personal", 1, "user")],
            vec![],
            Ended::Delivered,
        ),
        5 => ("block", vec![one("CREDIT_CARD", "financial", 1, "user")], vec![], Ended::Delivered),
        7 => (
            "tokenise",
            vec![one("EMAIL", "personal", 3, "user"), one("PHONE", "personal", 1, "system")],
            vec![one("EMAIL", "personal", 1, "assistant")],
            Ended::Delivered,
        ),
        8 => ("allow", vec![], vec![one("NHS_NUMBER", "health", 1, "assistant")], Ended::Delivered),
        10 => ("allow", vec![], vec![one("GITHUB_TOKEN", "credential", 1, "tool_argument")], Ended::Blocked),
        11 => ("allow", vec![], vec![], Ended::UpstreamFault),
        _ => ("allow", vec![], vec![], Ended::Delivered),
    };
    Scene {
        tenant: if bank { "bank" } else { "hospital" },
        application: if bank { "advisor-desk" } else { "ward-assistant" },
        anthropic: n.is_multiple_of(2),
        verdict,
        found,
        back,
        ended,
    }
}

impl Scene {
    fn intent(&self) -> Intent {
        let decision = decision(&self.found, self.verdict);
        Intent {
            application: self.application.into(),
            system: self.application.into(),
            end_user: (self.tenant == "bank").then(|| "p_8f3a1c90".into()),
            dialect: if self.anthropic { "anthropic_messages" } else { "openai_chat" }.into(),
            operation: "chat".into(),
            supplier: "Annexa practice provider".into(),
            provider: if self.anthropic { "anthropic" } else { "openai" }.into(),
            model: if self.anthropic { "practice-large" } else { "practice-small" }.into(),
            streamed: true,
            request_bytes: 1841,
            found: self.found.clone(),
            verdict: self.verdict.into(),
            policies: policies(self.verdict),
            controls: vec!["iso27001-2022:A.8.12".into()],
            question: Value::Null.into(),
            decision: decision.into(),
            policy_version: "default@3f9a12c4".into(),
            configuration: "5d41402abc4b2a76b9719d911017c592".into(),
            detectors: "2026.11".into(),
            features_version: 1,
            features: [("passages".to_owned(), 2.0), ("text_bytes".to_owned(), 412.0)].into(),
            sketches: BTreeMap::new(),
        }
    }

    fn outcome(&self, n: u64) -> Outcome {
        let verdict = match (self.back.is_empty(), self.ended) {
            (true, _) => "allow",
            (false, Ended::Blocked) => "block",
            (false, _) => "mask",
        };
        let good = self.ended == Ended::Delivered;
        Outcome {
            ended: self.ended,
            status: if self.ended == Ended::UpstreamFault { 502 } else { 200 },
            upstream_status: Some(if self.ended == Ended::UpstreamFault { 529 } else { 200 }),
            found: self.back.clone(),
            verdict: verdict.into(),
            policies: policies(verdict),
            controls: vec!["iso27001-2022:A.8.12".into()],
            question: Value::Null.into(),
            decision: decision(&self.back, verdict).into(),
            input_tokens: good.then_some(310 + n * 7 % 90),
            output_tokens: good.then_some(44 + n * 13 % 200),
            answer_bytes: 1210,
            first_byte_ms: Some(212),
            total_ms: 480 + u32::try_from(n * 97 % 2400).unwrap_or(0),
            restored: 0,
            record: Some(RecordRef {
                hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
                mode: "masked".into(),
                bytes: 2210,
            }),
            features_version: 1,
            features: [("text_bytes".to_owned(), 1100.0)].into(),
            sketches: BTreeMap::new(),
        }
    }
}

fn policies(verdict: &str) -> Vec<String> {
    let named = match verdict {
        "block" => "cards-and-credentials-outward",
        "mask" => "identifiers-outward",
        "tokenise" => "contact-data-outward",
        _ => "exchange-outward",
    };
    vec![named.into()]
}

fn decision(found: &[Found], verdict: &str) -> Value {
    let why = match verdict {
        "block" => "card data and credentials never leave for a provider",
        "mask" => "identifiers of people and accounts leave masked",
        _ => "contact data, devices and references leave as tokens",
    };
    let kind = |f: &Found| {
        json!({"kind": f.kind, "verdict": verdict, "policies": policies(verdict), "why": why, "severity": "high",
            "controls": ["iso27001-2022:A.8.11", "iso27001-2022:A.8.12"]})
    };
    json!([{"verdict": verdict, "kinds": found.iter().map(kind).collect::<Vec<_>>(), "errors": [], "monitor": []}])
}
