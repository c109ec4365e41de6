//! Last week's exchanges decided again under another policy, from events alone: no content is opened.

use std::collections::BTreeMap;

use annexa_evidence::{Embedded, What};
use annexa_policy::{Decision, PolicySet, Question};
use annexa_store::Store;
use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

const PAGE: usize = 512;
const SHOWN: usize = 50;

/// What would change.
#[derive(Serialize, Default)]
struct Replayed {
    /// Name of the policy that was tried.
    policy: String,
    /// Its version.
    version: String,
    /// Questions that were decided again.
    questions: u64,
    /// Questions whose verdict would differ.
    changed: u64,
    /// `old -> new`, counted.
    changes: BTreeMap<String, u64>,
    /// The first of them.
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Example {
    seq: u64,
    exchange: Option<String>,
    kinds: Vec<String>,
    was: String,
    would_be: String,
}

/// Decides every question in a tenant's log again under the policy text given.
///
/// # Errors
/// When the policy is not valid or the log can't be read.
pub(crate) fn replay(store: &Store, tenant: &str, policy: &str, name: &str) -> Result<Value> {
    let set = PolicySet::parse(policy, "").with_context(|| format!("in the policy `{name}`"))?;
    let mut replayed =
        Replayed { policy: name.to_owned(), version: set.version().to_owned(), ..Replayed::default() };
    let mut from = 0;
    loop {
        let page = store.events(tenant, from, PAGE)?;
        let Some(last) = page.last() else { break };
        from = last.seq + 1;
        for logged in &page {
            let (questions, decisions) = match &logged.event.what {
                What::ExchangeIntent(intent) => (&intent.question, &intent.decision),
                What::ExchangeRefused(refused) => (&refused.intent.question, &refused.intent.decision),
                What::ExchangeOutcome(outcome) => (&outcome.question, &outcome.decision),
                _ => continue,
            };
            replayed.again(&set, questions, decisions, logged.seq, logged.event.exchange.as_deref())?;
        }
    }
    Ok(serde_json::to_value(replayed)?)
}

impl Replayed {
    fn again(
        &mut self,
        set: &PolicySet,
        questions: &Embedded,
        decisions: &Embedded,
        seq: u64,
        exchange: Option<&str>,
    ) -> Result<()> {
        if questions.text() == "null" {
            return Ok(());
        }
        let broken = || format!("event {seq} holds a question that this version can't read");
        let questions: Vec<Question> = serde_json::from_str(questions.text()).with_context(broken)?;
        let decisions: Vec<Decision> = serde_json::from_str(decisions.text()).with_context(broken)?;
        for (question, was) in questions.iter().zip(&decisions) {
            self.questions += 1;
            let now = set.decide(question);
            if now.verdict != was.verdict {
                self.note(question, was, &now, seq, exchange);
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        question: &Question,
        was: &Decision,
        now: &Decision,
        seq: u64,
        exchange: Option<&str>,
    ) {
        self.changed += 1;
        *self.changes.entry(format!("{} -> {}", was.verdict, now.verdict)).or_default() += 1;
        if self.examples.len() < SHOWN {
            self.examples.push(Example {
                seq,
                exchange: exchange.map(str::to_owned),
                kinds: question.seen.iter().map(|s| s.kind.clone()).collect(),
                was: was.verdict.to_string(),
                would_be: now.verdict.to_string(),
            });
        }
    }
}
