//! One authorisation: a caller, a type that was found and a destination, as Cedar sees them.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression as Value,
};

use crate::check::parts;
use crate::decision::KindDecision;
use crate::lift::Lifts;
use crate::question::{Question, Seen, Verdict, category_name};

/// A set's answer about one type, before anything lifts it.
#[derive(Debug, Clone)]
pub(crate) struct Ruled {
    pub(crate) decision: KindDecision,
    pub(crate) lifts: Lifts,
    pub(crate) errors: Vec<String>,
}

/// Asks a set about one type. What can't even be asked is blocked.
pub(crate) fn rule(set: &PolicySet, question: &Question, seen: &Asked<'_>) -> Ruled {
    let Some((request, entities)) = request(question, seen) else {
        return broken(seen.kind, vec!["the question can't be put to the policies".into()]);
    };
    let response = Authorizer::new().is_authorized(&request, set, &entities);
    // An error's text may quote content that a policy looked at: only the policy is named.
    let errors: Vec<String> = response
        .diagnostics()
        .errors()
        .map(|e| match e {
            cedar_policy::AuthorizationError::PolicyEvaluationError(e) => {
                format!("policy `{}` could not be evaluated", e.policy_id())
            }
        })
        .collect();
    if !errors.is_empty() {
        return broken(seen.kind, errors);
    }
    let reasons: Vec<&cedar_policy::PolicyId> = response.diagnostics().reason().collect();
    match response.decision() {
        Decision::Allow => allowed(set, seen.kind, &reasons),
        Decision::Deny if reasons.is_empty() => nothing_permits(seen.kind),
        Decision::Deny => forbidden(set, seen.kind, &reasons),
    }
}

/// What is asked about: a finding's type, or the exchange itself.
pub(crate) struct Asked<'a> {
    pub(crate) kind: &'a str,
    pub(crate) family: &'a str,
    pub(crate) category: &'static str,
    pub(crate) count: u32,
    /// In percent.
    pub(crate) confidence: i64,
    pub(crate) origins: &'a [String],
}

impl<'a> From<&'a Seen> for Asked<'a> {
    fn from(seen: &'a Seen) -> Self {
        Asked {
            kind: &seen.kind,
            family: &seen.family,
            category: category_name(seen.category),
            count: seen.count,
            confidence: percent(seen.confidence),
            origins: &seen.origins,
        }
    }
}

/// The exchange itself.
pub(crate) const THE_EXCHANGE: Asked<'static> = Asked {
    kind: crate::EXCHANGE,
    family: "exchange",
    category: "none",
    count: 1,
    confidence: 100,
    origins: &[],
};

#[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1 in percent")]
fn percent(share: f32) -> i64 {
    (share.clamp(0.0, 1.0) * 100.0).round() as i64
}

fn request(question: &Question, seen: &Asked<'_>) -> Option<(Request, Entities)> {
    let caller = &question.caller;
    let to = &question.destination;
    let tenant = uid("Annexa::Tenant", &caller.tenant)?;
    let principal = uid("Annexa::Application", &format!("{}/{}", caller.tenant, caller.application))?;
    let resource = uid("Annexa::Destination", &to.provider)?;
    let action = uid("Annexa::Action", question.direction.name())?;
    let application =
        attributes(&[("tenant", &caller.tenant), ("name", &caller.application), ("system", &caller.system)]);
    let destination = attributes(&[
        ("supplier", &to.supplier),
        ("provider", &to.provider),
        ("model", &to.model),
        ("tool", to.tool.as_deref().unwrap_or_default()),
        ("domain", to.domain.as_deref().unwrap_or_default()),
    ]);
    let entities = [
        Entity::new(principal.clone(), application, HashSet::from([tenant.clone()])).ok()?,
        Entity::new(resource.clone(), destination, HashSet::new()).ok()?,
        Entity::new_no_attrs(tenant, HashSet::new()),
    ];
    let entities = Entities::from_entities(entities, None).ok()?;
    let request = Request::new(principal, action, resource, context(question, seen)?, None).ok()?;
    Some((request, entities))
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let kind: EntityTypeName = kind.parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn attributes(pairs: &[(&str, &str)]) -> HashMap<String, Value> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), text(v))).collect()
}

fn text(value: &str) -> Value {
    Value::new_string(value.to_owned())
}

fn context(question: &Question, seen: &Asked<'_>) -> Option<Context> {
    let facts = &question.facts;
    let labels = Value::new_set(facts.labels.iter().map(|l| text(l)));
    let facts = Value::new_record([
        ("supplier_terms_ended".to_owned(), Value::new_bool(facts.supplier_terms_ended)),
        ("system_unregistered".to_owned(), Value::new_bool(facts.system_unregistered)),
        ("labels".to_owned(), labels),
    ])
    .ok()?;
    let caller = &question.caller;
    let pairs = [
        ("kind", text(seen.kind)),
        ("family", text(seen.family)),
        ("category", text(seen.category)),
        ("count", Value::new_long(i64::from(seen.count))),
        ("confidence", Value::new_long(seen.confidence)),
        ("origins", Value::new_set(seen.origins.iter().map(|o| text(o)))),
        ("purpose", text(caller.purpose.as_deref().unwrap_or_default())),
        ("reason_given", Value::new_bool(caller.reason_given)),
        ("end_user_known", Value::new_bool(caller.end_user.is_some())),
        ("facts", facts),
    ];
    Context::from_pairs(pairs.map(|(k, v)| (k.to_owned(), v))).ok()
}

fn broken(kind: &str, errors: Vec<String>) -> Ruled {
    let why = Some("a policy could not be evaluated".to_owned());
    Ruled { decision: bare(kind, Verdict::Block, why), lifts: Lifts::nothing(), errors }
}

fn nothing_permits(kind: &str) -> Ruled {
    let why = Some("no policy permits it".to_owned());
    Ruled { decision: bare(kind, Verdict::Block, why), lifts: Lifts::nothing(), errors: Vec::new() }
}

fn bare(kind: &str, verdict: Verdict, why: Option<String>) -> KindDecision {
    KindDecision {
        kind: kind.to_owned(),
        verdict,
        policies: Vec::new(),
        controls: Vec::new(),
        severity: None,
        why,
    }
}

fn allowed(set: &PolicySet, kind: &str, reasons: &[&cedar_policy::PolicyId]) -> Ruled {
    let mut decision = bare(kind, Verdict::Allow, None);
    describe(set, &mut decision, reasons);
    Ruled { decision, lifts: Lifts::nothing(), errors: Vec::new() }
}

/// The strictest remedy among the policies that forbid wins, and says why.
fn forbidden(set: &PolicySet, kind: &str, reasons: &[&cedar_policy::PolicyId]) -> Ruled {
    let remedy = |id: &cedar_policy::PolicyId| {
        set.annotation(id, "verdict")
            .map_or(Some(Verdict::Block), Verdict::of_annotation)
            .unwrap_or(Verdict::Block)
    };
    let verdict = reasons.iter().map(|id| remedy(id)).max().unwrap_or(Verdict::Block);
    let strictest: Vec<&cedar_policy::PolicyId> =
        reasons.iter().copied().filter(|id| remedy(id) == verdict).collect();
    let mut decision = bare(kind, verdict, None);
    describe(set, &mut decision, reasons);
    let of_strictest =
        |name| strictest.iter().filter_map(|id| set.annotation(id, name)).min().map(str::to_owned);
    decision.why = of_strictest("why");
    decision.severity = of_strictest("severity");
    let lifts = Lifts::all_of(reasons.iter().map(|id| set.annotation(id, "liftable").unwrap_or_default()));
    Ruled { decision, lifts, errors: Vec::new() }
}

fn describe(set: &PolicySet, decision: &mut KindDecision, reasons: &[&cedar_policy::PolicyId]) {
    decision.policies = reasons.iter().map(ToString::to_string).collect();
    decision.policies.sort();
    let controls = reasons.iter().filter_map(|id| set.annotation(id, "control")).flat_map(parts);
    decision.controls = controls.map(str::to_owned).collect();
    decision.controls.sort();
    decision.controls.dedup();
}
