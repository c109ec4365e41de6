//! What is wrong with a policy file, said so that its writer can put it right.

use std::fmt;

use serde::Serialize;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// The file is refused.
    Refused,
    /// The file is taken, but says something that its writer may not mean.
    Warned,
}

/// One problem of a policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it keeps the file out.
    pub gravity: Gravity,
    /// Id of the policy, where it has one.
    pub policy: Option<String>,
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(policy) = &self.policy {
            write!(f, ", policy `{policy}`")?;
        }
        write!(f, ": {}; {}", self.message, self.remedy)
    }
}

/// A policy file that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Its problems, in order of line.
    #[error("the policies are refused: {}", listed(.0))]
    Invalid(Vec<Problem>),
    /// The schema that is compiled in can't be read.
    #[error("the policy schema can't be read: {0}")]
    Schema(String),
}

fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n  ")
}
