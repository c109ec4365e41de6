//! Caller, findings and destination to a verdict, by Cedar policies. Pure: no clock, no files, no network.
//!
//! A [`Question`] is everything that a decision depends on; [`PolicySet::decide`] answers it with a [`Decision`]
//! that says which policies determined it. Both serialise without content, so a log of them can be decided again
//! under another policy ([`PolicySet::compare`]). What policies can say is in `docs/policy.md`.

mod annotations;
mod authorise;
mod cache;
mod controls;
mod decision;
mod explain;
mod load;
mod packs;
mod problem;
mod question;
mod reads;
mod remedy;
mod schema;
mod set;
mod split;
mod table;

pub use annotations::{Lift, Severity};
pub use controls::{Control, control};
pub use decision::{Change, Decision, KindChange, KindDecision, Modifier};
pub use explain::{Explained, ExplainedKind, Explanation};
pub use load::check;
pub use problem::{Gravity, PolicyError, Problem};
pub use question::{
    ActiveException, BreakGlass, Caller, Destination, Direction, Facts, Question, Seen, Verdict,
};
pub use remedy::{EXCHANGE, FLOOR};
pub use schema::{SCHEMA, SCHEMA_VERSION};
pub use set::PolicySet;
pub use table::{Cell, Row, RuleRow, Table};
