//! Reading a policy file: syntax, schema, annotations. A file with any problem is refused whole.

use std::collections::HashSet;
use std::str::FromStr;

use cedar_policy::{Effect, Policy, PolicyId, Schema, ValidationMode, Validator};
use miette::Diagnostic;

use crate::question::Verdict;

const SCHEMA: &str = include_str!("../policies/schema.cedarschema");
const CONTROLS: &str = include_str!("../policies/controls.txt");
const ANNOTATIONS: [&str; 6] = ["id", "verdict", "severity", "control", "why", "liftable"];
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
const LIFTS: [&str; 3] = ["exception", "reason", "break_glass"];
const LONGEST_WHY: usize = 200;

/// Why a policy file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not Cedar.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A policy does not fit the schema.
    #[error("policy `{policy}` (line {line}): {problem}")]
    Policy {
        /// Id.
        policy: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong, with the remedy.
        problem: String,
    },
    /// The built-in schema can't be read.
    #[error("the built-in schema can't be read: {0}")]
    Schema(String),
}

/// Reads, checks and names the policies of a text.
pub(crate) fn read(text: &str) -> Result<cedar_policy::PolicySet, PolicyError> {
    let parsed = cedar_policy::PolicySet::from_str(text).map_err(|e| syntax(text, &e))?;
    let mut set = cedar_policy::PolicySet::new();
    let mut ids = HashSet::new();
    if let Some(template) = parsed.templates().next() {
        let policy = template.annotation("id").unwrap_or_default();
        return Err(problem(text, policy, "templates are not used here: write the policy out"));
    }
    for policy in parsed.policies() {
        let id = policy.annotation("id").unwrap_or_default().to_owned();
        annotations(policy).map_err(|p| problem(text, &id, p))?;
        if !ids.insert(id.clone()) {
            return Err(problem(text, &id, "two policies have this id"));
        }
        set.add(policy.new_id(PolicyId::new(&id))).map_err(|e| problem(text, &id, e.to_string()))?;
    }
    validate(text, &set)?;
    Ok(set)
}

/// The schema that policies and questions follow.
pub(crate) fn schema() -> Result<Schema, PolicyError> {
    Schema::from_cedarschema_str(SCHEMA)
        .map(|(schema, _)| schema)
        .map_err(|e| PolicyError::Schema(e.to_string()))
}

fn validate(text: &str, set: &cedar_policy::PolicySet) -> Result<(), PolicyError> {
    let result = Validator::new(schema()?).validate(set, ValidationMode::Strict);
    match result.validation_errors().next() {
        Some(error) => {
            let id = error.policy_id().to_string();
            let help = error.help().map(|h| format!(" ({h})")).unwrap_or_default();
            Err(problem(text, &id, format!("{error}{help}")))
        }
        None => Ok(()),
    }
}

fn annotations(policy: &Policy) -> Result<(), String> {
    if let Some((unknown, _)) = policy.annotations().find(|(name, _)| !ANNOTATIONS.contains(name)) {
        return Err(format!("`@{unknown}` is not known; there are @{}", ANNOTATIONS.join(", @")));
    }
    let id = policy.annotation("id").unwrap_or_default();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err("each policy needs an `@id(\"…\")` of letters, digits, `-`, `_` and `.`".into());
    }
    verdict(policy)?;
    listed(policy, "severity", |s| SEVERITIES.contains(&s), &SEVERITIES.join(", "))?;
    listed(policy, "liftable", |s| LIFTS.contains(&s), &LIFTS.join(", "))?;
    listed(policy, "control", |c| CONTROLS.lines().any(|l| l == c), "ids like iso27001-2022:A.8.12")?;
    if policy.annotation("why").is_some_and(|w| w.chars().count() > LONGEST_WHY) {
        return Err(format!("`@why` is shown to callers: at most {LONGEST_WHY} characters"));
    }
    Ok(())
}

fn verdict(policy: &Policy) -> Result<(), String> {
    match (policy.effect(), policy.annotation("verdict")) {
        (Effect::Permit, Some(_)) => Err("a permit means in the clear and has no `@verdict`".into()),
        (Effect::Forbid, Some(v)) if Verdict::of_annotation(v).is_none() => {
            Err(format!("`@verdict(\"{v}\")` is not known; there are mask, tokenise, hold, block"))
        }
        _ => Ok(()),
    }
}

fn listed(policy: &Policy, name: &str, known: impl Fn(&str) -> bool, all: &str) -> Result<(), String> {
    let Some(value) = policy.annotation(name) else { return Ok(()) };
    match parts(value).find(|part| !known(part)) {
        Some(part) => Err(format!("`{part}` in `@{name}` is not known; there are {all}")),
        None => Ok(()),
    }
}

/// The parts of a list in an annotation.
pub(crate) fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|p| !p.is_empty())
}

fn problem(text: &str, policy: &str, problem: impl Into<String>) -> PolicyError {
    let mark = format!("@id(\"{policy}\")");
    let line = text.find(&mark).map_or(1, |at| line_of(text, at));
    PolicyError::Policy { policy: policy.to_owned(), line, problem: problem.into() }
}

fn syntax(text: &str, error: &(impl Diagnostic + std::fmt::Display)) -> PolicyError {
    let offset = error.labels().and_then(|mut l| l.next()).map_or(0, |l| l.offset());
    PolicyError::Syntax { line: line_of(text, offset), problem: error.to_string() }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read(text).expect_err("must be refused").to_string()
    }

    #[test]
    fn problems_name_the_policy_the_line_and_the_remedy() {
        let ok = "@id(\"a\")\npermit (principal, action, resource);\n";
        assert!(read(ok).is_ok());
        assert!(refused("\npermit (principal action, resource);").starts_with("line 2"));
        assert!(refused("permit (principal, action, resource);").contains("@id"));
        assert!(refused(&format!("{ok}{ok}")).contains("two policies"));
        let attribute =
            format!("{ok}@id(\"b\")\npermit (principal, action, resource) when {{ context.nonsense == 1 }};");
        let said = refused(&attribute);
        assert!(said.contains("`b` (line 3)") && said.contains("nonsense"), "{said}");
        let kind = format!(
            "{ok}@id(\"b\")\npermit (principal, action, resource) when {{ context.count == \"x\" }};"
        );
        assert!(refused(&kind).contains("`b`"));
    }

    #[test]
    fn annotations_that_mean_nothing_are_refused() {
        let forbid = "forbid (principal, action, resource);";
        assert!(refused(&format!("@id(\"a\")@verdict(\"warn\"){forbid}")).contains("tokenise"));
        assert!(
            refused("@id(\"a\")@verdict(\"mask\")permit (principal, action, resource);")
                .contains("in the clear")
        );
        assert!(refused(&format!("@id(\"a\")@veto(\"x\"){forbid}")).contains("@veto"));
        assert!(refused(&format!("@id(\"a\")@control(\"iso27001-2022:A.9.99\"){forbid}")).contains("A.9.99"));
        assert!(refused(&format!("@id(\"a\")@liftable(\"anything\"){forbid}")).contains("break_glass"));
    }
}
