//! From the policies that apply to what happens: the strictest remedy that nothing lifted.
//!
//! Three things are held here in code, whatever a policy file says: an error blocks, nothing permitted is
//! blocked, and no exception, reason or emergency access lifts what is decided about cards and credentials,
//! which never leave in a request.

use crate::annotations::Lift;
use crate::authorise::{Case, Matched};
use crate::decision::{KindDecision, Modifier};
use crate::load::{Rule, Rules};
use crate::question::{Direction, Question, Verdict};

/// The kind under which the exchange itself is decided.
pub const EXCHANGE: &str = "EXCHANGE";
/// The id under which the block on cards and credentials is reported where no policy of the file says it.
pub const FLOOR: &str = "built-in-cards-and-credentials";
const FLOOR_CONTROL: &str = "iso27001-2022:A.8.12";

/// What came of one case.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) kind: KindDecision,
    pub(crate) modifiers: Vec<Modifier>,
    pub(crate) errors: Vec<String>,
}

/// Whether a kind is one whose remedy nothing lifts.
//= iso27001-2022:A.8.12
pub(crate) fn protected(case: &Case<'_>) -> bool {
    case.family == "card" || case.family == "credential" || case.category == "credential"
}

/// Decides a case. `exempt` is for the one built-in test policy that lets cards and credentials out.
//= iso27001-2022:A.8.12
pub(crate) fn decide(
    question: &Question,
    case: &Case<'_>,
    matched: &Matched,
    rules: &Rules,
    exempt: bool,
) -> Outcome {
    if matched.failed || !matched.errors.is_empty() {
        return failed(case, matched, rules);
    }
    let (modifiers, standing) = lift(question, case, matched, rules);
    let kind = if let Some(verdict) = strictest(&standing) {
        told(case, verdict, standing.into_iter().filter(|r| r.says.verdict == verdict))
    } else if matched.forbids.is_empty() && matched.permits.is_empty() {
        nothing_permits(case)
    } else {
        // A lifted remedy needs no permit besides: whatever lifted it is one.
        told(case, Verdict::Allow, at(rules, &matched.permits).chain(at(rules, &matched.forbids)))
    };
    Outcome { kind: floored(question, case, kind, exempt), modifiers, errors: Vec::new() }
}

/// What the watched policies would have done: their strictest forbid; a case that none of them forbids is not reported.
pub(crate) fn watch(case: &Case<'_>, matched: &Matched, rules: &Rules) -> Option<KindDecision> {
    if matched.failed || !matched.errors.is_empty() {
        return Some(failed(case, matched, rules).kind);
    }
    let forbids: Vec<&Rule> = at(rules, &matched.forbids).collect();
    let verdict = strictest(&forbids)?;
    let kind = told(case, verdict, forbids.into_iter().filter(|r| r.says.verdict == verdict));
    (kind.verdict != Verdict::Allow).then_some(kind)
}

/// What can't be put to any policy is blocked.
pub(crate) fn unreadable(kind: &str) -> Outcome {
    let case = Case { kind, ..Case::exchange() };
    failed(&case, &Matched { failed: true, ..Matched::default() }, &Rules::default())
}

fn failed(case: &Case<'_>, matched: &Matched, rules: &Rules) -> Outcome {
    let mut kind = told(case, Verdict::Block, at(rules, &matched.errors));
    kind.why = Some("a policy could not be evaluated".to_owned());
    let mut errors: Vec<String> = at(rules, &matched.errors)
        .map(|r| format!("policy `{}` could not be evaluated for `{}`", r.says.id, case.kind))
        .collect();
    if matched.failed {
        errors.push(format!("no policy could be asked about `{}`", case.kind));
    }
    Outcome { kind, modifiers: Vec::new(), errors }
}

fn lift<'a>(
    question: &Question,
    case: &Case<'_>,
    matched: &'a Matched,
    rules: &'a Rules,
) -> (Vec<Modifier>, Vec<&'a Rule>) {
    let mut modifiers = Vec::new();
    let mut standing = Vec::new();
    for rule in at(rules, &matched.forbids) {
        let lifted = if protected(case) { None } else { lifted_by(question, case, &rule.says.liftable) };
        match lifted {
            None => standing.push(rule),
            Some((by, id)) => modifiers.push(Modifier {
                kind: case.kind.to_owned(),
                policy: rule.says.id.clone(),
                lifted: rule.says.verdict,
                by,
                id,
            }),
        }
    }
    (modifiers, standing)
}

/// The quietest thing in force that the policy lets lift its remedy.
fn lifted_by(question: &Question, case: &Case<'_>, liftable: &[Lift]) -> Option<(Lift, Option<String>)> {
    let allowed = Lift::ALL.into_iter().filter(|l| liftable.contains(l));
    allowed.filter_map(|l| in_force(question, case, l).map(|id| (l, id))).next()
}

/// Whether something is in force for a case, and its id where it has one.
fn in_force(question: &Question, case: &Case<'_>, lift: Lift) -> Option<Option<String>> {
    let (caller, at) = (&question.caller, question.at);
    match lift {
        Lift::Exception => {
            let provider = &question.destination.provider;
            question.exceptions.iter().find(|e| e.lifts(case.kind, provider, at)).map(|e| Some(e.id.clone()))
        }
        Lift::Reason => caller.reason_given.then_some(None),
        Lift::BreakGlass => {
            let open = question.break_glass.as_ref().filter(|g| g.open_at(at));
            open.filter(|g| g.covers(&caller.tenant, &caller.application)).map(|g| Some(g.id.clone()))
        }
    }
}

fn strictest(rules: &[&Rule]) -> Option<Verdict> {
    rules.iter().map(|r| r.says.verdict).max()
}

fn at<'a>(rules: &'a Rules, places: &'a [usize]) -> impl Iterator<Item = &'a Rule> {
    places.iter().filter_map(|i| rules.rules.get(*i))
}

fn told<'a>(case: &Case<'_>, verdict: Verdict, by: impl Iterator<Item = &'a Rule>) -> KindDecision {
    let mut kind = bare(case, verdict, None);
    let mut severity = None;
    for rule in by {
        kind.policies.push(rule.says.id.clone());
        for control in &rule.says.controls {
            if !kind.controls.contains(control) {
                kind.controls.push(control.clone());
            }
        }
        severity = severity.max(rule.says.severity);
        // Why something was forbidden does not say why it passes after all.
        let speaks = (verdict == Verdict::Allow) == (rule.says.verdict == Verdict::Allow);
        kind.why = kind.why.or_else(|| rule.says.why.clone().filter(|_| speaks));
    }
    kind.severity = severity.map(|s| s.name().to_owned());
    // An exchange can't be masked: only a hold or a block concerns it.
    if case.kind == EXCHANGE && kind.verdict < Verdict::Hold {
        kind.verdict = Verdict::Allow;
    }
    kind
}

fn nothing_permits(case: &Case<'_>) -> KindDecision {
    bare(case, Verdict::Block, Some("no policy permits it"))
}

fn bare(case: &Case<'_>, verdict: Verdict, why: Option<&str>) -> KindDecision {
    KindDecision {
        kind: case.kind.to_owned(),
        verdict,
        policies: Vec::new(),
        controls: Vec::new(),
        severity: None,
        why: why.map(str::to_owned),
    }
}

//= iso27001-2022:A.8.12
fn floored(question: &Question, case: &Case<'_>, kind: KindDecision, exempt: bool) -> KindDecision {
    let outward = question.direction == Direction::Send;
    if exempt || !outward || !protected(case) || kind.verdict == Verdict::Block {
        return kind;
    }
    KindDecision {
        policies: vec![FLOOR.to_owned()],
        controls: vec![FLOOR_CONTROL.to_owned()],
        severity: Some("critical".to_owned()),
        ..bare(case, Verdict::Block, Some("card data and credentials never leave for a provider"))
    }
}
