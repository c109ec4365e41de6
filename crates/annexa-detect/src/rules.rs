//! The catalogue's rules made ready: compiled on first use, indexed by what makes them worth trying.

use std::sync::{Arc, OnceLock};

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::catalogue::{Kind, RuleEntry, entry_error};
use crate::error::DetectError;
use crate::lexicon::{CueId, CueSet, Draft, Lexicon, Role};
use crate::phone;
use crate::validate::{self, Validator};

/// Longest identifier, in letters and digits.
pub(crate) const MOST_COMPACT: usize = 48;
const MOST_PATTERN: usize = 4_000;
const REGEX_BYTES: usize = 1 << 20;
/// [`bit`] of all digits.
const DIGITS: u64 = 0x3FF;

/// What code finds, rather than a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finder {
    Email,
    Phone,
    Ip,
    Mac,
    UrlCredentials,
    Pem,
    Jwt,
    Password,
    KeyedSecret,
    ConnectionString,
    Expiry,
}

const FINDERS: &[(&str, Finder)] = &[
    ("email", Finder::Email),
    ("phone", Finder::Phone),
    ("ip", Finder::Ip),
    ("mac", Finder::Mac),
    ("url_credentials", Finder::UrlCredentials),
    ("pem", Finder::Pem),
    ("jwt", Finder::Jwt),
    ("password", Finder::Password),
    ("keyed_secret", Finder::KeyedSecret),
    ("connection_string", Finder::ConnectionString),
    ("expiry", Finder::Expiry),
];

/// A date as people write it, for the finder `birth_date`: a cue before it is what makes it one.
const DATE: &str = r"(?i:(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}|(?:19|20)\d{6}|\d{1,2}(?:st|nd|rd|th|er|º|\.)?(?:[ ./-]{1,2}| of | de | di )(?:\d{1,2}|[^\W\d_]{3,10}\.?)(?:[ ./-]{1,2}|, | de | del )(?:(?:19|20)\d{2}|\d{2})|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d{2}|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))";

/// How a rule finds.
pub(crate) enum Form {
    /// All of an identifier without its separators.
    Compact {
        whole: Pattern,
        written: Option<Layout>,
        /// What it may begin with, as bits.
        first: u64,
        /// Digits of the rule's lengths are all it asks for.
        digits: bool,
    },
    /// A key format, from its anchor.
    Anchored(Pattern),
    /// A value after its cue.
    Value(Pattern),
    /// A whole token.
    Word(Pattern),
    /// By code.
    Code(Finder),
}

/// A rule made ready.
pub(crate) struct Rule {
    pub(crate) kind: u16,
    pub(crate) form: Form,
    pub(crate) validator: Option<Validator>,
    pub(crate) confidence: Option<f32>,
    pub(crate) cued: f32,
    pub(crate) why: Arc<str>,
    pub(crate) cues: CueSet,
    pub(crate) not_near: CueSet,
    pub(crate) cue_before: bool,
    /// Only after `:`, `=` or the like.
    pub(crate) assigned: bool,
    /// The value must hold a digit: true for everything but secrets, names and customers' own types.
    pub(crate) digit: bool,
    pub(crate) credential: bool,
    pub(crate) card: bool,
}

/// How an identifier is written with its separators.
pub(crate) struct Layout {
    pub(crate) pattern: Pattern,
    /// Bytes of the longest text that it matches.
    longest: usize,
}

impl Layout {
    pub(crate) fn fits(&self, written: &str) -> bool {
        written.len() <= self.longest && self.pattern.regex().is_some_and(|r| r.is_match(written))
    }
}

/// A regular expression that is compiled when it is first needed.
pub(crate) struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The expression; nothing if it is larger than allowed, which `prepare` has ruled out.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source).ok()).as_ref()
    }
}

/// All rules and their indexes.
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    compact: Vec<Vec<u16>>,
    uncued: Vec<Vec<u16>>,
    /// Of those that need no cue, the ones that digits alone may be.
    plain: Vec<Vec<u16>>,
    /// Lengths of identifiers by what they begin with: of all, of those that need no cue, of digits alone that need none.
    lengths: [Lengths; 3],
    by_cue: Vec<Vec<u16>>,
    /// Digits of the shortest number that is a value: with no cue, and after each cue.
    shortest: usize,
    shortest_by_cue: Vec<usize>,
    /// Rules of form `word`.
    pub(crate) words: Vec<u16>,
    finders: Vec<(Finder, u16)>,
    /// First rule of the card verification code.
    pub(crate) cvv: Option<u16>,
}

/// Lengths of identifiers, as bits, for each letter and digit that they may begin with.
#[derive(Clone, Copy)]
struct Lengths([u64; 36]);

impl Lengths {
    fn add(&mut self, first: u64, least: usize, most: usize) {
        let lengths = (least..=most).fold(0, |bits, length| bits | 1 << length);
        let begins = self.0.iter_mut().enumerate().filter(|(at, _)| first >> at & 1 == 1);
        begins.for_each(|(_, bits)| *bits |= lengths);
    }
}

impl Rules {
    /// Makes the rules of all kinds ready; those from `eager` on are a customer's and compiled at once, so that their errors show.
    pub(crate) fn prepare(kinds: &[Kind], eager: usize) -> Result<(Self, Lexicon), DetectError> {
        let mut draft = Draft::default();
        let mut all = Self {
            rules: Vec::new(),
            compact: vec![Vec::new(); MOST_COMPACT + 1],
            uncued: vec![Vec::new(); MOST_COMPACT + 1],
            plain: vec![Vec::new(); MOST_COMPACT + 1],
            lengths: [Lengths([0; 36]); 3],
            by_cue: Vec::new(),
            shortest: phone::FEWEST_DIGITS,
            shortest_by_cue: Vec::new(),
            words: Vec::new(),
            finders: Vec::new(),
            cvv: None,
        };
        for (at, kind) in kinds.iter().enumerate() {
            for (number, entry) in kind.rules.iter().enumerate() {
                let context = Entry { kind, entry, number: number + 1, own: at >= eager };
                all.add(&context, u16::try_from(at).unwrap_or(u16::MAX), &mut draft)?;
            }
        }
        let lexicon = draft.finish(all.lettered())?;
        Ok((all, lexicon))
    }

    fn add(&mut self, context: &Entry<'_>, kind: u16, draft: &mut Draft) -> Result<(), DetectError> {
        let id = u16::try_from(self.rules.len())
            .map_err(|_| DetectError::TooLarge("65,536 rules or more".to_owned()))?;
        let rule = context.rule(kind, draft)?;
        match &rule.form {
            Form::Compact { whole, first, .. } => {
                let (least, most) = context.lengths(&whole.source)?;
                let alone = rule.confidence.is_some();
                let plain = alone && holds_digits_alone(&context.parse(&whole.source)?);
                let lists = [&mut self.compact, &mut self.uncued, &mut self.plain];
                let mut kept = lists.into_iter().zip(&mut self.lengths).zip([true, alone, plain]);
                kept.by_ref().filter(|(_, of_it)| *of_it).for_each(|((list, lengths), _)| {
                    list.iter_mut().take(most + 1).skip(least).for_each(|l| l.push(id));
                    lengths.add(*first, least, most);
                });
            }
            Form::Anchored(_) => context.entry.anchors.iter().for_each(|a| draft.add(a, Role::Anchor(id))),
            Form::Value(_) => self.index_cues(id, &rule.cues),
            Form::Code(Finder::Password | Finder::KeyedSecret | Finder::Expiry) => {
                self.index_cues(id, &rule.cues)
            }
            Form::Word(_) => self.words.push(id),
            Form::Code(_) => {}
        }
        self.note_shortest(&rule, context)?;
        if *context.kind.id == *"CVV" && self.cvv.is_none() {
            self.cvv = Some(id);
        }
        if let Form::Code(finder) = rule.form {
            self.finders.push((finder, id));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Takes note of how few digits alone may be a value by this rule.
    fn note_shortest(&mut self, rule: &Rule, context: &Entry<'_>) -> Result<(), DetectError> {
        let fewest = |pattern: &Pattern| -> Result<Option<usize>, DetectError> {
            let hir = context.parse(&pattern.source)?;
            Ok(holds_digits_alone(&hir).then(|| hir.properties().minimum_len().unwrap_or(0)))
        };
        let (fewest, needs_cue) = match &rule.form {
            Form::Compact { whole, .. } => (fewest(whole)?, rule.confidence.is_none()),
            Form::Value(pattern) => (fewest(pattern)?, true),
            Form::Word(pattern) | Form::Anchored(pattern) => (fewest(pattern)?, false),
            // Of letters, or more digits than the shortest identifier has.
            Form::Code(Finder::KeyedSecret | Finder::Phone) => (None, true),
            Form::Code(_) => (Some(0), true),
        };
        let Some(fewest) = fewest else { return Ok(()) };
        if !needs_cue {
            self.shortest = self.shortest.min(fewest);
        }
        for cue in rule.cues.iter().map(usize::from) {
            if self.shortest_by_cue.len() <= cue {
                self.shortest_by_cue.resize(cue + 1, usize::MAX);
            }
            self.shortest_by_cue.get_mut(cue).into_iter().for_each(|least| *least = fewest.min(*least));
        }
        Ok(())
    }

    /// Cues after which a value may be letters alone.
    fn lettered(&self) -> CueSet {
        let mut cues = CueSet::default();
        for (cue, rules) in (0..).zip(&self.by_cue) {
            if rules.iter().any(|id| self.get(*id).is_some_and(|r| !r.digit)) {
                cues.insert(cue);
            }
        }
        cues
    }

    fn index_cues(&mut self, id: u16, cues: &CueSet) {
        for cue in cues.iter() {
            let at = usize::from(cue);
            if self.by_cue.len() <= at {
                self.by_cue.resize(at + 1, Vec::new());
            }
            if let Some(rules) = self.by_cue.get_mut(at) {
                rules.push(id);
            }
        }
    }

    pub(crate) fn get(&self, id: u16) -> Option<&Rule> {
        self.rules.get(usize::from(id))
    }

    /// Rules for identifiers of that many letters and digits; without a cue near, only those that need none.
    pub(crate) fn of_length(&self, length: usize, cued: bool, digits_alone: bool) -> &[u16] {
        let lists = match (cued, digits_alone) {
            (true, _) => &self.compact,
            (false, true) => &self.plain,
            (false, false) => &self.uncued,
        };
        lists.get(length).map_or(&[], Vec::as_slice)
    }

    /// The lengths, as bits, of identifiers that begin with this letter or digit; the lists are those of
    /// [`Rules::of_length`].
    pub(crate) fn lengths(&self, first: u8, cued: bool, digits_alone: bool) -> u64 {
        let [all, uncued, plain] = &self.lengths;
        let Lengths(lengths) = match (cued, digits_alone) {
            (true, _) => all,
            (false, true) => plain,
            (false, false) => uncued,
        };
        lengths.get(bit(first).trailing_zeros() as usize).copied().unwrap_or(0)
    }

    /// Digits of the shortest number that may be a value of a field which gives these cues.
    pub(crate) fn shortest_number(&self, field: &CueSet) -> usize {
        let cued = field.iter().filter_map(|cue| self.shortest_by_cue.get(usize::from(cue)));
        cued.copied().min().unwrap_or(usize::MAX).min(self.shortest)
    }

    /// Most digits of an identifier that is digits alone and needs no cue.
    pub(crate) fn longest_number(&self) -> usize {
        self.plain.iter().rposition(|rules| !rules.is_empty()).unwrap_or(0)
    }

    /// Rules whose value stands after this cue.
    pub(crate) fn after_cue(&self, cue: CueId) -> &[u16] {
        self.by_cue.get(usize::from(cue)).map_or(&[], Vec::as_slice)
    }

    /// The rule of a finder.
    pub(crate) fn finder(&self, finder: Finder) -> Option<(u16, &Rule)> {
        let id = self.finders.iter().find(|(f, _)| *f == finder)?.1;
        Some((id, self.get(id)?))
    }
}

struct Entry<'k> {
    kind: &'k Kind,
    entry: &'k RuleEntry,
    number: usize,
    own: bool,
}

impl Entry<'_> {
    fn rule(&self, kind: u16, draft: &mut Draft) -> Result<Rule, DetectError> {
        let cues = if self.entry.cues.is_empty() { &self.kind.cues } else { &self.entry.cues };
        let cues = draft.cues(cues.iter().map(String::as_str));
        let form = self.form(&cues)?;
        let credential = *self.kind.family == *"credential";
        Ok(Rule {
            kind,
            form,
            validator: self.validator()?,
            confidence: self.entry.confidence,
            cued: self.entry.cued.unwrap_or(0.9),
            why: self.entry.why.as_deref().unwrap_or("pattern").into(),
            cues,
            not_near: draft.cues(self.entry.not_near.iter().map(String::as_str)),
            cue_before: self.entry.cue_before,
            assigned: self.entry.assigned,
            digit: !credential && !self.own && *self.kind.family != *"user_name",
            credential,
            card: *self.kind.family == *"card",
        })
    }

    fn validator(&self) -> Result<Option<Validator>, DetectError> {
        let Some(name) = &self.entry.validator else { return Ok(None) };
        match validate::named(name) {
            Some(validator) => Ok(Some(validator)),
            None => self
                .fail(&format!("there is no validator `{name}`"), "use one that the catalogue's files name"),
        }
    }

    fn form(&self, cues: &CueSet) -> Result<Form, DetectError> {
        let e = self.entry;
        let given = [
            e.compact.is_some(),
            e.pattern.is_some(),
            e.value.is_some(),
            e.word.is_some(),
            e.finder.is_some(),
        ];
        if given.iter().filter(|g| **g).count() != 1 {
            return self.fail(
                "it is not exactly one form",
                "give one of compact, pattern with anchors, value, word or finder",
            );
        }
        if let Some(compact) = &e.compact {
            let whole = self.pattern(&format!("^(?:{compact})$"))?;
            let written = e.written.as_ref().map(|w| self.layout(w)).transpose()?;
            let digits = begins_with_digits_only(compact);
            return Ok(Form::Compact { whole, written, first: self.first(compact)?, digits });
        }
        if let Some(pattern) = &e.pattern {
            if e.anchors.is_empty() || e.anchors.iter().any(|a| a.len() < 2) {
                return self.fail(
                    "a pattern has no anchors of two bytes or more",
                    "give the literals that it begins with",
                );
            }
            return Ok(Form::Anchored(self.pattern(&format!("^(?:{pattern})"))?));
        }
        if let Some(word) = &e.word {
            return Ok(Form::Word(self.pattern(&format!("^(?:{word})$"))?));
        }
        if cues.is_empty() && e.value.is_some() {
            return self.fail("a value has no cues", "give the words that stand before it");
        }
        match (&e.value, e.finder.as_deref()) {
            (Some(value), _) => Ok(Form::Value(self.pattern(&format!("^(?:{value})"))?)),
            (_, Some("birth_date")) => Ok(Form::Value(self.pattern(&format!("^(?:{DATE})"))?)),
            (_, name) => match FINDERS.iter().find(|(n, _)| Some(*n) == name) {
                Some((_, finder)) if !self.own => Ok(Form::Code(*finder)),
                _ => {
                    self.fail("there is no such finder for own types", "use compact, pattern, value or word")
                }
            },
        }
    }

    fn layout(&self, written: &str) -> Result<Layout, DetectError> {
        let source = format!("^(?:{written})$");
        let longest = self.parse(&source)?.properties().maximum_len().unwrap_or(usize::MAX);
        Ok(Layout { pattern: self.pattern(&source)?, longest })
    }

    fn pattern(&self, source: &str) -> Result<Pattern, DetectError> {
        if source.len() > MOST_PATTERN {
            return self.fail("its pattern is longer than 4,000 bytes", "split it into several rules");
        }
        let source = source.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
        let pattern = Pattern { source, compiled: OnceLock::new() };
        if self.own {
            match compile(&pattern.source) {
                Ok(regex) => drop(pattern.compiled.set(Some(regex))),
                Err(e) => return self.fail(&one_line(&e.to_string()), "correct or shorten its pattern"),
            }
        }
        Ok(pattern)
    }

    fn parse(&self, source: &str) -> Result<Hir, DetectError> {
        let source = source.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
        match regex_syntax::parse(&source) {
            Ok(hir) => Ok(hir),
            Err(e) => self.fail(&one_line(&e.to_string()), "correct its pattern"),
        }
    }

    fn lengths(&self, source: &str) -> Result<(usize, usize), DetectError> {
        let hir = self.parse(source)?;
        let (least, most) = (hir.properties().minimum_len(), hir.properties().maximum_len());
        match (least, most) {
            (Some(least), Some(most)) if least >= 2 && most <= MOST_COMPACT => Ok((least, most)),
            _ => self.fail("its length has no bounds within 2 to 48", "bound every repetition of `compact`"),
        }
    }

    /// The set of characters that the identifier may begin with, as bits.
    fn first(&self, source: &str) -> Result<u64, DetectError> {
        Ok(first_of(&self.parse(source)?).0)
    }

    fn fail<T>(&self, problem: &str, remedy: &'static str) -> Result<T, DetectError> {
        Err(entry_error(self.kind, self.number, problem, remedy))
    }
}

fn one_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(source).size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build()
}

/// Bit of a letter or digit of a compact identifier.
pub(crate) fn bit(byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => 1 << (byte - b'0'),
        b'A'..=b'Z' => 1 << (byte - b'A' + 10),
        _ => 0,
    }
}

/// Is this `\d{9}`, or `[1-8]\d{9}`: no more than digits, a length and a first character?
fn begins_with_digits_only(compact: &str) -> bool {
    let first = compact.strip_prefix('[').and_then(|c| c.split_once(']'));
    let class = |c: &str| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let rest = first.filter(|(c, _)| class(c)).map_or(compact, |(_, rest)| rest);
    let counts = rest.strip_prefix(r"\d{").and_then(|c| c.strip_suffix('}'));
    counts.is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit() || b == b','))
}

/// Can digits alone match?
fn holds_digits_alone(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().all(u8::is_ascii_digit),
        HirKind::Class(class) => class_bits(class) & DIGITS != 0,
        HirKind::Repetition(r) => r.min == 0 || holds_digits_alone(&r.sub),
        HirKind::Capture(capture) => holds_digits_alone(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().any(holds_digits_alone),
        HirKind::Concat(parts) => parts.iter().all(holds_digits_alone),
    }
}

/// Characters that an expression may begin with, and whether it may be empty.
fn first_of(hir: &Hir) -> (u64, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => (literal.0.first().map_or(0, |b| bit(*b)), false),
        HirKind::Class(class) => (class_bits(class), false),
        HirKind::Repetition(r) => {
            let (bits, empty) = first_of(&r.sub);
            (bits, empty || r.min == 0)
        }
        HirKind::Capture(capture) => first_of(&capture.sub),
        HirKind::Alternation(parts) => {
            parts.iter().map(first_of).fold((0, false), |a, b| (a.0 | b.0, a.1 || b.1))
        }
        HirKind::Concat(parts) => {
            let mut bits = 0;
            for part in parts {
                let (more, empty) = first_of(part);
                bits |= more;
                if !empty {
                    return (bits, false);
                }
            }
            (bits, true)
        }
    }
}

fn class_bits(class: &Class) -> u64 {
    let holds = |byte: u8| match class {
        Class::Unicode(c) => {
            c.ranges().iter().any(|r| r.start() <= char::from(byte) && char::from(byte) <= r.end())
        }
        Class::Bytes(c) => c.ranges().iter().any(|r| r.start() <= byte && byte <= r.end()),
    };
    (b'0'..=b'9').chain(b'A'..=b'Z').filter(|b| holds(*b)).fold(0, |bits, b| bits | bit(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_for_digits_alone_are_told_from_others() {
        assert!([r"\d{9}", r"\d{12,19}", r"[1-8]\d{10}"].iter().all(|c| begins_with_digits_only(c)));
        assert!(
            [r"\d{9}[A-Z]", r"9\d{8}", r"[A-Z]\d{8}", r"\d+"].iter().all(|c| !begins_with_digits_only(c))
        );
        let alone = |source: &str| holds_digits_alone(&regex_syntax::parse(source).unwrap());
        assert!(alone("[0-9]{8}[0-9K]") && alone("(?:18|19)?[0-9]{10}") && alone("[A-Z]?[0-9]"));
        assert!(!alone("[0-9]{8}[A-Z]") && !alone("CHE[0-9]{9}"));
    }
}
