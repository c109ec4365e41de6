//! A decision with the text of every policy that bears on it.

use std::fmt;

use serde::Serialize;

use crate::authorise::{Case, Matched};
use crate::decision::Decision;
use crate::load::{Rule, Rules};
use crate::question::{Question, Verdict};
use crate::set::PolicySet;

/// Why a question is decided as it is. Its display is for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Name of the policies.
    pub name: String,
    /// Their version.
    pub version: String,
    /// The decision.
    pub decision: Decision,
    /// The exchange itself and each kind that was seen.
    pub kinds: Vec<ExplainedKind>,
}

/// One kind with all policies that apply to it, not only those that won.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedKind {
    /// The type, or [`crate::EXCHANGE`].
    pub kind: String,
    /// What is decided about it.
    pub verdict: Verdict,
    /// Enforced policies that apply.
    pub policies: Vec<Explained>,
    /// Watched policies that apply.
    pub watched: Vec<Explained>,
}

/// One policy that applies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// Its id.
    pub id: String,
    /// Line in its file, from 1.
    pub line: usize,
    /// Its remedy; `allow` for a permit.
    pub verdict: Verdict,
    /// What lifted its remedy, in words.
    pub lifted: Option<String>,
    /// Whether it could not be evaluated.
    pub failed: bool,
    /// Its text.
    pub text: String,
}

impl PolicySet {
    /// Decides a question and shows every policy that applies, with its text.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let decision = self.decide(question);
        let cases = std::iter::once(Case::exchange()).chain(question.seen.iter().filter_map(Case::of));
        let kinds = cases.map(|case| self.explain_case(question, &case, &decision)).collect();
        Explanation { name: self.name().to_owned(), version: self.version().to_owned(), decision, kinds }
    }

    fn explain_case(&self, question: &Question, case: &Case<'_>, decision: &Decision) -> ExplainedKind {
        let settled = self.settle(question, case);
        let mut policies = explained(&settled.enforced, self.enforced());
        for modifier in decision.modifiers.iter().filter(|m| m.kind == case.kind) {
            let by = modifier.id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
            policies
                .iter_mut()
                .filter(|p| p.id == modifier.policy)
                .for_each(|p| p.lifted = Some(format!("{}{by}", modifier.by.name())));
        }
        ExplainedKind {
            kind: case.kind.to_owned(),
            verdict: decision.of(case.kind).map_or(Verdict::Allow, |k| k.verdict),
            policies,
            watched: explained(&settled.monitor, self.monitor()),
        }
    }
}

fn explained(matched: &Matched, rules: &Rules) -> Vec<Explained> {
    let places = matched.errors.iter().map(|i| (i, true));
    let places = places.chain(matched.forbids.iter().chain(&matched.permits).map(|i| (i, false)));
    places.filter_map(|(i, failed)| rules.rules.get(*i).map(|r| one(r, failed))).collect()
}

fn one(rule: &Rule, failed: bool) -> Explained {
    Explained {
        id: rule.says.id.clone(),
        line: rule.line,
        verdict: rule.says.verdict,
        lifted: None,
        failed,
        text: rule.text.clone(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "policy {} ({})", self.name, self.version)?;
        writeln!(f, "verdict {}", self.decision.verdict)?;
        self.decision.errors.iter().try_for_each(|e| writeln!(f, "error: {e}"))?;
        self.kinds.iter().try_for_each(|k| write!(f, "\n{k}"))
    }
}

impl fmt::Display for ExplainedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.kind, self.verdict)?;
        if self.policies.is_empty() && self.verdict == Verdict::Block {
            writeln!(f, "  no policy permits it")?;
        }
        self.policies.iter().try_for_each(|p| p.write(f, ""))?;
        self.watched.iter().try_for_each(|p| p.write(f, "watched: "))
    }
}

impl Explained {
    fn write(&self, f: &mut fmt::Formatter<'_>, watched: &str) -> fmt::Result {
        let state = match (&self.lifted, self.failed) {
            (_, true) => ", could not be evaluated".to_owned(),
            (Some(by), _) => format!(", lifted by {by}"),
            _ => String::new(),
        };
        writeln!(f, "  {watched}{} (line {}): {}{state}", self.id, self.line, self.verdict)?;
        self.text.lines().try_for_each(|l| writeln!(f, "    {l}"))
    }
}
