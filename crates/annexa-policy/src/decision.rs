//! What policy answers, and how two answers to the same question differ.

use serde::{Deserialize, Serialize};

use crate::annotations::Lift;
use crate::question::{Question, Verdict};
use crate::set::PolicySet;

/// What is decided about findings of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindDecision {
    /// Type, or [`crate::EXCHANGE`] for the exchange itself.
    pub kind: String,
    /// What happens to it.
    pub verdict: Verdict,
    /// Ids of the policies that determined it, in the order of their file.
    pub policies: Vec<String>,
    /// Controls that those policies carry, once each.
    pub controls: Vec<String>,
    /// Severity of the strictest of them.
    pub severity: Option<String>,
    /// Why, in a short sentence that callers may read.
    pub why: Option<String>,
}

/// Something that lifted a policy's remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifier {
    /// Type whose remedy was lifted.
    pub kind: String,
    /// Policy whose remedy was lifted.
    pub policy: String,
    /// The remedy.
    pub lifted: Verdict,
    /// By what.
    pub by: Lift,
    /// Id of the exception or of the emergency access; `None` for a reason, which is sealed with the record.
    pub id: Option<String>,
}

/// What is decided about an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The strictest verdict of all kinds.
    pub verdict: Verdict,
    /// One for each kind that was seen, and one for the exchange itself where that may not go on.
    pub kinds: Vec<KindDecision>,
    /// Policies that could not be evaluated; the exchange is blocked when there is one.
    pub errors: Vec<String>,
    /// What the watched policies would have done; never part of the decision.
    pub monitor: Vec<KindDecision>,
    /// What was lifted, and by what.
    #[serde(default)]
    pub modifiers: Vec<Modifier>,
}

/// How a decision would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The strictest verdict before.
    pub was: Verdict,
    /// The strictest verdict now.
    pub would_be: Verdict,
    /// Kinds whose verdict differs.
    pub kinds: Vec<KindChange>,
    /// The whole new decision.
    pub decision: Decision,
}

/// How the verdict of one kind would change; `None` where one of the two decisions says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindChange {
    /// The type.
    pub kind: String,
    /// Verdict before.
    pub was: Option<Verdict>,
    /// Verdict now.
    pub would_be: Option<Verdict>,
    /// Policies that would determine it now.
    pub policies: Vec<String>,
}

impl Decision {
    /// What is decided about a kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<&KindDecision> {
        self.kinds.iter().find(|k| k.kind == kind)
    }
}

impl PolicySet {
    /// Decides an old question again and says what would change; `None` when no verdict would.
    #[must_use]
    pub fn compare(&self, question: &Question, was: &Decision) -> Option<Change> {
        let decision = self.decide(question);
        let kinds = changes(was, &decision);
        if kinds.is_empty() && was.verdict == decision.verdict {
            return None;
        }
        Some(Change { was: was.verdict, would_be: decision.verdict, kinds, decision })
    }
}

fn changes(was: &Decision, now: &Decision) -> Vec<KindChange> {
    let gone = was.kinds.iter().filter(|k| now.of(&k.kind).is_none()).map(|k| KindChange {
        kind: k.kind.clone(),
        was: Some(k.verdict),
        would_be: None,
        policies: Vec::new(),
    });
    let differs = now.kinds.iter().map(|k| KindChange {
        kind: k.kind.clone(),
        was: was.of(&k.kind).map(|w| w.verdict),
        would_be: Some(k.verdict),
        policies: k.policies.clone(),
    });
    differs.filter(|c| c.was != c.would_be).chain(gone).collect()
}
