//! What a set decides for each family of types in each direction: for the docs and for people who ask.

use std::fmt::Write;

use annexa_detect::Category;

use crate::question::{Caller, Destination, Direction, Facts, Question, Seen, Verdict};
use crate::set::PolicySet;

/// Families with a type and the category that stand for them.
const FAMILIES: [(&str, &str, Category); 16] = [
    ("card", "CREDIT_CARD", Category::Financial),
    ("credential", "PASSWORD", Category::Credential),
    ("bank_account", "IBAN", Category::Financial),
    ("wallet", "CRYPTO_WALLET", Category::Financial),
    ("national_id", "US_SSN", Category::Personal),
    ("health_id", "MRN", Category::Health),
    ("birth", "DATE_OF_BIRTH", Category::Personal),
    ("contact", "EMAIL", Category::Personal),
    ("user_name", "USERNAME", Category::Personal),
    ("network", "IP_ADDRESS", Category::Personal),
    ("device", "IMEI", Category::Personal),
    ("vehicle", "VIN", Category::Personal),
    ("other_id", "CUSTOMER_NUMBER", Category::Personal),
    ("url", "URL", Category::Personal),
    ("media", "OPAQUE_CONTENT", Category::Uninspected),
    ("your_own", "YOUR_OWN_TYPE", Category::Confidential),
];
const DIRECTIONS: [Direction; 3] = [Direction::Send, Direction::Release, Direction::CallTool];

/// One family.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// Family.
    pub family: &'static str,
    /// Category that stands for it.
    pub category: Category,
    /// Verdicts for send, release and call_tool.
    pub verdicts: [Verdict; 3],
    /// Policies that decide it, in any direction.
    pub policies: Vec<String>,
}

/// The table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its rows.
    pub rows: Vec<TableRow>,
}

/// Asks a set about each family.
pub(crate) fn table(set: &PolicySet) -> Table {
    Table {
        rows: FAMILIES.into_iter().map(|(family, kind, category)| row(set, family, kind, category)).collect(),
    }
}

fn row(set: &PolicySet, family: &'static str, kind: &str, category: Category) -> TableRow {
    let seen = Seen {
        kind: kind.into(),
        family: family.into(),
        category,
        count: 1,
        confidence: 1.0,
        origins: vec!["user".into()],
    };
    let decisions = DIRECTIONS.map(|direction| set.decide(&question(direction, seen.clone())));
    let verdicts = decisions.each_ref().map(|d| d.verdict);
    let mut policies: Vec<String> = decisions
        .iter()
        .flat_map(|d| &d.kinds)
        .filter(|k| k.verdict != Verdict::Allow)
        .flat_map(|k| k.policies.clone())
        .collect();
    policies.sort();
    policies.dedup();
    TableRow { family, category, verdicts, policies }
}

fn question(direction: Direction, seen: Seen) -> Question {
    let some = || "any".to_owned();
    Question {
        direction,
        caller: Caller {
            tenant: some(),
            application: some(),
            system: some(),
            end_user: None,
            purpose: None,
            reason_given: false,
        },
        destination: Destination {
            supplier: some(),
            provider: some(),
            model: some(),
            tool: None,
            domain: None,
        },
        seen: vec![seen],
        facts: Facts::default(),
        exceptions: Vec::new(),
        break_glass: None,
        at: 0,
    }
}

impl Table {
    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from(
            "| family | to a provider | in an answer | to a tool | policies |\n|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let [send, release, call] = row.verdicts;
            // Writing to a String can't fail.
            let _ = writeln!(
                out,
                "| {} | {send} | {release} | {call} | {} |",
                row.family,
                row.policies.join(", ")
            );
        }
        out
    }

    /// As columns of text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!(
            "{:<14}{:<15}{:<14}{:<11}{}\n",
            "family", "to a provider", "in an answer", "to a tool", "policies"
        );
        for row in &self.rows {
            let [send, release, call] = row.verdicts.map(Verdict::name);
            let _ = writeln!(
                out,
                "{:<14}{send:<15}{release:<14}{call:<11}{}",
                row.family,
                row.policies.join(", ")
            );
        }
        out
    }
}
