//! What a set of policies decides, case by case.

use std::sync::LazyLock;

use annexa_detect::Category;

use super::*;
use crate::annotations::Lift;
use crate::question::{ActiveException, BreakGlass, Caller, Destination, Direction, Facts, Seen};
use crate::remedy::FLOOR;

#[path = "set_properties.rs"]
mod properties;

/// Changes one thing of a question.
type Change = fn(&mut Question);

const NOW: i64 = 1_790_000_000;
const OPEN: &str = "@id(\"open\") permit (principal, action, resource);\n";

fn question(direction: Direction, seen: Vec<Seen>) -> Question {
    Question {
        direction,
        caller: Caller {
            tenant: "bank".into(),
            application: "support".into(),
            system: "assistant".into(),
            end_user: None,
            purpose: None,
            reason_given: false,
        },
        destination: Destination {
            supplier: "OpenAI".into(),
            provider: "openai".into(),
            model: "gpt-4o".into(),
            tool: None,
            domain: None,
        },
        seen,
        facts: Facts::default(),
        exceptions: Vec::new(),
        break_glass: None,
        at: NOW,
    }
}

fn seen(kind: &str, family: &str, category: Category) -> Seen {
    let origins = vec!["user".to_owned()];
    Seen { kind: kind.into(), family: family.into(), category, count: 1, confidence: 0.9, origins }
}

fn default() -> PolicySet {
    PolicySet::named("default").unwrap().unwrap()
}

/// Loading is slow without optimisation, and properties ask often.
fn loaded(name: &str) -> &'static PolicySet {
    static SETS: LazyLock<Vec<PolicySet>> =
        LazyLock::new(|| packs::PACKS.iter().map(|p| PolicySet::named(p.name).unwrap().unwrap()).collect());
    SETS.iter().find(|s| s.name() == name).unwrap()
}

fn own(more: &str) -> PolicySet {
    PolicySet::parse(&format!("{OPEN}{more}"), "").unwrap()
}

fn forbid(id: &str, verdict: &str, condition: &str) -> String {
    format!(
        "@id(\"{id}\") @verdict(\"{verdict}\") @why(\"a rule\") @liftable(\"exception, reason, break_glass\") \
         forbid (principal, action, resource) when {{ {condition} }};\n"
    )
}

fn exception(kinds: &[&str]) -> ActiveException {
    ActiveException {
        id: "ex-1".into(),
        kinds: kinds.iter().map(|k| (*k).to_owned()).collect(),
        provider: Some("openai".into()),
        owner: "meier".into(),
        until: NOW + 60,
    }
}

fn glass() -> BreakGlass {
    BreakGlass {
        id: "bg-1".into(),
        person: "meier".into(),
        tenant: "bank".into(),
        application: None,
        reason: String::new(),
        until: NOW + 3600,
    }
}

//= iso27001-2022:A.8.12
#[test]
fn the_default_blocks_masks_and_tokenises_outward() {
    let all = vec![
        seen("CREDIT_CARD", "card", Category::Financial),
        seen("CH_AHV", "national_id", Category::Personal),
        seen("EMAIL_ADDRESS", "contact", Category::Personal),
        seen("URL", "url", Category::Personal),
    ];
    let decision = default().decide(&question(Direction::Send, all));
    let verdicts: Vec<Verdict> = decision.kinds.iter().map(|k| k.verdict).collect();
    assert_eq!(verdicts, [Verdict::Block, Verdict::Mask, Verdict::Tokenise, Verdict::Allow]);
    assert_eq!(decision.verdict, Verdict::Block);
    let card = decision.of("CREDIT_CARD").unwrap();
    assert_eq!(card.policies, ["cards-and-credentials-outward"]);
    assert_eq!(card.controls, ["iso27001-2022:A.8.12", "iso27001-2022:A.5.17"]);
    assert_eq!(card.severity.as_deref(), Some("critical"));
    assert!(card.why.is_some() && decision.errors.is_empty() && decision.monitor.is_empty());
}

#[test]
fn nothing_seen_is_allowed_and_says_nothing() {
    let decision = default().decide(&question(Direction::Send, Vec::new()));
    assert_eq!((decision.verdict, decision.kinds.len()), (Verdict::Allow, 0));
}

//= iso27001-2022:A.5.23
#[test]
fn registers_stop_exchanges_and_personal_data() {
    let ask = |facts: Facts, seen: Vec<Seen>| {
        default().decide(&Question { facts, ..question(Direction::Send, seen) })
    };
    let ended = Facts { supplier_terms_ended: Some(true), ..Facts::default() };
    let decision = ask(ended, Vec::new());
    assert_eq!((decision.verdict, decision.kinds[0].kind.as_str()), (Verdict::Block, EXCHANGE));
    assert_eq!(decision.kinds[0].policies, ["supplier-terms-ended"]);
    let no_dpa = Facts { dpa_in_force: Some(false), ..Facts::default() };
    assert_eq!(ask(no_dpa.clone(), Vec::new()).verdict, Verdict::Allow);
    assert_eq!(ask(no_dpa, vec![seen("EMAIL", "contact", Category::Personal)]).verdict, Verdict::Block);
    for facts in [
        Facts { system_registered: Some(false), ..Facts::default() },
        Facts { purpose_permitted: Some(false), ..Facts::default() },
    ] {
        assert_eq!(ask(facts, Vec::new()).verdict, Verdict::Block);
    }
    let good = Facts { system_registered: Some(true), dpa_in_force: Some(true), ..Facts::default() };
    assert_eq!(ask(good, Vec::new()).verdict, Verdict::Allow);
}

#[test]
fn nothing_permitted_is_blocked() {
    let set = PolicySet::parse(
        "@id(\"a\") permit (principal, action, resource) when { context.kind == \"EXCHANGE\" };",
        "",
    );
    let decision = set.unwrap().decide(&question(Direction::Send, vec![seen("X", "x", Category::Personal)]));
    let x = decision.of("X").unwrap();
    assert_eq!(
        (x.verdict, x.policies.len(), x.why.as_deref()),
        (Verdict::Block, 0, Some("no policy permits it"))
    );
}

#[test]
fn a_policy_that_fails_blocks_and_is_named() {
    let set = own(
        "@id(\"bad\") permit (principal, action, resource) when { context.count * 9223372036854775807 > 3 };",
    );
    let mut two = seen("X", "x", Category::Personal);
    two.count = 2;
    let decision = set.decide(&question(Direction::Send, vec![two]));
    assert_eq!(decision.verdict, Verdict::Block);
    assert_eq!(decision.errors, ["policy `bad` could not be evaluated for `X`"]);
    let one = set.decide(&question(Direction::Send, vec![seen("X", "x", Category::Personal)]));
    assert_eq!(one.verdict, Verdict::Allow);
}

#[test]
fn a_confidence_that_is_no_number_blocks() {
    let mut odd = seen("X", "x", Category::Personal);
    odd.confidence = f32::NAN;
    let decision = own("").decide(&question(Direction::Send, vec![odd]));
    assert_eq!((decision.verdict, decision.errors.len()), (Verdict::Block, 1));
}

#[test]
fn a_finding_that_passes_itself_off_as_the_exchange_blocks() {
    for (kind, family) in [("EXCHANGE", "contact"), ("X", "exchange")] {
        let decision =
            default().decide(&question(Direction::Send, vec![seen(kind, family, Category::Personal)]));
        assert_eq!((decision.verdict, decision.errors.len()), (Verdict::Block, 1));
    }
}

#[test]
fn a_failing_watched_policy_changes_nothing() {
    let bad = "@id(\"bad\") @why(\"x\") forbid (principal, action, resource) when { context.count * 9223372036854775807 == 0 };";
    let set = own("").watching(bad).unwrap();
    let mut two = seen("X", "x", Category::Personal);
    two.count = 2;
    let decision = set.decide(&question(Direction::Send, vec![two]));
    assert_eq!((decision.verdict, decision.errors.len(), decision.monitor.len()), (Verdict::Allow, 0, 1));
    assert_eq!(decision.monitor[0].verdict, Verdict::Block);
}

//= iso27001-2022:A.8.12
#[test]
fn no_file_of_ones_own_lets_cards_and_credentials_leave() {
    let found =
        vec![seen("CREDIT_CARD", "card", Category::Financial), seen("KEY", "own_keys", Category::Credential)];
    let decision = own("").decide(&question(Direction::Send, found.clone()));
    assert!(decision.kinds.iter().all(|k| k.verdict == Verdict::Block && k.policies == [FLOOR]));
    let masked = own(&forbid("m", "mask", "context.kind != \"EXCHANGE\""));
    assert!(
        masked.decide(&question(Direction::Send, found)).kinds.iter().all(|k| k.verdict == Verdict::Block)
    );
}

#[test]
fn the_test_policy_alone_lets_cards_leave_and_says_what_it_is() {
    let set = PolicySet::named("answers-only").unwrap().unwrap();
    let found = vec![seen("CREDIT_CARD", "card", Category::Financial)];
    let decision = set.decide(&question(Direction::Send, found.clone()));
    assert!(set.is_for_tests());
    assert_eq!(decision.verdict, Verdict::Allow);
    assert_eq!(decision.monitor[0].verdict, Verdict::Block);
    assert_eq!(set.decide(&question(Direction::Release, found.clone())).verdict, Verdict::Mask);
    let changed = PolicySet::parse(&format!("{} ", set.text()), "").unwrap();
    assert!(!changed.is_for_tests());
    assert_eq!(changed.decide(&question(Direction::Send, found)).verdict, Verdict::Block);
}

#[test]
fn monitor_watches_all_but_cards_and_credentials() {
    let set = PolicySet::named("monitor").unwrap().unwrap();
    let mail = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
    let decision = set.decide(&mail);
    assert_eq!((decision.verdict, decision.monitor[0].verdict), (Verdict::Allow, Verdict::Tokenise));
    let key = vec![seen("KEY", "credential", Category::Credential)];
    assert_eq!(set.decide(&question(Direction::Send, key.clone())).verdict, Verdict::Block);
    assert_eq!(set.decide(&question(Direction::Release, key)).verdict, Verdict::Mask);
}

#[test]
fn each_thing_lifts_its_own_and_is_recorded() {
    let mail = || vec![seen("EMAIL", "contact", Category::Personal)];
    let mut asked = question(Direction::Send, mail());
    let check = |asked: &Question, by: Lift, id: Option<&str>| {
        let decision = default().decide(asked);
        assert_eq!(decision.verdict, Verdict::Allow);
        let m = &decision.modifiers[0];
        assert_eq!(
            (m.by, m.id.as_deref(), m.lifted, m.policy.as_str()),
            (by, id, Verdict::Tokenise, "contact-data-outward")
        );
        assert_eq!(decision.kinds[0].policies, ["contact-data-outward"]);
    };
    asked.break_glass = Some(glass());
    check(&asked, Lift::BreakGlass, Some("bg-1"));
    asked.caller.reason_given = true;
    check(&asked, Lift::Reason, None);
    asked.exceptions = vec![exception(&["EMAIL"])];
    check(&asked, Lift::Exception, Some("ex-1"));
}

#[test]
fn what_is_over_or_out_of_scope_lifts_nothing() {
    let mut asked = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
    let unlifted = |asked: &Question| assert_eq!(default().decide(asked).verdict, Verdict::Tokenise);
    asked.exceptions = vec![
        ActiveException { until: NOW, ..exception(&["EMAIL"]) },
        ActiveException { provider: Some("anthropic".into()), ..exception(&["EMAIL"]) },
        exception(&["PHONE"]),
    ];
    unlifted(&asked);
    for wrong in [
        BreakGlass { until: NOW, ..glass() },
        BreakGlass { until: NOW + 4 * 3600 + 1, ..glass() },
        BreakGlass { tenant: "other".into(), ..glass() },
        BreakGlass { application: Some("other".into()), ..glass() },
    ] {
        asked.break_glass = Some(wrong);
        unlifted(&asked);
    }
    let strict = own("@id(\"m\") @verdict(\"mask\") @why(\"x\") forbid (principal, action, resource);");
    asked.break_glass = Some(glass());
    assert_eq!(strict.decide(&asked).verdict, Verdict::Mask);
}

#[test]
fn a_remedy_that_is_not_lifted_stands() {
    let rules = forbid("a", "tokenise", "true")
        + "@id(\"b\") @verdict(\"mask\") @why(\"x\") forbid (principal, action, resource);";
    let mut asked = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
    asked.caller.reason_given = true;
    let decision = own(&rules).decide(&asked);
    assert_eq!((decision.verdict, decision.kinds[0].policies.clone()), (Verdict::Mask, vec!["b".to_owned()]));
}

#[test]
fn every_attribute_reaches_policies_and_tells_remembered_questions_apart() {
    let changes: [(&str, Change); 26] = [
        ("principal in Tenant::\"x\"", |q| q.caller.tenant = "x".into()),
        ("principal == Application::\"bank/x\"", |q| q.caller.application = "x".into()),
        ("principal.tenant == \"x\"", |q| q.caller.tenant = "x".into()),
        ("principal.application == \"x\"", |q| q.caller.application = "x".into()),
        ("principal.system == \"x\"", |q| q.caller.system = "x".into()),
        ("resource in Supplier::\"x\"", |q| q.destination.supplier = "x".into()),
        ("resource in Provider::\"x\"", |q| q.destination.provider = "x".into()),
        ("resource == Destination::\"openai/x\"", |q| q.destination.model = "x".into()),
        ("resource has tool && resource.tool == \"x\"", |q| q.destination.tool = Some("x".into())),
        ("resource has domain", |q| q.destination.domain = Some(String::new())),
        ("context has purpose && context.purpose == \"x\"", |q| q.caller.purpose = Some("x".into())),
        ("context has end_user", |q| q.caller.end_user = Some(String::new())),
        ("context.facts has system_registered", |q| q.facts.system_registered = Some(true)),
        ("context.facts has purpose_permitted", |q| q.facts.purpose_permitted = Some(true)),
        ("context.facts has dpa_in_force", |q| q.facts.dpa_in_force = Some(false)),
        ("context.facts has supplier_terms_ended", |q| q.facts.supplier_terms_ended = Some(true)),
        ("context.facts has region && context.facts.region == \"x\"", |q| q.facts.region = Some("x".into())),
        ("context.facts.flags.contains(\"x\")", |q| q.facts.flags = ["x".to_owned()].into()),
        ("context.kind == \"X\"", |q| q.seen[0].kind = "X".into()),
        ("context.family == \"x\"", |q| q.seen[0].family = "x".into()),
        ("context.category == \"health\"", |q| q.seen[0].category = Category::Health),
        ("context.count > 8", |q| q.seen[0].count = 9),
        ("context.confidence < 50", |q| q.seen[0].confidence = 0.49),
        ("context.origins.contains(\"x\")", |q| q.seen[0].origins.push("x".into())),
        ("context.at == 3", |q| q.at = 3),
        ("action == Action::\"call_tool\"", |q| q.direction = Direction::CallTool),
    ];
    for (condition, change) in changes {
        let set = own(&forbid("a", "hold", condition));
        let before = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
        let mut after = before.clone();
        change(&mut after);
        for (asked, verdict) in
            [(&before, Verdict::Allow), (&after, Verdict::Hold), (&before, Verdict::Allow)]
        {
            assert_eq!(set.decide(asked).verdict, verdict, "{condition}");
        }
    }
}

#[test]
fn whether_a_reason_is_given_reaches_policies() {
    let text = "@id(\"a\") @verdict(\"hold\") @why(\"x\") forbid (principal, action, resource) when { context.reason_given };";
    let set = own(text);
    let mut asked = question(Direction::Send, Vec::new());
    assert_eq!(set.decide(&asked).verdict, Verdict::Allow);
    asked.caller.reason_given = true;
    assert_eq!(set.decide(&asked).verdict, Verdict::Hold);
}

#[test]
fn a_growing_count_is_remembered_unless_a_policy_reads_it() {
    let ask = |set: &PolicySet| {
        for count in 1..20 {
            let mut x = seen("EMAIL", "contact", Category::Personal);
            x.count = count;
            let verdict = set.decide(&question(Direction::Send, vec![x])).verdict;
            assert_eq!(verdict == Verdict::Hold, count > 9 && set.name() == OWN_NAME);
        }
        set.remembered()
    };
    assert_eq!(ask(&default()), 2);
    assert_eq!(ask(&own(&forbid("many", "hold", "context.count > 9"))), 20);
}

#[test]
fn memory_is_bounded() {
    let set = own("");
    for model in 0..3000 {
        let mut asked = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
        asked.destination.model = format!("model-{model}");
        let _ = set.decide(&asked);
        assert!(set.remembered() <= 4096);
    }
}

#[test]
fn an_explanation_shows_every_policy_that_applies() {
    let set = own(&(forbid("a", "mask", "context.kind == \"EMAIL\"")
        + &forbid("b", "hold", "context.family == \"contact\"")));
    let explanation =
        set.explain(&question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]));
    let ids: Vec<_> = explanation.kinds[1].policies.iter().map(|p| (p.id.as_str(), p.line)).collect();
    assert_eq!(ids, [("a", 2), ("b", 3)]);
    let shown = explanation.to_string();
    assert!(shown.contains("EMAIL: hold") && shown.contains("context.family == \"contact\""), "{shown}");
}

#[test]
fn a_version_is_of_text_and_watched_text() {
    let versions = [default(), default().watching(OPEN).unwrap(), own(""), own(" ")];
    for (i, a) in versions.iter().enumerate() {
        assert_eq!(a.version().len(), 64);
        versions.iter().skip(i + 1).for_each(|b| assert_ne!(a.version(), b.version()));
    }
    assert_eq!(default().version(), default().version());
    assert_eq!(PolicySet::parse(default().text(), "").unwrap().name(), "default");
}

#[test]
fn a_comparison_says_what_would_change() {
    let asked = question(Direction::Send, vec![seen("EMAIL", "contact", Category::Personal)]);
    let was = default().decide(&asked);
    assert_eq!(default().compare(&asked, &was), None);
    let change = own("").compare(&asked, &was).unwrap();
    assert_eq!((change.was, change.would_be, change.kinds.len()), (Verdict::Tokenise, Verdict::Allow, 1));
}
