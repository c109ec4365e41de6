//! One authorisation: does this caller move this kind of data this way to this destination, by Cedar?

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Effect, Entities, Entity, EntityUid, Request, RestrictedExpression as Value,
};

use crate::load::Rules;
use crate::question::{Direction, Facts, Question, Seen, category_name};
use crate::reads::Reads;
use crate::remedy::EXCHANGE;
use crate::schema::{Vocabulary, uid};

const EXCHANGE_FAMILY: &str = "exchange";

/// What is asked about: findings of one kind, or the exchange itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) kind: &'a str,
    pub(crate) family: &'a str,
    pub(crate) category: &'a str,
    pub(crate) count: u32,
    /// In per cent.
    pub(crate) confidence: u8,
    pub(crate) origins: &'a [String],
}

/// Which policies determine the answer, as places in their file.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Matched {
    pub(crate) forbids: Vec<usize>,
    /// Empty when there is a forbid.
    pub(crate) permits: Vec<usize>,
    /// Policies that could not be evaluated.
    pub(crate) errors: Vec<usize>,
    /// The question could not even be put.
    pub(crate) failed: bool,
}

/// The answers of the enforced and of the watched policies.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) enforced: Matched,
    pub(crate) monitor: Matched,
}

impl<'a> Case<'a> {
    /// The exchange itself.
    pub(crate) fn exchange() -> Self {
        Case {
            kind: EXCHANGE,
            family: EXCHANGE_FAMILY,
            category: EXCHANGE_FAMILY,
            count: 1,
            confidence: 100,
            origins: &[],
        }
    }

    /// Findings of one kind; `None` when their confidence is no number, or when a type of one's own would pass
    /// for the exchange itself.
    pub(crate) fn of(seen: &'a Seen) -> Option<Self> {
        if seen.kind == EXCHANGE || seen.family == EXCHANGE_FAMILY {
            return None;
        }
        let confidence =
            seen.confidence.is_finite().then(|| (seen.confidence * 100.0).round().clamp(0.0, 100.0) as u8)?;
        Some(Case {
            kind: &seen.kind,
            family: &seen.family,
            category: category_name(seen.category),
            count: seen.count,
            confidence,
            origins: &seen.origins,
        })
    }
}

/// The parties of a question as Cedar entities, made once for all its cases.
pub(crate) struct Scene {
    direction: Direction,
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    entities: Option<Entities>,
}

impl Scene {
    pub(crate) fn new(question: &Question, words: &Vocabulary) -> Self {
        let (caller, to) = (&question.caller, &question.destination);
        let principal = uid(&words.application, &format!("{}/{}", caller.tenant, caller.application));
        let resource = uid(&words.destination, &format!("{}/{}", to.provider, to.model));
        let application = Entity::new(
            principal.clone(),
            HashMap::from([
                ("tenant".to_owned(), text(&caller.tenant)),
                ("application".to_owned(), text(&caller.application)),
                ("system".to_owned(), text(&caller.system)),
            ]),
            HashSet::from([uid(&words.tenant, &caller.tenant)]),
        );
        let mut attributes = HashMap::from([
            ("supplier".to_owned(), text(&to.supplier)),
            ("provider".to_owned(), text(&to.provider)),
            ("model".to_owned(), text(&to.model)),
        ]);
        attributes.extend(to.tool.as_deref().map(|t| ("tool".to_owned(), text(t))));
        attributes.extend(to.domain.as_deref().map(|d| ("domain".to_owned(), text(d))));
        let parents = HashSet::from([uid(&words.supplier, &to.supplier), uid(&words.provider, &to.provider)]);
        let destination = Entity::new(resource.clone(), attributes, parents);
        let entities = application
            .ok()
            .zip(destination.ok())
            .and_then(|(a, d)| Entities::from_entities([a, d], None).ok());
        Scene {
            direction: question.direction,
            principal,
            action: words.action(question.direction),
            resource,
            entities,
        }
    }

    /// The request about a case. Values have the schema's types by construction, so it is not validated again.
    pub(crate) fn request(&self, question: &Question, case: &Case<'_>, reads: &Reads) -> Option<Request> {
        let context = context(question, case, reads)?;
        Request::new(self.principal.clone(), self.action.clone(), self.resource.clone(), context, None).ok()
    }

    /// Asks one set of policies.
    pub(crate) fn ask(&self, rules: &Rules, request: Option<&Request>) -> Matched {
        if rules.rules.is_empty() {
            return Matched::default();
        }
        let (Some(request), Some(entities)) = (request, &self.entities) else {
            return Matched { failed: true, ..Matched::default() };
        };
        let response = Authorizer::new().is_authorized(request, rules.towards(self.direction), entities);
        let found = rules.places(response.diagnostics().reason());
        let forbids = |i: &usize| rules.rules.get(*i).is_none_or(|r| r.effect == Effect::Forbid);
        let (forbids, permits) = found.into_iter().partition(forbids);
        let errors = rules.places(response.diagnostics().errors().map(failed_policy));
        let failed = response.diagnostics().errors().count() != errors.len();
        Matched { forbids, permits, errors, failed }
    }

    #[cfg(test)]
    pub(crate) fn entities(&self) -> Option<&Entities> {
        self.entities.as_ref()
    }
}

fn failed_policy(error: &cedar_policy::AuthorizationError) -> &cedar_policy::PolicyId {
    match error {
        cedar_policy::AuthorizationError::PolicyEvaluationError(e) => e.policy_id(),
    }
}

/// The context: only what some policy reads, so that nothing else can make a difference to a decision, and so that
/// a decision which is remembered by what policies read is remembered rightly.
fn context(question: &Question, case: &Case<'_>, reads: &Reads) -> Option<Context> {
    let caller = &question.caller;
    let mut pairs: Vec<(String, Value)> = Vec::with_capacity(11);
    let mut put = |name: &str, value: &dyn Fn() -> Option<Value>| {
        if reads.reads(name) {
            pairs.extend(value().map(|v| (name.to_owned(), v)));
        }
    };
    put("kind", &|| Some(text(case.kind)));
    put("family", &|| Some(text(case.family)));
    put("category", &|| Some(text(case.category)));
    put("count", &|| Some(Value::new_long(case.count.into())));
    put("confidence", &|| Some(Value::new_long(case.confidence.into())));
    put("origins", &|| Some(Value::new_set(case.origins.iter().map(|o| text(o)))));
    put("purpose", &|| caller.purpose.as_deref().map(text));
    put("end_user", &|| caller.end_user.as_deref().map(text));
    put("reason_given", &|| Some(Value::new_bool(caller.reason_given)));
    put("facts", &|| facts(&question.facts));
    put("at", &|| Some(Value::new_long(question.at)));
    Context::from_pairs(pairs).ok()
}

fn facts(facts: &Facts) -> Option<Value> {
    let known = [
        ("system_registered", facts.system_registered),
        ("purpose_permitted", facts.purpose_permitted),
        ("dpa_in_force", facts.dpa_in_force),
        ("supplier_terms_ended", facts.supplier_terms_ended),
    ];
    let mut pairs: Vec<(String, Value)> =
        known.into_iter().filter_map(|(name, is)| Some((name.to_owned(), Value::new_bool(is?)))).collect();
    pairs.extend(facts.region.as_deref().map(|r| ("region".to_owned(), text(r))));
    pairs.push(("flags".to_owned(), Value::new_set(facts.flags.iter().map(|f| text(f)))));
    Value::new_record(pairs).ok()
}

fn text(value: &str) -> Value {
    Value::new_string(value.to_owned())
}
