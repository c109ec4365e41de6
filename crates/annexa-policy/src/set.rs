//! A set of policies in force: loaded whole or not at all, and asked without side effects.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;

use crate::authorise::{Case, Scene, Settled};
use crate::cache::{Cache, Key};
use crate::decision::{Decision, KindDecision};
use crate::load::{self, Rules};
use crate::packs;
use crate::problem::{PolicyError, Problem};
use crate::question::{Question, Verdict};
use crate::reads::Reads;
use crate::remedy::{self, EXCHANGE, Outcome};
use crate::schema::{SCHEMA_VERSION, Vocabulary};

const OWN_NAME: &str = "own";

/// Enforced and watched policies, valid against the schema.
pub struct PolicySet {
    name: &'static str,
    version: String,
    text: String,
    exempt: bool,
    words: &'static Vocabulary,
    enforced: Rules,
    monitor: Rules,
    reads: Reads,
    cache: Cache,
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl PolicySet {
    /// Built-in policies: `default`, `answers-only` or `monitor`; `None` for any other name.
    #[must_use]
    pub fn named(name: &str) -> Option<Result<PolicySet, PolicyError>> {
        packs::named(name).map(|pack| PolicySet::parse(pack.enforced, pack.monitor))
    }

    /// Policies from the text of a file, and of a second file whose policies are only watched (may be empty).
    ///
    /// # Errors
    /// When a policy is not valid, with every problem; nothing is taken in part.
    //= iso27001-2022:A.8.9
    pub fn parse(enforced: &str, monitor: &str) -> Result<PolicySet, PolicyError> {
        let words = Vocabulary::read()?;
        let pack = packs::with_text(enforced);
        let rules = load::load(enforced, words).map_err(PolicyError::Invalid)?;
        if rules.rules.is_empty() {
            return Err(PolicyError::Invalid(vec![load::empty()]));
        }
        let set = PolicySet {
            name: pack.map_or(OWN_NAME, |p| p.name),
            version: String::new(),
            text: enforced.to_owned(),
            exempt: pack.is_some_and(|p| p.exempt),
            words,
            enforced: rules,
            monitor: Rules::default(),
            reads: Reads::default(),
            cache: Cache::default(),
        };
        set.watching(monitor)
    }

    /// The same policies enforced, with others watched in place of those watched before.
    ///
    /// # Errors
    /// When a watched policy is not valid.
    pub fn watching(self, monitor: &str) -> Result<PolicySet, PolicyError> {
        let rules = load::load(monitor, self.words).map_err(PolicyError::Invalid)?;
        Ok(PolicySet {
            version: version(&self.text, monitor),
            reads: Reads::of([&self.enforced.cedar, &rules.cedar]),
            monitor: rules,
            cache: Cache::default(),
            ..self
        })
    }

    /// Name of the built-in policies, or `own`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// SHA-256 over the schema's version, the enforced and the watched text, in hexadecimal digits.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The enforced text, as [`PolicySet::parse`] takes it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether these are the built-in test policies, which let cards and credentials leave.
    #[must_use]
    pub fn is_for_tests(&self) -> bool {
        self.exempt
    }

    /// What a writer of these policies may not have meant, although they are valid.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.enforced.warnings.iter().chain(&self.monitor.warnings)
    }

    /// Decides: one authorisation for the exchange itself and one for each kind that was seen.
    //= iso27001-2022:A.8.12
    //= iso27001-2022:A.5.23
    #[must_use]
    pub fn decide(&self, question: &Question) -> Decision {
        let mut decision = Decision {
            verdict: Verdict::Allow,
            kinds: Vec::with_capacity(question.seen.len()),
            errors: Vec::new(),
            monitor: Vec::new(),
            modifiers: Vec::new(),
        };
        let mut asking = Asking { set: self, question, key: Key::new(question, &self.reads), scene: None };
        asking.decide(&Case::exchange(), &mut decision);
        for seen in &question.seen {
            match Case::of(seen) {
                Some(case) => asking.decide(&case, &mut decision),
                None => decision.take(remedy::unreadable(&seen.kind)),
            }
        }
        decision
    }

    pub(crate) fn enforced(&self) -> &Rules {
        &self.enforced
    }

    pub(crate) fn monitor(&self) -> &Rules {
        &self.monitor
    }

    /// Which policies apply to each case of a question.
    pub(crate) fn settle(&self, question: &Question, case: &Case<'_>) -> Arc<Settled> {
        let mut asking = Asking { set: self, question, key: Key::new(question, &self.reads), scene: None };
        asking.settle(case)
    }

    #[cfg(test)]
    pub(crate) fn reads(&self) -> &Reads {
        &self.reads
    }

    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.cache.len()
    }

    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.cache.empty();
    }

    #[cfg(test)]
    pub(crate) fn words(&self) -> &Vocabulary {
        self.words
    }
}

/// One question under way.
struct Asking<'a> {
    set: &'a PolicySet,
    question: &'a Question,
    key: Key,
    /// Made when the first case is not remembered.
    scene: Option<Scene>,
}

impl Asking<'_> {
    fn decide(&mut self, case: &Case<'_>, decision: &mut Decision) {
        let settled = self.settle(case);
        let set = self.set;
        decision.take(remedy::decide(self.question, case, &settled.enforced, &set.enforced, set.exempt));
        decision.monitor.extend(remedy::watch(case, &settled.monitor, &set.monitor));
    }

    fn settle(&mut self, case: &Case<'_>) -> Arc<Settled> {
        self.key.complete(case, &self.set.reads);
        if let Some(known) = self.set.cache.get(&self.key) {
            return known;
        }
        let scene = self.scene.get_or_insert_with(|| Scene::new(self.question, self.set.words));
        let request = scene.request(self.question, case, &self.set.reads);
        let settled = Arc::new(Settled {
            enforced: scene.ask(&self.set.enforced, request.as_ref()),
            monitor: scene.ask(&self.set.monitor, request.as_ref()),
        });
        self.set.cache.put(&self.key, settled.clone());
        settled
    }
}

impl Decision {
    /// Adds a case; the exchange itself is told of only where it may not go on.
    fn take(&mut self, outcome: Outcome) {
        self.verdict = self.verdict.max(outcome.kind.verdict);
        self.errors.extend(outcome.errors);
        self.modifiers.extend(outcome.modifiers);
        if told(&outcome.kind) {
            self.kinds.push(outcome.kind);
        }
    }
}

fn told(kind: &KindDecision) -> bool {
    kind.kind != EXCHANGE || kind.verdict != Verdict::Allow
}

fn version(enforced: &str, monitor: &str) -> String {
    let whole = format!("annexa-policy/{SCHEMA_VERSION}/{}/{enforced}{monitor}", enforced.len());
    let hash = digest::digest(&digest::SHA256, whole.as_bytes());
    hash.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
