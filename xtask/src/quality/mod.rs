//! `cargo xtask quality --gold FILE… [--out PAGE] [--binary PATH]`: how well each layer finds what it should.
//!
//! Each gold file is one set in the form that `xtask score` reads; a name that ends in `_held` says that the encoder was
//! trained on other documents of its source (`python3 -m training.gold` writes such files). The figures replace what
//! stands between two marks of the page; the rest of the page is written by hand.

mod interval;
mod sets;
mod tables;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::score::origins::sha256;
use crate::suites::Yard;
use sets::Set;
use tables::Measured;

const PAGE: &str = "docs/detection.md";
const BEGIN: &str = "<!-- figures: begin; `cargo xtask quality` writes them -->\n";
const END: &str = "<!-- figures: end -->";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Asked {
    gold: Vec<PathBuf>,
    out: Option<PathBuf>,
    binary: Option<PathBuf>,
}

/// Measures and rewrites the page; says so where there is nothing to measure.
pub(crate) fn run(root: &Path, args: &[String]) -> Result<()> {
    let asked = Asked::read(args)?;
    if asked.gold.is_empty() {
        println!(
            "no gold files (`--gold FILE…` names them, `python3 -m training.gold` writes them from the public sets): \
             nothing was measured, {PAGE} stays as it is; `cargo xtask score` scores a small generated set"
        );
        return Ok(());
    }
    let page = asked.out.clone().unwrap_or_else(|| root.join(PAGE));
    let text = std::fs::read_to_string(&page).with_context(|| format!("can't read {}", page.display()))?;
    let yard = Yard::new(root, false);
    let binary = asked.binary.clone().map_or_else(|| yard.binary(), Ok)?;
    let folder = yard.target.join("quality");
    std::fs::create_dir_all(&folder)?;
    let mut measured =
        asked.gold.iter().map(|g| measure(g, &binary, &folder)).collect::<Result<Vec<Measured>>>()?;
    measured.sort_by(|a, b| (a.set.known, &a.set.name).cmp(&(b.set.known, &b.set.name)));
    let figures = format!("{}\n{}", head(&sha256(&std::fs::read(&binary)?))?, tables::tables(&measured));
    std::fs::write(&page, replaced(&text, &figures)?)?;
    println!("{figures}\nwritten to {}", page.display());
    Ok(())
}

impl Asked {
    fn read(args: &[String]) -> Result<Asked> {
        let mut asked = Asked::default();
        let mut option = "";
        for arg in args {
            match (arg.as_str(), option) {
                ("--gold" | "--out" | "--binary", _) => option = arg,
                (path, "--gold") => asked.gold.push(path.into()),
                (path, "--out") => asked.out = Some(path.into()),
                (path, "--binary") => asked.binary = Some(path.into()),
                (other, _) => anyhow::bail!("no option `{other}`: --gold FILE…, --out PAGE, --binary PATH"),
            }
        }
        Ok(asked)
    }
}

fn measure(gold: &Path, binary: &Path, folder: &Path) -> Result<Measured> {
    let set = Set::read(gold)?;
    let all = set.scan(binary, "all", folder)?;
    let patterns = set.scan(binary, "patterns", folder)?;
    Ok(Measured { set, all, patterns })
}

#[expect(clippy::disallowed_methods, reason = "the page says on which day it was measured")]
fn head(binary: &str) -> Result<String> {
    let days = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    Ok(format!(
        "Measured {} by `cargo xtask quality --gold FILE…` (binary {}, SHA-256). In brackets: the interval that holds\n\
         95 of 100 draws of the texts (bootstrap, 1,000 draws, fixed seed). *In-domain*: the encoder was trained on other\n\
         documents or templates of the source, never on these. *Foreign*: nothing was trained on the source; rules of patterns\n\
         were corrected by the sets `own_*`. Definitions are those of nervaluate's kin: *overlap*, one finding and one span of a\n\
         group of types that share a character; *strict*, with the same ends; *cover*, share of spans whose every letter and\n\
         digit is masked by some finding; *false*, findings that touch nothing labelled, in types that the set labels.\n\
         *Harmless flagged*: texts without any label that have a finding (in a set without labels, of any type); *strong*, of\n\
         another type than dates, places, organisations and links.\n",
        date(days),
        binary.get(..12).unwrap_or(binary)
    ))
}

/// The page with its figures replaced.
fn replaced(page: &str, figures: &str) -> Result<String> {
    let marks =
        || format!("the page lacks the marks `{}` and `{END}`; add them where figures belong", BEGIN.trim());
    let (before, rest) = page.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}\n{figures}\n{END}{after}"))
}

/// A day since 1970 as YYYY-MM-DD, by the proleptic Gregorian calendar (Hinnant's `civil_from_days`).
fn date(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let (month, day) = (if march < 10 { march + 3 } else { march - 9 }, of_year - (153 * march + 2) / 5 + 1);
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + u64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_figures_are_replaced() {
        let page = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let new = replaced(&page, "| new |").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n| new |\n{END}\nafter\n"));
        assert_eq!(replaced(&new, "| new |").unwrap(), new, "a second run changes nothing");
        assert!(replaced("no marks", "x").unwrap_err().to_string().contains("marks"));
    }

    #[test]
    fn files_follow_their_option() {
        let read = |text: &str| Asked::read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let asked = read("--gold a b --out c --gold d").unwrap();
        assert_eq!(asked.gold, ["a", "b", "d"].map(PathBuf::from));
        assert_eq!((asked.out, asked.binary), (Some("c".into()), None));
        assert!(read("a").is_err());
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(
            [0, 59, 11_016, 20_781].map(date),
            ["1970-01-01", "1970-03-01", "2000-02-29", "2026-11-24"]
        );
    }
}
