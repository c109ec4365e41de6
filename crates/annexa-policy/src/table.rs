//! What a set of policies does, as a table: families of findings by direction.
//!
//! It is computed by asking, so it can't say anything else than what happens. It is asked for a caller and a
//! destination of which nothing special is known; policies for particular ones change single cells.

use std::fmt::Write;

use annexa_detect::Category;
use serde::Serialize;

use crate::annotations::Lift;
use crate::load::Rule;
use crate::question::{Caller, Destination, Direction, Facts, Question, Seen, Verdict, category_name};
use crate::set::PolicySet;

/// Families that the detectors know, with the category of their types; the last ones stand for types of one's own.
const FAMILIES: [(&str, Category); 32] = [
    ("card", Category::Financial),
    ("credential", Category::Credential),
    ("national_id", Category::Personal),
    ("health_id", Category::Health),
    ("birth", Category::Personal),
    ("bank_account", Category::Financial),
    ("wallet", Category::Financial),
    ("contact", Category::Personal),
    ("user_name", Category::Personal),
    ("network", Category::Personal),
    ("device", Category::Personal),
    ("vehicle", Category::Personal),
    ("other_id", Category::Personal),
    ("name", Category::Personal),
    ("organisation", Category::Personal),
    ("place", Category::Personal),
    ("date", Category::Personal),
    ("attribute", Category::Personal),
    ("health_term", Category::Health),
    ("patient", Category::Health),
    ("url", Category::Personal),
    ("encoded", Category::Uninspected),
    ("media", Category::Uninspected),
    ("language", Category::Uninspected),
    ("provider_state", Category::Uninspected),
    (OTHER, Category::Personal),
    (OTHER, Category::Health),
    (OTHER, Category::Financial),
    (OTHER, Category::Confidential),
    (OTHER, Category::Injection),
    (OTHER, Category::Exfiltration),
    (OTHER, Category::Harmful),
];
const OTHER: &str = "any other";

/// What a set of policies does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Name of the set.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One row a family.
    pub rows: Vec<Row>,
    /// Its policies in the order of the file.
    pub rules: Vec<RuleRow>,
}

/// What happens to findings of one family.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Family, or `any other`.
    pub family: String,
    /// Category of its types.
    pub category: String,
    /// One a direction: send, release, call_tool.
    pub cells: Vec<Cell>,
}

/// What happens in one direction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Which way.
    pub direction: Direction,
    /// What happens.
    pub verdict: Verdict,
    /// Policies that determine it; none when nothing permits it.
    pub policies: Vec<String>,
    /// Their controls.
    pub controls: Vec<String>,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// Its remedy; `allow` for a permit.
    pub verdict: Verdict,
    /// Its severity.
    pub severity: Option<String>,
    /// Its controls.
    pub controls: Vec<String>,
    /// What may lift its remedy.
    pub liftable: Vec<Lift>,
    /// Why.
    pub why: Option<String>,
}

impl PolicySet {
    /// What these policies do to each family in each direction.
    #[must_use]
    pub fn table(&self) -> Table {
        Table {
            name: self.name().to_owned(),
            version: self.version().to_owned(),
            rows: FAMILIES.iter().map(|(family, category)| row(self, family, *category)).collect(),
            rules: self.enforced().rules.iter().map(rule_row).collect(),
        }
    }
}

impl Table {
    /// As Markdown, with the policies below.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("# What the policy `{}` does\n\n", self.name);
        out.push_str("| family | category | send | release | call_tool |\n|---|---|---|---|---|\n");
        for row in &self.rows {
            let cells: Vec<String> = row.cells.iter().map(Cell::markdown).collect();
            let _ = writeln!(out, "| {} | {} | {} |", row.family, row.category, cells.join(" | "));
        }
        out.push_str(
            "\n`send` is out to a provider, `release` back in an answer, `call_tool` into a tool.\n",
        );
        out.push_str(
            "\n| policy | verdict | severity | controls | lifted by | why |\n|---|---|---|---|---|---|\n",
        );
        for rule in &self.rules {
            let _ = writeln!(out, "| {} |", rule.fields().join(" | "));
        }
        out
    }

    /// As plain text, in columns.
    #[must_use]
    pub fn text(&self) -> String {
        let head = ["family", "category", "send", "release", "call_tool"].map(str::to_owned).to_vec();
        let body = self.rows.iter().map(|r| {
            let cells = r.cells.iter().map(|c| c.verdict.to_string());
            [r.family.clone(), r.category.clone()].into_iter().chain(cells).collect()
        });
        let mut out = format!("policy {} ({})\n\n", self.name, self.version);
        out.push_str(&columns(std::iter::once(head).chain(body).collect()));
        let head =
            ["policy", "verdict", "severity", "controls", "lifted by", "why"].map(str::to_owned).to_vec();
        let rules = std::iter::once(head).chain(self.rules.iter().map(RuleRow::fields)).collect();
        out.push('\n');
        out.push_str(&columns(rules));
        out
    }
}

impl Cell {
    fn markdown(&self) -> String {
        match self.policies.as_slice() {
            [] => format!("**{}** (nothing permits it)", self.verdict),
            policies => format!("**{}** ({})", self.verdict, policies.join(", ")),
        }
    }
}

impl RuleRow {
    fn fields(&self) -> Vec<String> {
        let lifted: Vec<&str> = self.liftable.iter().map(|l| l.name()).collect();
        let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        vec![
            self.id.clone(),
            self.verdict.to_string(),
            or_dash(self.severity.clone().unwrap_or_default()),
            or_dash(self.controls.join(", ")),
            or_dash(lifted.join(", ")),
            or_dash(self.why.clone().unwrap_or_default()),
        ]
    }
}

fn row(set: &PolicySet, family: &str, category: Category) -> Row {
    let cells = Direction::ALL.map(|direction| cell(set, direction, family, category));
    Row { family: family.to_owned(), category: category_name(category).to_owned(), cells: cells.to_vec() }
}

fn cell(set: &PolicySet, direction: Direction, family: &str, category: Category) -> Cell {
    let decision = set.decide(&question(direction, family, category));
    let kind = decision.kinds.into_iter().find(|k| k.kind == family);
    let (verdict, policies, controls) =
        kind.map_or((Verdict::Block, Vec::new(), Vec::new()), |k| (k.verdict, k.policies, k.controls));
    Cell { direction, verdict, policies, controls }
}

fn question(direction: Direction, family: &str, category: Category) -> Question {
    let any = || "any".to_owned();
    Question {
        direction,
        caller: Caller {
            tenant: any(),
            application: any(),
            system: any(),
            end_user: None,
            purpose: None,
            reason_given: false,
        },
        destination: Destination { supplier: any(), provider: any(), model: any(), tool: None, domain: None },
        seen: vec![Seen {
            kind: family.to_owned(),
            family: family.to_owned(),
            category,
            count: 1,
            confidence: 1.0,
            origins: vec!["user".to_owned()],
        }],
        facts: Facts::default(),
        exceptions: Vec::new(),
        break_glass: None,
        at: 0,
    }
}

fn rule_row(rule: &Rule) -> RuleRow {
    RuleRow {
        id: rule.says.id.clone(),
        verdict: rule.says.verdict,
        severity: rule.says.severity.map(|s| s.name().to_owned()),
        controls: rule.says.controls.clone(),
        liftable: rule.says.liftable.clone(),
        why: rule.says.why.clone(),
    }
}

fn columns(rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|t| t.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let padded = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
