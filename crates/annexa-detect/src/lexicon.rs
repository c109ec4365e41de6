//! Every literal that the one multi-pattern pass looks for, and what a hit means.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use unicode_normalization::UnicodeNormalization;

use crate::error::DetectError;
use crate::telling::Telling;

/// Number of a cue word or phrase.
pub(crate) type CueId = u16;

/// A set of cues.
#[derive(Debug, Clone, Default)]
pub(crate) struct CueSet(Vec<u64>);

impl CueSet {
    pub(crate) fn insert(&mut self, cue: CueId) {
        let at = usize::from(cue >> 6);
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at) {
            *word |= 1 << (cue & 63);
        }
    }

    pub(crate) fn contains(&self, cue: CueId) -> bool {
        self.0.get(usize::from(cue >> 6)).is_some_and(|w| w >> (cue & 63) & 1 == 1)
    }

    /// All cues of the set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = CueId> {
        let words = self.0.iter().enumerate().filter(|(_, w)| **w != 0);
        words.flat_map(|(at, w)| {
            let base = u16::try_from(at * 64).unwrap_or(CueId::MAX);
            (0..64).filter(move |b| w >> b & 1 == 1).map(move |b| base + b)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// What a hit of the multi-pattern pass means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A cue word or phrase, a whole word.
    Cue(CueId),
    /// The beginning of a key format: number of the rule.
    Anchor(u16),
    /// A spelled digit, a whole word.
    Digit(u8),
    /// "at" as e-mail addresses spell it, a whole word; `true` if in brackets.
    At(bool),
    /// `://`
    Scheme,
    /// `-----BEGIN`
    Pem,
    /// `eyJ`
    Jwt,
}

/// The automaton and the roles of its patterns.
pub(crate) struct Lexicon {
    automaton: AhoCorasick,
    roles: Vec<Vec<Role>>,
    telling: Telling,
    dots: AhoCorasick,
    /// Cues after which a value may be letters alone.
    lettered: CueSet,
    /// Cues that speak against a finding.
    pub(crate) negative: CueSet,
    /// Words before a pair of name and password.
    pub(crate) pair: CueSet,
    /// Cues right after a number that make it a quantity.
    pub(crate) quantity: CueSet,
}

impl Lexicon {
    pub(crate) fn automaton(&self) -> &AhoCorasick {
        &self.automaton
    }

    pub(crate) fn roles(&self, pattern: aho_corasick::PatternID) -> &[Role] {
        self.roles.get(pattern.as_usize()).map_or(&[], Vec::as_slice)
    }

    /// Whether a full stop as e-mail addresses spell it stands anywhere.
    pub(crate) fn dotted(&self, text: &str) -> bool {
        self.dots.is_match(text)
    }

    /// The few literals that tell of a value even among plain words.
    pub(crate) fn telling(&self) -> &Telling {
        &self.telling
    }

    /// Cues after which a value may be letters alone.
    pub(crate) fn lettered(&self) -> &CueSet {
        &self.lettered
    }
}

/// Collects patterns before the automaton is built.
#[derive(Default)]
pub(crate) struct Draft {
    patterns: HashMap<String, Vec<Role>>,
    cues: HashMap<String, CueId>,
}

impl Draft {
    /// The set of these cues; each is looked for as written, without accents, and with its blanks as `_`, `-` or nothing.
    pub(crate) fn cues<'c>(&mut self, cues: impl IntoIterator<Item = &'c str>) -> CueSet {
        let mut set = CueSet::default();
        for cue in cues {
            set.insert(self.cue(&cue.trim().to_lowercase()));
        }
        set
    }

    fn cue(&mut self, cue: &str) -> CueId {
        if let Some(id) = self.cues.get(cue) {
            return *id;
        }
        let id = CueId::try_from(self.cues.len()).unwrap_or(CueId::MAX);
        self.cues.insert(cue.to_owned(), id);
        for form in accents(cue) {
            for joint in [" ", "_", "-", ""] {
                self.add(&form.replace(' ', joint), Role::Cue(id));
            }
        }
        id
    }

    pub(crate) fn add(&mut self, pattern: &str, role: Role) {
        if pattern.is_empty() {
            return;
        }
        let roles = self.patterns.entry(pattern.to_owned()).or_default();
        if !roles.contains(&role) {
            roles.push(role);
        }
    }

    /// Builds the automata; after the cues of `lettered`, a value may be letters alone.
    pub(crate) fn finish(mut self, lettered: CueSet) -> Result<Lexicon, DetectError> {
        self.fixed();
        let negative = self.cues(NEGATIVE.iter().copied());
        let pair = self.cues(PAIR.iter().copied());
        let quantity = self.cues(QUANTITY.iter().copied());
        let mut patterns: Vec<_> = self.patterns.into_iter().collect();
        patterns.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let tells = |role: &Role| match role {
            Role::Cue(id) => lettered.contains(*id) || pair.contains(*id),
            _ => true,
        };
        let telling: Vec<(String, Vec<Role>)> = patterns
            .iter()
            .map(|(pattern, roles)| {
                (pattern.clone(), roles.iter().copied().filter(tells).collect::<Vec<_>>())
            })
            // What holds another byte does not stand among plain words.
            .filter(|(pattern, roles)| !roles.is_empty() && crate::quiet::plain(pattern))
            .collect();
        Ok(Lexicon {
            automaton: automaton(&patterns)?,
            roles: patterns.into_iter().map(|(_, r)| r).collect(),
            telling: Telling::new(telling),
            dots: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(DOTS.into_iter().chain([BRACKETED_DOT]))
                .map_err(|e| DetectError::TooLarge(e.to_string()))?,
            lettered,
            negative,
            pair,
            quantity,
        })
    }

    fn fixed(&mut self) {
        self.add("://", Role::Scheme);
        self.add("-----BEGIN", Role::Pem);
        self.add("eyJ", Role::Jwt);
        for (digit, words) in SPELLED.iter().enumerate() {
            for word in words.split(' ') {
                for form in accents(word) {
                    self.add(&form, Role::Digit(u8::try_from(digit).unwrap_or(0)));
                }
            }
        }
        for word in [
            "at",
            "arroba",
            "chiocciola",
            "klammeraffe",
            "malpa",
            "małpa",
            "apenstaartje",
            "arobase",
            "ät",
            "snabel-a",
        ] {
            self.add(word, Role::At(false));
            for (open, close) in [
                ("(", ")"),
                ("[", "]"),
                ("{", "}"),
                ("<", ">"),
                ("( ", " )"),
                ("[ ", " ]"),
                ("-", "-"),
                ("_", "_"),
            ] {
                self.add(&format!("{open}{word}{close}"), Role::At(true));
            }
        }
        for bracketed in ["(@)", "[@]", "{@}", " @ ", "@ ", " @"] {
            self.add(bracketed, Role::At(true));
        }
    }
}

fn automaton(patterns: &[(String, Vec<Role>)]) -> Result<AhoCorasick, DetectError> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(patterns.iter().map(|(p, _)| p))
        .map_err(|e| DetectError::TooLarge(e.to_string()))
}

/// A word as written, without its accents, and in upper case where ASCII rules don't do that.
fn accents(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    if !word.is_ascii() {
        forms.extend(crate::fold::fold(word).map(|(plain, _)| plain));
        forms.push(word.to_uppercase());
        forms.push(
            word.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect::<String>().replace('ł', "l"),
        );
        forms.push(word.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss"));
    }
    forms
}

/// How e-mail addresses spell their full stops.
pub(crate) const DOTS: [&str; 6] = ["dot", "punkt", "punto", "point", "ponto", "kropka"];
/// The same where brackets show it.
pub(crate) const BRACKETED_DOT: &str = "d0t";

const SPELLED: [&str; 10] = [
    "zero oh nought null nul zéro cero noll sıfır nula",
    "one eins ein un une uno um één een jeden ett bir jedan",
    "two zwei zwo deux dos due twee dois dwa två iki dva",
    "three drei trois tres tre drie três trzy üç tři",
    "four vier quatre cuatro quattro quatro cztery fyra dört čtyři",
    "five fünf cinq cinco cinque vijf pięć fem beş pět",
    "six sechs seis sei zes sześć sex altı šest",
    "seven sieben sept siete sette zeven sete siedem sju yedi sedm",
    "eight acht huit ocho otto oito osiem åtta sekiz osm",
    "nine neun neuf nueve nove negen dziewięć nio dokuz devět",
];

/// Is this lower-case word a digit?
pub(crate) fn spells_digit(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> =
        LazyLock::new(|| SPELLED.iter().flat_map(|words| words.split(' ')).flat_map(accents).collect());
    WORDS.contains(word)
}

/// Words near a number that say it is something else.
const NEGATIVE: &[&str] = &[
    "order",
    "order id",
    "order number",
    "invoice",
    "invoice number",
    "purchase order",
    "po number",
    "isbn",
    "issn",
    "ean",
    "upc",
    "gtin",
    "sku",
    "asin",
    "commit",
    "hash",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "checksum",
    "digest",
    "fingerprint",
    "etag",
    "git",
    "revision",
    "version",
    "firmware",
    "release",
    "build",
    "build number",
    "patch",
    "v",
    "tag",
    "semver",
    "kernel",
    "driver version",
    "ticket",
    "issue",
    "tracking",
    "tracking number",
    "shipment",
    "parcel",
    "lot",
    "batch",
    "part number",
    "part no",
    "model",
    "article number",
    "timestamp",
    "unix time",
    "epoch",
    "request id",
    "trace id",
    "span id",
    "correlation id",
    "uuid",
    "guid",
    "request",
    "doi",
    "cas",
    "example",
    "sample",
    "placeholder",
    "dummy",
    "fake",
    "divisible",
    "prime",
    "multiply",
    "sum of",
    "add",
    "remainder",
    "factorial",
    "population",
    "total",
    "revenue",
    "ebitda",
    "page",
    "pages",
    "chapter",
    "section",
    "figure",
    "table",
    "port",
    "pixel",
    "px",
    "bestellnummer",
    "bestellung",
    "rechnung",
    "rechnungsnummer",
    "artikelnummer",
    "sendungsnummer",
    "commande",
    "facture",
    "numéro de commande",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "bestelling",
    "factuur",
    "fatura",
    "encomenda",
    "zamówienie",
    "faktura",
    "beställning",
    "seriennummer",
    "coordinates",
    "latitude",
    "longitude",
    "chemical",
    "hex",
    "offset",
    "address space",
    "telephone pole",
    "box",
];

const PAIR: &[&str] = &[
    "login",
    "log in",
    "logins",
    "credentials",
    "creds",
    "sign in",
    "zugangsdaten",
    "anmeldung",
    "einloggen",
    "identifiants",
    "credenciales",
    "credenziali",
    "inloggegevens",
    "credenciais",
    "dane logowania",
    "username and password",
    "user and password",
    "auth",
];

/// Words right after a number that make it a quantity.
const QUANTITY: &[&str] = &[
    "divisible",
    "prime",
    "modulo",
    "mod",
    "squared",
    "times",
    "plus",
    "minus",
    "divided",
    "even",
    "odd",
    "bytes",
    "seconds",
    "milliseconds",
    "rows",
    "pixels",
    "inhabitants",
    "teilbar",
    "divisible par",
    "divisibile",
    "deelbaar",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_found_in_every_spelling() {
        let mut draft = Draft::default();
        let set = draft.cues(["numéro de carte"]);
        assert!(set.contains(0) && !set.contains(1) && !set.is_empty());
        let lexicon = draft.finish(CueSet::default()).unwrap();
        for text in
            ["Numéro de carte", "NUMÉRO DE CARTE", "numero_de_carte", "numerodecarte", "numero-de-carte"]
        {
            let found = lexicon.automaton().find_overlapping_iter(text);
            let roles: Vec<Role> = found.flat_map(|m| lexicon.roles(m.pattern()).to_vec()).collect();
            assert!(roles.contains(&Role::Cue(0)), "{text}");
        }
    }

    #[test]
    fn sets_of_cues_meet_where_they_share_one() {
        let (mut a, mut b) = (CueSet::default(), CueSet::default());
        a.insert(3);
        b.insert(70);
        assert!(!a.meets(&b));
        b.insert(3);
        assert!(a.meets(&b));
    }
}
