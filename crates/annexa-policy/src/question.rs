//! What policy is asked: who wants to send what kinds of data where, and what the registers know.

use std::collections::BTreeSet;
use std::fmt;

use annexa_detect::Category;
use serde::{Deserialize, Serialize};

/// Which way content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a provider.
    Send,
    /// To the caller.
    Release,
    /// As arguments of a tool that the model calls.
    CallTool,
}

impl Direction {
    /// The Cedar action.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Send => "send",
            Direction::Release => "release",
            Direction::CallTool => "call_tool",
        }
    }
}

/// What happens to content, from mild to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Passes in the clear.
    Allow,
    /// Replaced by its type.
    Mask,
    /// Replaced by a token that is restored in the answer.
    Tokenise,
    /// Waits for a person.
    Hold,
    /// Refused.
    Block,
}

impl Verdict {
    /// The word in policies and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Mask => "mask",
            Verdict::Tokenise => "tokenise",
            Verdict::Hold => "hold",
            Verdict::Block => "block",
        }
    }

    /// The verdict that an annotation names.
    #[must_use]
    pub fn of_annotation(name: &str) -> Option<Verdict> {
        [Verdict::Mask, Verdict::Tokenise, Verdict::Hold, Verdict::Block]
            .into_iter()
            .find(|v| v.name() == name)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Findings of one type, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Type, e.g. `EMAIL`.
    pub kind: String,
    /// Family of types, e.g. `contact`.
    pub family: String,
    /// Category.
    pub category: Category,
    /// How many.
    pub count: u32,
    /// The highest confidence among them, 0 to 1.
    pub confidence: f32,
    /// Where they stood: `user`, `tool_result`, `header` …
    pub origins: Vec<String>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Tenant.
    pub tenant: String,
    /// Application.
    pub application: String,
    /// AI system that the application belongs to.
    pub system: String,
    /// Pseudonym of the end user.
    pub end_user: Option<String>,
    /// Purpose that the application states.
    pub purpose: Option<String>,
    /// Whether it states a reason; the reason itself is sealed with the record.
    pub reason_given: bool,
}

/// Where content goes, or comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Company.
    pub supplier: String,
    /// Provider as configured.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Tool, for tool calls.
    pub tool: Option<String>,
    /// Domain, where one is known.
    pub domain: Option<String>,
}

/// What the registers say that policies may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The supplier's terms or data processing agreement have ended.
    pub supplier_terms_ended: bool,
    /// The AI system is not registered for the purpose.
    pub system_unregistered: bool,
    /// Labels of the registers, e.g. `legal_privilege`.
    pub labels: BTreeSet<String>,
}

/// An exception that a second person granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveException {
    /// Its id.
    pub id: String,
    /// Types that it lifts.
    pub kinds: Vec<String>,
    /// Provider that it is for; all without it.
    pub provider: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// When it ends, Unix seconds.
    pub until: i64,
}

/// Emergency access in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass {
    /// Its id.
    pub id: String,
    /// The person who opened it.
    pub person: String,
    /// Tenant that it is for.
    pub tenant: String,
    /// Application that it is for; all of the tenant's without it.
    pub application: Option<String>,
    /// When it ends, Unix seconds.
    pub until: i64,
}

impl BreakGlass {
    /// Whether it covers an application.
    #[must_use]
    pub fn covers(&self, tenant: &str, application: &str) -> bool {
        self.tenant == tenant && self.application.as_deref().is_none_or(|a| a == application)
    }
}

/// The whole input of a decision. Events carry it, so it can be decided again without any content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Which way.
    pub direction: Direction,
    /// Who.
    pub caller: Caller,
    /// Where.
    pub destination: Destination,
    /// What was found.
    pub seen: Vec<Seen>,
    /// What the registers say.
    pub facts: Facts,
    /// Exceptions in force for the caller.
    pub exceptions: Vec<ActiveException>,
    /// Emergency access in force for the caller.
    pub break_glass: Option<BreakGlass>,
    /// When, Unix seconds.
    pub at: i64,
}

/// The category's word in policies and events.
#[must_use]
pub(crate) fn category_name(category: Category) -> &'static str {
    match category {
        Category::Personal => "personal",
        Category::Health => "health",
        Category::Financial => "financial",
        Category::Credential => "credential",
        Category::Confidential => "confidential",
        Category::Injection => "injection",
        Category::Exfiltration => "exfiltration",
        Category::Harmful => "harmful",
        Category::Uninspected => "uninspected",
    }
}
