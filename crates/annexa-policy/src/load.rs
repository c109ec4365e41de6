//! A policy file to rules: cut, parsed, its annotations read, validated strictly against the schema.
//!
//! Every problem is collected before the file is refused, with the policy, the line and what to do.

use std::collections::HashMap;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet as CedarSet, ValidationMode, Validator,
};

use crate::annotations::{self, Annotations};
use crate::problem::{Gravity, Problem};
use crate::question::Direction;
use crate::schema::Vocabulary;
use crate::split::{Statement, split};

/// One policy as it is in force.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) says: Annotations,
    pub(crate) effect: Effect,
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// The policies of one file.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) cedar: CedarSet,
    /// The same, apart for each direction: a policy of another direction never applies, and costs to find out.
    directions: [CedarSet; 3],
    /// In the order of the file.
    pub(crate) rules: Vec<Rule>,
    index: HashMap<PolicyId, usize>,
    /// Problems that don't keep the file out.
    pub(crate) warnings: Vec<Problem>,
}

impl Rules {
    /// Policies that can apply in a direction.
    pub(crate) fn towards(&self, direction: Direction) -> &CedarSet {
        let [send, release, call_tool] = &self.directions;
        match direction {
            Direction::Send => send,
            Direction::Release => release,
            Direction::CallTool => call_tool,
        }
    }

    /// Places of policies in the file, in order.
    pub(crate) fn places<'a>(&self, ids: impl Iterator<Item = &'a PolicyId>) -> Vec<usize> {
        let mut places: Vec<usize> = ids.filter_map(|id| self.index.get(id).copied()).collect();
        places.sort_unstable();
        places
    }
}

/// Finds everything that is wrong with a policy file; empty when it can be taken without remark.
#[must_use]
pub fn check(text: &str) -> Vec<Problem> {
    let words = match Vocabulary::read() {
        Ok(words) => words,
        Err(error) => {
            return vec![refused(None, 1, error.to_string(), "report this: the schema is compiled in")];
        }
    };
    match load(text, words) {
        Ok(rules) if rules.rules.is_empty() => vec![empty()],
        Ok(rules) => rules.warnings,
        Err(problems) => problems,
    }
}

/// What is said of a file in which nothing permits anything.
pub(crate) fn empty() -> Problem {
    refused(None, 1, "there is no policy, so everything would be blocked", "write a permit")
}

/// Loads a file.
pub(crate) fn load(text: &str, vocabulary: &Vocabulary) -> Result<Rules, Vec<Problem>> {
    let mut rules = Rules::default();
    let mut problems = Vec::new();
    for statement in split(text) {
        match parse(&statement) {
            Ok((policy, says)) => problems.extend(add(&mut rules, &policy, says, &statement)),
            Err(faults) => problems.extend(faults),
        }
    }
    validate(&rules, vocabulary, &mut problems);
    problems.sort_by(|a, b| (a.line, &a.message).cmp(&(b.line, &b.message)));
    problems.dedup();
    if problems.iter().any(|p| p.gravity == Gravity::Refused) {
        return Err(problems);
    }
    rules.warnings = problems;
    rules.directions = Direction::ALL.map(|d| of_direction(&rules.cedar, &vocabulary.action(d)));
    Ok(rules)
}

fn parse(statement: &Statement<'_>) -> Result<(Policy, Annotations), Vec<Problem>> {
    let policy =
        Policy::parse(None, statement.text).map_err(|e| vec![syntax(&DetailedError::from(&e), statement)])?;
    annotations::read(&policy).map(|says| (policy.clone(), says)).map_err(|faults| {
        let id = policy.annotation("id").filter(|id| !id.is_empty());
        faults.into_iter().map(|(message, remedy)| refused(id, statement.line, message, remedy)).collect()
    })
}

fn add(rules: &mut Rules, policy: &Policy, says: Annotations, statement: &Statement<'_>) -> Option<Problem> {
    let id = PolicyId::new(&says.id);
    if rules.index.contains_key(&id) {
        return Some(refused(
            Some(&says.id),
            statement.line,
            "another policy has the same `@id`",
            "give it its own",
        ));
    }
    if let Err(error) = rules.cedar.add(policy.new_id(id.clone())) {
        return Some(refused(
            Some(&says.id),
            statement.line,
            error.to_string(),
            "write it as one plain policy",
        ));
    }
    rules.index.insert(id, rules.rules.len());
    let (text, line) = (statement.text.to_owned(), statement.line);
    rules.rules.push(Rule { effect: policy.effect(), says, text, line });
    None
}

fn validate(rules: &Rules, vocabulary: &Vocabulary, problems: &mut Vec<Problem>) {
    let result = Validator::new(vocabulary.schema.clone()).validate(&rules.cedar, ValidationMode::Strict);
    let errors =
        result.validation_errors().map(|e| (e.policy_id().clone(), DetailedError::from(e), Gravity::Refused));
    let warnings = result
        .validation_warnings()
        .map(|w| (w.policy_id().clone(), DetailedError::from(w), Gravity::Warned));
    for (id, error, gravity) in errors.chain(warnings) {
        let Some(rule) = rules.index.get(&id).and_then(|i| rules.rules.get(*i)) else { continue };
        let remedy = remedy(&error, "write it as the schema in docs/policy.md has it");
        problems.push(Problem {
            gravity,
            policy: Some(rule.says.id.clone()),
            line: rule.line + lines_before(&error, &rule.text),
            message: message(&error, &rule.says.id),
            remedy,
        });
    }
}

fn of_direction(all: &CedarSet, action: &EntityUid) -> CedarSet {
    let concerns = |p: &Policy| match p.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(actions) => actions.contains(action),
        ActionConstraint::Eq(one) => one == *action,
    };
    // The ids are those of a set already, so nothing clashes; were it otherwise, the whole set is as right.
    CedarSet::from_policies(all.policies().filter(|p| concerns(p)).cloned()).unwrap_or_else(|_| all.clone())
}

fn syntax(error: &DetailedError, statement: &Statement<'_>) -> Problem {
    let line = statement.line + lines_before(error, statement.text);
    let labels = error.source_locations.iter().filter_map(|l| l.label.clone());
    let said = std::iter::once(error.message.clone()).chain(labels).collect::<Vec<_>>().join(", ");
    refused(named(statement.text), line, said, remedy(error, "see docs/policy.md for the form of a policy"))
}

/// The id of a policy that can't be parsed, as far as it can be seen.
fn named(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("@id(\"")?;
    after.split_once('"').map(|(id, _)| id)
}

/// Cedar begins with the policy's id, which a problem tells by itself, and says the same for each action.
fn message(error: &DetailedError, id: &str) -> String {
    let prefix = format!("for policy `{id}`, ");
    let mut message = error.message.strip_prefix(&prefix).unwrap_or(&error.message).to_owned();
    for action in Direction::ALL {
        message = message.replace(&format!(" in context for Action::\"{action}\""), " in the context");
    }
    message
}

fn remedy(error: &DetailedError, otherwise: &str) -> String {
    error.help.clone().unwrap_or_else(|| otherwise.to_owned())
}

fn lines_before(error: &DetailedError, text: &str) -> usize {
    let at = error.source_locations.first().map_or(0, |l| l.loc.start);
    text.bytes().take(at).filter(|b| *b == b'\n').count()
}

fn refused(
    policy: Option<&str>,
    line: usize,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Problem {
    Problem {
        gravity: Gravity::Refused,
        policy: policy.map(str::to_owned),
        line,
        message: message.into(),
        remedy: remedy.into(),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
