//! What policy is asked: who sends what kinds of data where, and what the registers say about it.
//!
//! Nothing here can hold content: types, counts and names only. Events carry questions as JSON, so a field that
//! is added later has a default, and none changes its meaning.

use std::collections::BTreeSet;
use std::fmt;

use annexa_detect::Category;
use serde::{Deserialize, Serialize};

/// Longest term of emergency access, in seconds.
const LONGEST_GLASS_S: i64 = 4 * 3600;

/// Which way data moves; the Cedar action of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Out to a provider, in a request.
    Send,
    /// Back to the caller, in an answer.
    Release,
    /// Into a tool, in the arguments that a model wrote.
    CallTool,
}

impl Direction {
    /// All of them.
    pub const ALL: [Direction; 3] = [Direction::Send, Direction::Release, Direction::CallTool];

    /// The name in policies and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Send => "send",
            Direction::Release => "release",
            Direction::CallTool => "call_tool",
        }
    }
}

/// What happens to data of one kind, from mild to strict: the order decides which of two verdicts wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Passes in the clear.
    Allow,
    /// Is replaced for good.
    Mask,
    /// Is replaced by a token that the answer's reader gets back as the value.
    Tokenise,
    /// Waits for a person.
    Hold,
    /// Does not pass, and nothing around it either.
    Block,
}

impl Verdict {
    /// All of them, from mild to strict.
    pub const ALL: [Verdict; 5] =
        [Verdict::Allow, Verdict::Mask, Verdict::Tokenise, Verdict::Hold, Verdict::Block];

    /// The name in policies and events.
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
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Findings of one kind, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Type, e.g. `CREDIT_CARD`.
    pub kind: String,
    /// Group of types that policies speak of, e.g. `card`.
    pub family: String,
    /// What the type is about.
    pub category: Category,
    /// How many were found.
    pub count: u32,
    /// Highest confidence among them, 0 to 1.
    pub confidence: f32,
    /// Where they were found: `system`, `user`, `assistant`, `tool_argument`, `tool_result`, `definition`, `field`, `header`.
    pub origins: Vec<String>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Tenant of the application.
    pub tenant: String,
    /// Application that holds the gateway key.
    pub application: String,
    /// Registered AI system that the application belongs to.
    pub system: String,
    /// Pseudonym of the end user.
    pub end_user: Option<String>,
    /// Purpose that the application states.
    pub purpose: Option<String>,
    /// Whether the application gives a reason why masked data should pass; the reason itself is sealed elsewhere.
    pub reason_given: bool,
}

/// Where data goes, or where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Company, as the registers know it.
    pub supplier: String,
    /// Provider, as the configuration names it.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Tool, for `call_tool`.
    pub tool: Option<String>,
    /// Domain that a tool reaches, where known.
    pub domain: Option<String>,
}

/// What the registers say about caller and destination. `None` means that no register says anything, and the
/// built-in policies then do nothing either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The caller's AI system stands in the register.
    pub system_registered: Option<bool>,
    /// The stated purpose is among those that the AI system is registered for.
    pub purpose_permitted: Option<bool>,
    /// The data processing agreement with the supplier is in force.
    pub dpa_in_force: Option<bool>,
    /// The contract with the supplier has ended.
    pub supplier_terms_ended: Option<bool>,
    /// Region where the supplier processes, e.g. `eu`.
    pub region: Option<String>,
    /// Anything else that registers mark caller or supplier with, e.g. `dora-critical`.
    pub flags: BTreeSet<String>,
}

/// An exception from policy that a second person granted, already limited to the caller's tenant and application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveException {
    /// Its id, for the record.
    pub id: String,
    /// Types that it lifts.
    pub kinds: Vec<String>,
    /// Provider that it is limited to.
    pub provider: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// When it ends, in seconds since 1970.
    pub until: i64,
}

impl ActiveException {
    /// Whether it lifts a kind on its way to a provider at a time in seconds since 1970.
    #[must_use]
    pub fn lifts(&self, kind: &str, provider: &str, at: i64) -> bool {
        at < self.until
            && self.kinds.iter().any(|k| k == kind)
            && self.provider.as_deref().is_none_or(|p| p == provider)
    }
}

/// Emergency access in the name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass {
    /// Its id, for the record.
    pub id: String,
    /// Who opened it.
    pub person: String,
    /// Tenant that it is limited to.
    pub tenant: String,
    /// Application that it is limited to.
    pub application: Option<String>,
    /// Why; stands in the event that opened it, and is not repeated in every exchange.
    #[serde(skip)]
    pub reason: String,
    /// When it ends, in seconds since 1970.
    pub until: i64,
}

impl BreakGlass {
    /// Whether it is for this application of this tenant.
    #[must_use]
    pub fn covers(&self, tenant: &str, application: &str) -> bool {
        self.tenant == tenant && self.application.as_deref().is_none_or(|a| a == application)
    }

    /// Whether it is open at a time in seconds since 1970; never when it would stay open longer than four hours.
    #[must_use]
    pub fn open_at(&self, at: i64) -> bool {
        at < self.until && self.until.saturating_sub(at) <= LONGEST_GLASS_S
    }
}

/// Everything that a decision depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Which way data moves.
    pub direction: Direction,
    /// Who asks.
    pub caller: Caller,
    /// Where data goes.
    pub destination: Destination,
    /// What was found.
    pub seen: Vec<Seen>,
    /// What the registers say.
    #[serde(default)]
    pub facts: Facts,
    /// Exceptions granted to the caller.
    #[serde(default)]
    pub exceptions: Vec<ActiveException>,
    /// Emergency access, if any is open.
    #[serde(default)]
    pub break_glass: Option<BreakGlass>,
    /// When it is asked, in seconds since 1970.
    pub at: i64,
}

/// The category's name in policies.
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
