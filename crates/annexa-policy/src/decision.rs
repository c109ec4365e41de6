//! What policy answers: a verdict for each type, which policies made it, and what lifted it.

use serde::{Deserialize, Serialize};

use crate::question::Verdict;

/// The decision about one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindDecision {
    /// Type.
    pub kind: String,
    /// What happens to it.
    pub verdict: Verdict,
    /// Ids of the policies that determined it.
    pub policies: Vec<String>,
    /// Controls that those policies carry.
    pub controls: Vec<String>,
    /// Severity, as the policy that decided says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Reason, as the policy that decided says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What lifted a verdict to allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifted {
    /// A granted exception.
    Exception {
        /// Its id.
        id: String,
        /// Type that it lifted.
        kind: String,
    },
    /// A reason that the application gave.
    Reason {
        /// Type that it lifted.
        kind: String,
    },
    /// Emergency access.
    BreakGlass {
        /// Its id.
        id: String,
        /// Type that it lifted.
        kind: String,
    },
}

/// The whole decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The strictest verdict.
    pub verdict: Verdict,
    /// One entry a type; the exchange itself stands here only when it is not allowed.
    pub kinds: Vec<KindDecision>,
    /// Policies that could not be evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// What lifted verdicts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<Lifted>,
    /// What the watched policies would have decided; never part of the decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitor: Vec<KindDecision>,
}
