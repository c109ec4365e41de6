//! Caller, findings and destination to a verdict, by Cedar policies. Pure: no input, no output, no clock.
//!
//! One authorisation is asked for each type that was found and one for the exchange itself. `permit` means in the
//! clear; a `forbid` names its remedy in `@verdict`; the strictest of those that apply wins; no permit, or any error
//! while evaluating, is a block. A second, watched set is evaluated apart and never decides.

mod cedar;
mod check;
mod decision;
mod lift;
mod packs;
mod question;
mod set;
mod table;

pub use check::PolicyError;
pub use decision::{Decision, KindDecision, Lifted};
pub use question::{
    ActiveException, BreakGlass, Caller, Destination, Direction, Facts, Question, Seen, Verdict,
};
pub use set::PolicySet;
pub use table::{Table, TableRow};

/// Version of the schema that policies are validated against.
pub const SCHEMA_VERSION: u16 = 1;

/// Pseudo-type that stands for the exchange itself.
pub const EXCHANGE: &str = "EXCHANGE";
