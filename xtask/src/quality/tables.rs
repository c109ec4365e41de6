//! Figures as Markdown tables: by set, by type, by language, and how far confidence can be believed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::interval::{Draws, Interval};
use super::sets::{Found, Known, Set};
use crate::score::metrics::{Counts, Label};

/// Types with fewer spans than this on both sides are left out of the table of types.
const FEWEST: usize = 10;
const SIDES: [Known; 2] = [Known::InDomain, Known::Foreign];
const BINS: usize = 10;

/// A set with what all layers and what patterns alone found in it.
pub(super) struct Measured {
    /// The gold.
    pub set: Set,
    /// By all layers.
    pub all: Found,
    /// By patterns alone.
    pub patterns: Found,
}

/// All tables, with their heads.
pub(super) fn tables(measured: &[Measured]) -> String {
    let parts = [
        by_set(measured),
        format!("### By type, all layers\n\n{}", by_type(measured)),
        format!("### By language, all layers\n\n{}", by_language(measured)),
        format!("### How far confidence can be believed\n\n{}", reliability(measured)),
    ];
    parts.join("\n")
}

fn by_set(measured: &[Measured]) -> String {
    let mut out = String::from(
        "| set | known | layers | texts / spans / KB | overlap F1 | strict F1 | cover | false per KB | harmless flagged | of them strong |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for m in measured {
        for (layers, found) in [("all", &m.all), ("patterns", &m.patterns)] {
            out.push_str(&row(&m.set, layers, &Draws::of(&found.each)));
        }
    }
    out
}

fn row(set: &Set, layers: &str, draws: &Draws) -> String {
    let all = draws.all();
    let of_gold = |figure: fn(&Counts) -> f64| {
        if all.gold == 0 { "–".to_owned() } else { shown(draws.interval(figure)) }
    };
    let of_clean = |count: fn(&Counts) -> usize| match all.clean {
        0 => "–".to_owned(),
        clean => {
            let share = |c: &Counts| 100.0 * count(c) as f64 / c.clean.max(1) as f64;
            let Interval { figure, low, high } = draws.interval(share);
            format!("{} of {clean}, {figure:.1} % ({low:.1}–{high:.1})", count(all))
        }
    };
    format!(
        "| {} | {} | {layers} | {} / {} / {:.0} | {} | {} | {} | {} | {} | {} |\n",
        set.name,
        said(set.known),
        set.texts.len(),
        all.gold,
        all.bytes as f64 / 1e3,
        of_gold(|c| c.overlap().2),
        of_gold(|c| c.strict().2),
        of_gold(Counts::cover),
        shown(draws.interval(Counts::false_per_kb)),
        of_clean(|c| c.flagged),
        of_clean(|c| c.strong),
    )
}

fn said(known: Known) -> &'static str {
    match known {
        Known::InDomain => "in-domain",
        Known::Foreign => "foreign",
        Known::Seen => "**trained on: says nothing**",
    }
}

fn shown(Interval { figure, low, high }: Interval) -> String {
    format!("{figure:.3} ({low:.3}–{high:.3})")
}

fn side(measured: &[Measured], known: Known) -> impl Iterator<Item = &Measured> {
    measured.iter().filter(move |m| m.set.known == known)
}

fn by_type(measured: &[Measured]) -> String {
    let sides = SIDES.map(|known| Counts::sum(side(measured, known).flat_map(|m| &m.all.each)).labels);
    let names: BTreeSet<&String> = sides.iter().flat_map(BTreeMap::keys).collect();
    let mut out = String::from(
        "| type | in-domain: spans | found | covered | foreign: spans | found | covered |\n|---|---|---|---|---|---|---|\n",
    );
    for name in names {
        let both = sides.each_ref().map(|labels| labels.get(name).cloned().unwrap_or_default());
        if both.iter().any(|l| l.gold >= FEWEST) {
            let [ours, theirs] = both.map(|l| label(&l));
            // Writing to a String can't fail.
            let _ = writeln!(out, "| {name} | {ours} | {theirs} |");
        }
    }
    out
}

fn label(label: &Label) -> String {
    if label.gold == 0 {
        return "0 | – | –".to_owned();
    }
    let share = |part: usize| part as f64 / label.gold as f64;
    format!("{} | {:.3} | {:.3}", label.gold, share(label.hits), share(label.covered))
}

fn by_language(measured: &[Measured]) -> String {
    let languages: BTreeSet<&String> = measured.iter().flat_map(|m| &m.set.languages).collect();
    let mut out = String::from(
        "| language | in-domain: texts / spans | overlap F1 | cover | foreign: texts / spans | overlap F1 | cover |\n|---|---|---|---|---|---|---|\n",
    );
    for language in languages {
        let [ours, theirs] = SIDES.map(|known| of_language(measured, known, language));
        let _ = writeln!(out, "| {language} | {ours} | {theirs} |");
    }
    out
}

fn of_language(measured: &[Measured], known: Known, language: &str) -> String {
    let texts = side(measured, known).flat_map(|m| m.set.languages.iter().zip(&m.all.each));
    let own: Vec<Counts> = texts.filter(|(l, _)| *l == language).map(|(_, c)| c.clone()).collect();
    let draws = Draws::of(&own);
    if draws.all().gold == 0 {
        return format!("{} / 0 | – | –", own.len());
    }
    let f1 = shown(draws.interval(|c| c.overlap().2));
    format!("{} / {} | {f1} | {}", own.len(), draws.all().gold, shown(draws.interval(Counts::cover)))
}

fn reliability(measured: &[Measured]) -> String {
    let bins = SIDES.map(|known| bins(side(measured, known).flat_map(|m| &m.all.judged)));
    let mut out = String::from(
        "| confidence | in-domain: findings | mean | right | foreign: findings | mean | right |\n|---|---|---|---|---|---|---|\n",
    );
    let [ours, theirs] = bins;
    for (at, (ours, theirs)) in
        ours.iter().zip(&theirs).enumerate().filter(|(_, (a, b))| a.count + b.count > 0)
    {
        let (low, high) = (at as f64 / BINS as f64, (at + 1) as f64 / BINS as f64);
        let _ = writeln!(out, "| {low:.1}–{high:.1} | {} | {} |", ours.shown(), theirs.shown());
    }
    out
}

/// Findings of about one confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bin {
    count: usize,
    sum: f64,
    right: usize,
}

fn bins<'j>(judged: impl Iterator<Item = &'j (f64, bool)>) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (score, right) in judged {
        let at = ((score * BINS as f64) as usize).min(BINS - 1);
        if let Some(bin) = bins.get_mut(at) {
            *bin = Bin { count: bin.count + 1, sum: bin.sum + score, right: bin.right + usize::from(*right) };
        }
    }
    bins
}

impl Bin {
    fn shown(&self) -> String {
        if self.count == 0 {
            return "0 | – | –".to_owned();
        }
        let of = self.count as f64;
        format!("{} | {:.3} | {:.3}", self.count, self.sum / of, self.right as f64 / of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::metrics::Text;

    fn measured(name: &str, known: Known) -> Measured {
        let text = Text { id: "0".into(), text: vec!['x'; 100], gold: Vec::new(), unscored: Vec::new() };
        let set = Set { name: name.into(), known, texts: vec![text], languages: vec!["de".into()] };
        let labels = BTreeMap::from([("PERSON".to_owned(), Label { gold: 12, hits: 9, covered: 6 })]);
        let counts = Counts { gold: 12, bytes: 100, labels, ..Counts::default() };
        let found =
            || Found { each: vec![counts.clone()], judged: vec![(0.85, true), (0.87, false), (1.0, true)] };
        Measured { set, all: found(), patterns: found() }
    }

    #[test]
    fn sides_stand_beside_each_other() {
        let all =
            [measured("a_held", Known::InDomain), measured("b", Known::Foreign), measured("c", Known::Seen)];
        let page = tables(&all);
        assert!(page.contains("| PERSON | 12 | 0.750 | 0.500 | 12 | 0.750 | 0.500 |"), "{page}");
        assert!(page.contains("| de | 1 / 12 |"), "{page}");
        assert!(page.contains("| 0.8–0.9 | 2 | 0.860 | 0.500 | 2 | 0.860 | 0.500 |"), "{page}");
        assert!(page.contains("| 0.9–1.0 | 1 | 1.000 | 1.000 |"), "{page}");
        assert!(page.contains("| c | **trained on: says nothing** | patterns |"), "{page}");
    }
}
