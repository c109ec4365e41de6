//! Words that may not stand in the files, or only in places that are listed.

use super::Breach;
use crate::source::{Source, line_of, words};

/// This file names what it forbids.
const OWN: &str = "xtask/src/tidy/words.rs";

/// Folders whose code may be `unsafe`: they bind C or hold vector kernels, each block with a reason and a test.
const UNSAFE: &[&str] = &["crates/annexa-hsm/", "crates/annexa-model/src/kernel/"];

/// The only crate with features.
const FEATURES: &str = "crates/annexa/";

/// Unfinished work does not go into the house.
const UNFINISHED: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Folders of somebody's machine.
const MACHINE_PATHS: [&str; 4] = ["/work/", "/home/", "/root/", "/Users/"];

/// Hosts of package registries: which mirror is used is a matter of the machine.
const REGISTRIES: [&str; 6] = [
    "index.crates.io",
    "static.crates.io",
    "registry.npmjs.org",
    "files.pythonhosted.org",
    "pypi.org/simple",
    "proxy.golang.org",
];

/// The one source that the lock file may name.
const CRATES_IO: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Words in the wrong place.
pub(crate) fn check(files: &[Source]) -> Vec<Breach> {
    files.iter().filter(|f| f.path != OWN).flat_map(file).collect()
}

fn file(source: &Source) -> Vec<Breach> {
    let mut breaches = places(source);
    if source.is_rust() {
        breaches.extend(code(source));
        breaches.extend(attributes(source));
        breaches.extend(unfinished(source, &source.comments));
    } else if source.path.ends_with(".py") || source.path.ends_with(".mjs") || source.path.ends_with(".js") {
        breaches.extend(unfinished(source, &source.text));
    }
    if source.path == "Cargo.lock" {
        breaches.extend(lock(source));
    }
    breaches
}

fn code(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut forbid = |word: &str, remedy: &str| {
        for at in words(&source.code, word) {
            breaches.push(Breach::new(source, line_of(&source.code, at), format!("`{word}`: {remedy}")));
        }
    };
    if !UNSAFE.iter().any(|place| source.path.starts_with(place)) {
        forbid("unsafe", "only folders listed in xtask/src/tidy/words.rs may; find a safe way");
    }
    forbid("todo!", "finish it or leave it out");
    forbid("unimplemented!", "finish it or leave it out");
    breaches.extend(features(source));
    breaches
}

fn features(source: &Source) -> impl Iterator<Item = Breach> + '_ {
    let places = source.code.match_indices("feature = \"").filter(|_| !source.path.starts_with(FEATURES));
    places.map(|(at, _)| {
        let what = "features exist in the binary alone; make it a crate or a parameter";
        Breach::new(source, line_of(&source.code, at), what)
    })
}

/// `#[allow]` and `#[expect]` without a reason, and tests that are switched off.
fn attributes(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (at, attribute) in each_attribute(&source.code) {
        let line = line_of(&source.code, at);
        let inner = attribute.trim_start_matches(['#', '!', '[', ' ']);
        if inner.starts_with("allow") || inner.starts_with("expect") {
            if !attribute.contains("reason") {
                breaches.push(Breach::new(
                    source,
                    line,
                    "a lint is switched off without `reason = \"…\"`; give it or fix the code",
                ));
            }
        } else if inner.starts_with("ignore") {
            breaches.push(Breach::new(source, line, "a test is switched off; fix it or remove it"));
        }
    }
    breaches
}

fn each_attribute(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = code.match_indices("#[").chain(code.match_indices("#!["));
    starts.filter_map(|(at, _)| {
        let from = code.get(at..)?;
        let end = from.find(']')?;
        Some((at, from.get(..=end)?))
    })
}

fn unfinished<'a>(source: &'a Source, text: &'a str) -> impl Iterator<Item = Breach> + 'a {
    UNFINISHED.iter().flat_map(move |word| {
        words(text, word).map(move |at| {
            Breach::new(source, line_of(text, at), format!("`{word}`: finish it or open an issue"))
        })
    })
}

/// Machine paths and registry hosts, in any file.
fn places(source: &Source) -> Vec<Breach> {
    let paths = MACHINE_PATHS.iter().map(|p| (*p, "a path of one machine; make it relative or a parameter"));
    let hosts =
        REGISTRIES.iter().map(|h| (*h, "a registry's host; leave the choice to the machine's settings"));
    let mut breaches = Vec::new();
    for (word, remedy) in paths.chain(hosts) {
        let whole = |at: &usize| {
            !source
                .text
                .get(..*at)
                .is_some_and(|t| t.ends_with(|c: char| c.is_alphanumeric() || "-_.<>{}".contains(c)))
        };
        for at in source.text.match_indices(word).map(|(at, _)| at).filter(whole) {
            breaches.push(Breach::new(source, line_of(&source.text, at), format!("`{word}`: {remedy}")));
        }
    }
    breaches
}

fn lock(source: &Source) -> impl Iterator<Item = Breach> {
    let foreign = |line: &str| line.starts_with("source = ") && line != CRATES_IO;
    let lines = source.text.lines().enumerate().filter(move |(_, line)| foreign(line));
    lines.map(|(at, _)| {
        Breach::new(source, at + 1, "a dependency that is not from crates.io; use a released version")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text.as_bytes())]).len()
    }

    #[test]
    fn unsafe_and_features_have_their_places() {
        assert_eq!(breaches("crates/annexa-wire/src/a.rs", "unsafe { b() }"), 1);
        assert_eq!(breaches("crates/annexa-model/src/kernel/a.rs", "unsafe { b() }"), 0);
        assert_eq!(breaches("crates/annexa-wire/src/a.rs", "#[cfg(feature = \"x\")]\nfn a() {}"), 1);
        assert_eq!(breaches("crates/annexa/src/a.rs", "#[cfg(feature = \"x\")]\nfn a() {}"), 0);
    }

    #[test]
    fn lints_are_switched_off_with_a_reason() {
        assert_eq!(breaches("a.rs", "#[allow(dead_code)]"), 1);
        assert_eq!(breaches("a.rs", "#![allow(dead_code)]"), 1);
        assert_eq!(breaches("a.rs", "#[expect(dead_code, reason = \"read by the linker\")]"), 0);
        assert_eq!(breaches("a.rs", "#[ignore]"), 1);
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_comments_only() {
        assert_eq!(breaches("a.rs", "// TODO later\nfn a() { todo!() }"), 2);
        assert_eq!(breaches("a.rs", "const A: &str = \"TODO\";"), 0);
    }

    #[test]
    fn machine_paths_and_registries_are_found_anywhere() {
        assert_eq!(breaches("a.md", "see /work/a and /root/b"), 2);
        assert_eq!(breaches("a.md", "see docs/work/a and https://x.org/home/y"), 0);
        assert_eq!(breaches("a.toml", "index = \"https://pypi.org/simple\""), 1);
    }

    #[test]
    fn the_lock_file_names_crates_io_alone() {
        assert_eq!(breaches("Cargo.lock", &format!("{CRATES_IO}\nsource = \"git+https://x\"\n")), 1);
    }
}
