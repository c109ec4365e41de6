//! A set of policies in force: parsed once, asked often.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;

use crate::cedar::{Asked, Ruled, THE_EXCHANGE, rule};
use crate::check::{self, PolicyError};
use crate::decision::{Decision, KindDecision};
use crate::lift::lift;
use crate::packs;
use crate::question::{Question, Verdict};
use crate::table::{self, Table};

const REMEMBERED: usize = 4096;

/// Policies in force with those that are only watched.
#[derive(Debug)]
pub struct PolicySet {
    name: String,
    version: String,
    text: String,
    enforced: Remembering,
    watched: Option<Remembering>,
}

impl PolicySet {
    /// A pack of the product: `default`, `answers-only` or `monitor`; nothing for other names.
    #[must_use]
    pub fn named(name: &str) -> Option<Result<PolicySet, PolicyError>> {
        let pack = packs::named(name)?;
        Some(Self::parse(pack.enforced, pack.watched).map(|set| PolicySet { name: name.to_owned(), ..set }))
    }

    /// Policies from their text; `watched` may be empty.
    ///
    /// # Errors
    /// When either text is not valid; the error names the policy and the line.
    pub fn parse(enforced: &str, watched: &str) -> Result<PolicySet, PolicyError> {
        let set = PolicySet {
            name: "file".into(),
            version: version(&[enforced, watched]),
            text: enforced.to_owned(),
            enforced: Remembering::new(check::read(enforced)?),
            watched: None,
        };
        if watched.is_empty() { Ok(set) } else { set.watching(watched) }
    }

    /// The same with another watched set.
    ///
    /// # Errors
    /// When the text is not valid.
    pub fn watching(mut self, watched: &str) -> Result<PolicySet, PolicyError> {
        self.watched = Some(Remembering::new(check::read(watched)?));
        self.version = version(&[&self.text, watched]);
        Ok(self)
    }

    /// Decides. Pure: the same question gets the same decision.
    #[must_use]
    pub fn decide(&self, question: &Question) -> Decision {
        let mut decision = Decision {
            verdict: Verdict::Allow,
            kinds: Vec::new(),
            errors: Vec::new(),
            lifted: Vec::new(),
            monitor: Vec::new(),
        };
        for (asked, is_exchange) in asked(question) {
            let mut ruled = self.enforced.rule(question, &asked);
            decision.lifted.extend(lift(question, &asked, &mut ruled));
            decision.verdict = decision.verdict.max(ruled.decision.verdict);
            decision.errors.extend(ruled.errors);
            if !is_exchange || ruled.decision.verdict != Verdict::Allow {
                decision.kinds.push(ruled.decision);
            }
        }
        if let Some(watched) = &self.watched {
            decision.monitor = watch(watched, question);
        }
        decision
    }

    /// Hash of the policies, enforced and watched.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Name of the pack, or `file`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the policies in force.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is decided for each family of types in each direction.
    #[must_use]
    pub fn table(&self) -> Table {
        table::table(self)
    }

    /// A decision in words, with the text of every policy that determined it.
    #[must_use]
    pub fn explain(&self, question: &Question) -> String {
        let decision = self.decide(question);
        let mut out = format!("verdict: {}\n", decision.verdict);
        // Writing to a String can't fail.
        for kind in &decision.kinds {
            let _ = writeln!(out, "\n{}: {}", kind.kind, kind.verdict);
            if let Some(why) = &kind.why {
                let _ = writeln!(out, "  why       {why}");
            }
            let _ = writeln!(out, "  controls  {}", kind.controls.join(", "));
            for id in &kind.policies {
                let text = self.enforced.text(id);
                let _ = writeln!(out, "  policy    {id}\n{}", indented(&text));
            }
        }
        for lifted in &decision.lifted {
            let _ = writeln!(out, "lifted by {lifted:?}");
        }
        for error in &decision.errors {
            let _ = writeln!(out, "error: {error}");
        }
        for watched in &decision.monitor {
            let _ = writeln!(out, "watched: {} would be {}", watched.kind, watched.verdict);
        }
        out
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|l| format!("    {l}\n")).collect()
}

fn asked(question: &Question) -> impl Iterator<Item = (Asked<'_>, bool)> {
    let found = question.seen.iter().map(|s| (Asked::from(s), false));
    std::iter::once((THE_EXCHANGE, true)).chain(found)
}

/// What the watched set would do differently from allow.
fn watch(watched: &Remembering, question: &Question) -> Vec<KindDecision> {
    let ruled = asked(question).map(|(asked, _)| {
        let mut ruled = watched.rule(question, &asked);
        let _ = lift(question, &asked, &mut ruled);
        ruled.decision
    });
    ruled.filter(|d| d.verdict != Verdict::Allow).collect()
}

fn version(texts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish().as_ref().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// A set that remembers what it ruled: one answer asks the same again and again.
#[derive(Debug)]
struct Remembering {
    set: cedar_policy::PolicySet,
    ruled: Mutex<HashMap<String, Arc<Ruled>>>,
}

impl Remembering {
    fn new(set: cedar_policy::PolicySet) -> Self {
        Remembering { set, ruled: Mutex::default() }
    }

    fn rule(&self, question: &Question, asked: &Asked<'_>) -> Ruled {
        let key = key(question, asked);
        if let Some(known) = self.ruled.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ruled::clone(known);
        }
        let fresh = rule(&self.set, question, asked);
        let mut ruled = self.ruled.lock().unwrap_or_else(PoisonError::into_inner);
        if ruled.len() >= REMEMBERED {
            ruled.clear();
        }
        ruled.insert(key, Arc::new(fresh.clone()));
        fresh
    }

    fn text(&self, id: &str) -> String {
        self.set.policy(&cedar_policy::PolicyId::new(id)).map(ToString::to_string).unwrap_or_default()
    }
}

/// Everything that Cedar gets to see, so that equal keys mean equal answers.
fn key(question: &Question, asked: &Asked<'_>) -> String {
    let caller = &question.caller;
    let to = &question.destination;
    let mut key = String::with_capacity(192);
    let texts = [
        question.direction.name(),
        &caller.tenant,
        &caller.application,
        &caller.system,
        caller.purpose.as_deref().unwrap_or_default(),
        &to.supplier,
        &to.provider,
        &to.model,
        to.tool.as_deref().unwrap_or_default(),
        to.domain.as_deref().unwrap_or_default(),
        asked.kind,
        asked.family,
        asked.category,
    ];
    let labels = question.facts.labels.iter().map(String::as_str);
    for text in texts.into_iter().chain(asked.origins.iter().map(String::as_str)).chain(["|"]).chain(labels) {
        // The length keeps neighbours apart.
        let _ = write!(key, "{}:{text}", text.len());
    }
    let facts = &question.facts;
    let flags = [
        caller.reason_given,
        caller.end_user.is_some(),
        facts.supplier_terms_ended,
        facts.system_unregistered,
    ];
    let _ = write!(key, "{flags:?}{}/{}", asked.count, asked.confidence);
    key
}
