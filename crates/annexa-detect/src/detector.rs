//! The detector: the catalogue made ready, and the way a text goes through it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::catalogue::{self, Kind, entry_error};
use crate::error::DetectError;
use crate::find::{self, Raw};
use crate::finding::Finding;
use crate::language::Layer;
use crate::lexicon::{CueSet, Lexicon};
use crate::own::{self, Own};
use crate::relate::{Relation, related};
use crate::rules::Rules;
use crate::survey::Survey;
use crate::tagger::Tagger;
use crate::{consistent, relate};

const ENGINE: &str = "patterns-1";
const BEFORE_BYTES: usize = 256;
const TOKEN: &str = "TOKEN";
const CARD: &str = "card";
const HEX_DIGITS: usize = 8;

/// What stands around a text and tells what is in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// Text before, for context only: no finding lies in it.
    pub before: &'a str,
    /// JSON key or header name that the text is the value of, e.g. `ssn`.
    pub field: Option<&'a str>,
    /// Whether it is language, which the encoder reads as well if there is one.
    pub language: Option<Language<'a>>,
}

/// How a text is read as language.
#[derive(Debug, Clone, Copy)]
pub struct Language<'a> {
    /// The tenant within which readings may be used again.
    pub scope: &'a str,
    /// Whether it is all of a document: then a name that is found once is looked for everywhere in it, also before.
    pub whole: bool,
}

/// All types of the catalogue, made ready to search with.
pub struct Detector {
    kinds: Vec<Kind>,
    by_id: HashMap<Arc<str>, usize>,
    rules: Rules,
    lexicon: Lexicon,
    relations: Vec<Relation>,
    layer: Option<Layer>,
    own: Vec<Own>,
    version: String,
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Detector {
    /// The detector with the catalogue that is compiled in.
    ///
    /// # Errors
    /// When the catalogue is not in its form, which the tests rule out.
    pub fn builtin() -> Result<Self, DetectError> {
        Self::with_custom("")
    }

    /// The catalogue and a customer's own types, in the same TOML form.
    ///
    /// # Errors
    /// Names the entry, what is wrong and what to do.
    pub fn with_custom(toml: &str) -> Result<Self, DetectError> {
        let (mut kinds, mut relations) = (Vec::new(), Vec::new());
        for file in catalogue::FILES {
            let file = catalogue::read(file)?;
            kinds.extend(file.kinds);
            relations.extend(file.relations);
        }
        let own = kinds.len();
        let custom = catalogue::read(toml)?;
        kinds.extend(custom.kinds);
        relations.extend(custom.relations);
        let mut by_id = HashMap::new();
        for (at, kind) in kinds.iter().enumerate() {
            if by_id.insert(kind.id.clone(), at).is_some() {
                return Err(entry_error(kind, 0, "the id is taken", "choose another id"));
            }
        }
        relations.iter().try_for_each(|r| r.check(|kind| by_id.contains_key(kind)))?;
        let (rules, lexicon) = Rules::prepare(&kinds, own)?;
        Ok(Self {
            kinds,
            by_id,
            rules,
            lexicon,
            relations,
            layer: None,
            own: Vec::new(),
            version: version(toml),
        })
    }

    /// With an encoder that reads what is [`Around::language`].
    #[must_use]
    pub fn with_tagger(self, tagger: Arc<dyn Tagger>) -> Self {
        let version = format!("{}+{}", self.version, tagger.version());
        let layer = Layer::new(tagger, &self.kinds, &self.by_id);
        Self { layer: Some(layer), version, ..self }
    }

    /// The encoder, if there is one.
    #[must_use]
    pub fn tagger(&self) -> Option<&dyn Tagger> {
        self.layer.as_ref().map(|layer| &**layer.tagger())
    }

    /// Kind that a tag of the tagger stands for; nothing for tags that are left to patterns.
    #[must_use]
    pub fn kind_of_tag(&self, tag: usize) -> Option<&str> {
        self.layer.as_ref()?.kind_of(tag)
    }

    /// What is found in a text: sorted, without overlaps, in bytes of the text. Placeholders that stand for values
    /// (`[EMAIL_7F3A9C21]`) are reported as kind `TOKEN`.
    ///
    /// # Errors
    /// When the text is too long to be inspected at once.
    //= iso27001-2022:A.8.12
    pub fn scan(&self, text: &str, around: &Around<'_>) -> Result<Vec<Finding>, DetectError> {
        let from = around.before.ceil_char_boundary(around.before.len().saturating_sub(BEFORE_BYTES));
        let before = around.before.get(from..).unwrap_or_default();
        let whole =
            if before.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{before}{text}")) };
        let field = around.field.map_or_else(CueSet::default, |name| Survey::field(&self.lexicon, name));
        let found = find::find(&self.rules, &self.lexicon, &whole, &field, 0)?;
        let skip = before.len();
        let inside = found.into_iter().filter(|r| r.end > skip);
        let raws = inside.map(|r| Raw { start: r.start.saturating_sub(skip), end: r.end - skip, ..r });
        let mut findings: Vec<Finding> = raws.filter_map(|r| self.finding(r)).collect();
        self.add_tokens(text, &mut findings);
        if !self.own.is_empty() {
            own::blend(
                &self.own,
                &whole,
                skip,
                |kind| kind == TOKEN || self.family(kind) == CARD,
                &mut findings,
            );
        }
        if let (Some(layer), Some(how)) = (&self.layer, around.language) {
            self.read(layer, (&whole, skip), &how, &mut findings)?;
        }
        Ok(findings)
    }

    /// Adds what the encoder reads to what the patterns found, and says what both mean together.
    fn read(
        &self,
        layer: &Layer,
        (whole, skip): (&str, usize),
        how: &Language<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), DetectError> {
        let topics = layer.add(whole, skip, how.scope, findings)?;
        if how.whole {
            consistent::add(whole.get(skip..).unwrap_or_default(), findings);
        }
        for (at, relation) in related(&self.relations, findings, &topics) {
            self.become_related(findings, at, relation);
        }
        Ok(())
    }

    fn become_related(&self, findings: &mut [Finding], at: usize, relation: &relate::Relation) {
        let (Some(finding), Some(kind)) = (findings.get_mut(at), self.kind(&relation.becomes)) else {
            return;
        };
        *finding = Finding {
            kind: kind.id.clone(),
            category: kind.category,
            detector: "relation",
            why: relation.why.clone(),
            ..finding.clone()
        };
    }

    /// Looks for the organisation's own lists and documents too.
    #[must_use]
    pub fn with_own(mut self, own: Vec<Own>) -> Self {
        for list in &own {
            let short: String = list.digest().iter().take(4).map(|b| format!("{b:02x}")).collect();
            self.version = format!("{}+{}-{short}", self.version, list.name());
        }
        self.own = own;
        self
    }

    fn finding(&self, raw: Raw) -> Option<Finding> {
        let kind = self.kinds.get(usize::from(self.rules.get(raw.rule)?.kind))?;
        Some(Finding {
            start: raw.start,
            end: raw.end,
            kind: kind.id.clone(),
            category: kind.category,
            confidence: raw.confidence,
            detector: raw.detector,
            why: raw.why,
        })
    }

    /// Adds placeholders; a finding that a placeholder touches is none.
    fn add_tokens(&self, text: &str, findings: &mut Vec<Finding>) {
        let Some(kind) = self.by_id.get(TOKEN).and_then(|at| self.kinds.get(*at)) else { return };
        let mut tokens = Vec::new();
        for start in memchr::memchr_iter(b'[', text.as_bytes()) {
            let Some(length) = text.get(start..).and_then(token_length) else { continue };
            tokens.push(Finding {
                start,
                end: start + length,
                kind: kind.id.clone(),
                category: kind.category,
                confidence: 1.0,
                detector: "token",
                why: "placeholder of this gateway".into(),
            });
        }
        if tokens.is_empty() {
            return;
        }
        let touched = |f: &Finding| {
            let next = tokens.partition_point(|t| t.end <= f.start);
            tokens.get(next).is_some_and(|t| t.start < f.end)
        };
        findings.retain(|f| !touched(f));
        findings.append(&mut tokens);
        findings.sort_by_key(|f| f.start);
    }

    /// All types.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Family of a kind that policies decide by; `other` for one that isn't in the catalogue.
    #[must_use]
    pub fn family(&self, kind: &str) -> &str {
        self.kind(kind).map_or("other", |k| &k.family)
    }

    /// Label of the shared taxonomy.
    #[must_use]
    pub fn label(&self, kind: &str) -> Option<&str> {
        self.kind(kind).and_then(|k| k.label.as_deref())
    }

    pub(crate) fn kind(&self, id: &str) -> Option<&Kind> {
        self.by_id.get(id).and_then(|at| self.kinds.get(*at))
    }

    /// Version of engine and catalogue, e.g. `patterns-1+3f9a0c11`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    #[cfg(test)]
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// Length of a placeholder `[KIND_HEX8]` at the start of a text.
fn token_length(text: &str) -> Option<usize> {
    let close = text.bytes().take(80).position(|b| b == b']')?;
    let (kind, hex) = text.get(1..close)?.rsplit_once('_')?;
    let named = kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let hex =
        hex.len() == HEX_DIGITS && hex.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    (named && hex).then_some(close + 1)
}

fn version(custom: &str) -> String {
    let mut hash = Sha256::new();
    for file in catalogue::FILES.iter().copied().chain([custom]) {
        hash.update(file.len().to_le_bytes());
        hash.update(file);
    }
    let digest = hash.finalize();
    let short: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
    format!("{ENGINE}+{short}")
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
#[path = "detector_tests.rs"]
mod tests;
