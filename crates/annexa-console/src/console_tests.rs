//! The console through its router, over a real store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use annexa_evidence::{EVENT_VERSION, Ended, Event, Found, Intent, Outcome, What};
use annexa_store::{Clock, Draft, Durability, Options, Random, Store};
use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tower_service::Service;

use crate::guard::POLICY;
use crate::routes::{Access, table};
use crate::session::digest;
use crate::{Console, router};

const KEY: &str = "the admin key";

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Dice(AtomicU64);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

struct Bench {
    router: Router,
    store: Arc<Store>,
    clock: Arc<Hands>,
    _folder: tempfile::TempDir,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, random) = (Arc::new(Hands(1_790_000_000_000.into())), Arc::new(Dice(1.into())));
        let options = Options {
            durability: Durability::Interval,
            origin: "example.invalid/test".into(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let store = Arc::new(Store::open(folder.path(), options).unwrap().store);
        for tenant in ["bank", "hospital"] {
            store.create_tenant(tenant, tenant, "admin:test").unwrap();
        }
        let router = router(Console::new(store.clone(), digest(KEY), random, clock.clone()));
        Self { router, store, clock, _folder: folder }
    }

    fn write(&self, tenant: &str, exchange: &str, what: What) -> u64 {
        let event = Event {
            v: EVENT_VERSION,
            id: "unseen-event-id".into(),
            at: self.clock.now_ms(),
            tenant: tenant.into(),
            exchange: Some(exchange.into()),
            actor: "unseen-actor".into(),
            what,
        };
        self.store.append(Draft { event, record: None }).unwrap().seq
    }

    async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().call(request).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> Got {
        let mut request = Request::get(path).header("host", "localhost:1");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        read(self.send(request.body(Body::empty()).unwrap()).await).await
    }

    async fn api(&self, path: &str, key: &str) -> Got {
        let request =
            Request::get(path).header("host", "127.0.0.1:1").header("authorization", format!("Bearer {key}"));
        read(self.send(request.body(Body::empty()).unwrap()).await).await
    }

    async fn post(&self, path: &str, body: &str, origin: Option<&str>) -> Got {
        let mut request = Request::post(path)
            .header("host", "localhost:1")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        read(self.send(request.body(Body::from(body.to_owned())).unwrap()).await).await
    }

    async fn signed_in(&self) -> String {
        let got = self.post("/sign-in", "key=the+admin+key", Some("http://localhost:1")).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        let cookie = got.headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }
}

async fn read(response: axum::response::Response) -> Got {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Got { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

fn intent(model: &str) -> Intent {
    let found = Found {
        kind: "IBAN".into(),
        category: "financial".into(),
        count: 2,
        confidence: 0.9,
        origins: vec!["user".into()],
    };
    let kind = json!({"kind": "IBAN", "verdict": "mask", "policies": ["identifiers-outward"], "why": "the reason",
        "controls": ["iso27001-2022:A.8.12"], "unseen-field": "unseen-decision"});
    Intent {
        application: "desk".into(),
        system: "desk-system".into(),
        end_user: None,
        dialect: "openai_chat".into(),
        operation: "chat".into(),
        supplier: "Supplier".into(),
        provider: "openai".into(),
        model: model.into(),
        streamed: true,
        request_bytes: 100,
        found: vec![found],
        verdict: "mask".into(),
        policies: vec![],
        controls: vec![],
        question: json!({"unseen": "unseen-question"}).into(),
        decision: json!([{"verdict": "mask", "kinds": [kind], "errors": ["unseen-error"], "monitor": []}])
            .into(),
        policy_version: "p1".into(),
        configuration: "c1".into(),
        detectors: "d1".into(),
        features_version: 1,
        features: BTreeMap::new(),
        sketches: [("unseen-sketch".to_owned(), "unseen-sketch".to_owned())].into(),
    }
}

fn outcome() -> Outcome {
    Outcome {
        ended: Ended::Delivered,
        status: 200,
        upstream_status: Some(200),
        found: vec![],
        verdict: "allow".into(),
        policies: vec![],
        controls: vec![],
        question: json!("unseen-question").into(),
        decision: json!(null).into(),
        input_tokens: Some(3),
        output_tokens: Some(4),
        answer_bytes: 10,
        first_byte_ms: Some(5),
        total_ms: 1234,
        restored: 0,
        record: None,
        features_version: 1,
        features: BTreeMap::new(),
        sketches: [("unseen-sketch".to_owned(), "unseen-sketch".to_owned())].into(),
    }
}

fn asked(model: &str) -> What {
    What::ExchangeIntent(Box::new(intent(model)))
}

/// A route's path with something in each of its places.
fn filled(path: &str) -> String {
    path.replace("{tenant}", "bank")
        .replace("{id}", "x1")
        .replace("{seq}", "0")
        .replace("{name}", "console.css")
}

//= iso27001-2022:A.5.15
#[tokio::test]
async fn no_route_answers_who_has_not_signed_in_and_all_carry_the_policy() {
    let bench = Bench::new();
    for (access, path, _) in table() {
        let path = filled(path);
        for cookie in [None, Some("annexa_session=00"), Some("annexa_session=")] {
            let got = match path.as_str() {
                "/sign-out" => bench.post(&path, "", Some("http://localhost:1")).await,
                _ => bench.get(&path, cookie).await,
            };
            let expected = match access {
                Access::Open => StatusCode::OK,
                Access::Session => StatusCode::SEE_OTHER,
                Access::Key => StatusCode::UNAUTHORIZED,
            };
            // Guesses of the key are counted together; the next minute begins anew.
            bench.clock.0.fetch_add(61_000, Ordering::Relaxed);
            assert_eq!(got.status, expected, "{path}");
            assert_eq!(got.headers[CONTENT_SECURITY_POLICY], POLICY, "{path}");
            if access == Access::Session {
                assert!(got.headers[LOCATION].to_str().unwrap().starts_with("/sign-in"), "{path}");
            }
        }
    }
}

//= iso27001-2022:A.5.15
#[tokio::test]
async fn one_tenants_ids_lead_nowhere_under_another() {
    let bench = Bench::new();
    let seq = bench.write("bank", "x1", asked("m"));
    let other = bench.write("bank", "x2", asked("m"));
    let cookie = bench.signed_in().await;
    assert_eq!(bench.get("/exchanges/bank/x1", Some(&cookie)).await.status, StatusCode::OK);
    assert_eq!(bench.api("/api/exchanges/bank/x1", KEY).await.status, StatusCode::OK);
    assert_eq!(bench.api("/api/exchanges/hospital/x1", KEY).await.status, StatusCode::NOT_FOUND);
    let strange = [
        "/exchanges/hospital/x1".to_owned(),
        format!("/exchanges/hospital/x1/proof/{seq}"),
        format!("/exchanges/bank/x1/proof/{other}"),
    ];
    for path in strange {
        let got = bench.get(&path, Some(&cookie)).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(got.headers[CONTENT_SECURITY_POLICY], POLICY);
    }
}

#[tokio::test]
async fn hostile_names_are_text_and_nothing_else_of_an_event_is_shown() {
    let bench = Bench::new();
    bench.write("bank", "x1", asked("<script>alert(1)</script>\"'><img src=x>"));
    bench.write("bank", "x1", What::ExchangeOutcome(Box::new(outcome())));
    let cookie = bench.signed_in().await;
    let live = bench.get("/live", Some(&cookie)).await.text;
    let page = bench.get("/exchanges/bank/x1", Some(&cookie)).await.text;
    for html in [&live, &page] {
        assert!(html.contains("alert(1)") && !html.contains("<script>") && !html.contains("<img"), "{html}");
    }
    let api = bench.api("/api/exchanges/bank/x1", KEY).await.text;
    let list = bench.api("/api/exchanges", KEY).await.text;
    for shown in [&live, &page, &api, &list] {
        assert!(shown.contains("identifiers-outward"), "{shown}");
        assert!(!shown.contains("unseen-"), "{shown}");
    }
    assert!(page.contains("the reason") && page.contains("Data leakage prevention"));
}

#[tokio::test]
async fn filters_show_what_they_name() {
    let bench = Bench::new();
    bench.write("bank", "x1", asked("bank-model"));
    bench.write("hospital", "x2", asked("hospital-model"));
    let cookie = bench.signed_in().await;
    let only = bench.get("/live?tenant=hospital&verdict=mask", Some(&cookie)).await.text;
    assert!(only.contains("hospital-model") && !only.contains("bank-model"));
    let none = bench.get("/live?verdict=block", Some(&cookie)).await.text;
    assert!(none.contains("None of these exchanges matches"));
    let list = bench.api("/api/exchanges?tenant=bank", KEY).await.text;
    assert!(list.contains("bank-model") && !list.contains("hospital-model"));
}

#[tokio::test]
async fn the_stream_gives_rows_as_they_come_and_what_was_missed() {
    let bench = Bench::new();
    let first = bench.write("bank", "x1", asked("missed-model"));
    let cookie = bench.signed_in().await;
    let request = Request::get("/live/events").header("host", "[::1]:1").header("cookie", &cookie);
    let request = request.header("last-event-id", first - 1).body(Body::empty()).unwrap();
    let mut body = bench.send(request).await.into_body();
    let missed = until(&mut body, "event: head").await;
    assert!(
        missed.contains(&format!("event: row\nid: {first}\n")) && missed.contains("missed-model"),
        "{missed}"
    );
    bench.write("bank", "x2", asked("fresh-model"));
    assert!(until(&mut body, "fresh-model").await.contains("data: "));
}

/// Reads a stream up to some text.
async fn until(body: &mut Body, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let frame =
            tokio::time::timeout(Duration::from_secs(20), body.frame()).await.unwrap().unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap()));
    }
    text
}

//= iso27001-2022:A.5.17
#[tokio::test]
async fn only_the_key_signs_in_and_guessing_is_slow() {
    let bench = Bench::new();
    let ours = Some("http://localhost:1");
    for _ in 0..5 {
        assert_eq!(bench.post("/sign-in", "key=guess", ours).await.status, StatusCode::UNAUTHORIZED);
    }
    let late = bench.post("/sign-in", "key=the+admin+key", ours).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    bench.clock.0.fetch_add(60_000, Ordering::Relaxed);
    let cookie = bench.signed_in().await;
    bench.clock.0.fetch_add(8 * 60 * 60 * 1000, Ordering::Relaxed);
    assert_eq!(bench.get("/live", Some(&cookie)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_turned_away() {
    let bench = Bench::new();
    let request = Request::get("/sign-in").header("host", "evil.example").body(Body::empty()).unwrap();
    assert_eq!(bench.send(request).await.status(), StatusCode::MISDIRECTED_REQUEST);
    for origin in [None, Some("http://evil.example"), Some("null"), Some("http://localhost:2")] {
        assert_eq!(bench.post("/sign-in", "key=the+admin+key", origin).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_empty_console_says_what_to_do() {
    let bench = Bench::new();
    let cookie = bench.signed_in().await;
    let page = bench.get("/live", Some(&cookie)).await.text;
    assert!(page.contains("No exchange yet") && page.contains("$OPENAI_BASE_URL"));
    assert_eq!(bench.get("/nowhere", Some(&cookie)).await.status, StatusCode::NOT_FOUND);
}
