//! One segmenter, one result: every chunking gives the same windows, and no value slips through between them.

use proptest::prelude::*;

use super::*;
use crate::tagger::{Reading, Tag, Tagger};

const PROSE: &[&str] = &[
    "The committee met on Tuesday to discuss the new procedure for the branches in the north.",
    "Most of the questions were about the time that customers wait.",
    "It rained.",
    "Since 12 May 2024 there were 14 changes in 3 of the houses",
    "Der Ausschuss hat gestern beschlossen, die Frist bis zum Ende des nächsten Monats zu verlängern.",
    "a line without an end\n",
    "Il faut attendre; la réponse viendra « demain », dit-elle.",
    "日本語の文章もここにあります。短い文です。",
    "- first item\n- second item\n",
    "{\"count\":3,\"items\":[1,2,3]}",
];

fn detector() -> Arc<Detector> {
    static DETECTOR: std::sync::LazyLock<Arc<Detector>> =
        std::sync::LazyLock::new(|| Arc::new(Detector::builtin().unwrap()));
    DETECTOR.clone()
}

/// Tags as an encoder might: names by the capitals they begin with, judged by the words on both sides.
struct Capitals([String; 2]);

impl Tagger for Capitals {
    fn version(&self) -> &str {
        "capitals-1"
    }

    fn tags(&self) -> &[String] {
        &self.0
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn languages(&self) -> &[String] {
        &[]
    }

    fn read(&self, text: &str, _: &str) -> Result<Reading, DetectError> {
        let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let mut tags: Vec<Tag> = Vec::new();
        for (at, word) in words.iter().enumerate().filter(|(_, w)| w.starts_with(char::is_uppercase)) {
            let around = words[at.saturating_sub(2)..words.len().min(at + 3)].concat().len();
            let (start, end) = (place(word), place(word) + word.len());
            match tags.last_mut().filter(|last| text[last.end..start] == *" ") {
                Some(last) => last.end = end,
                None => tags.push(Tag { start, end, tag: around % 2, confidence: 0.7 }),
            }
        }
        Ok(Reading { tags, stretches: Vec::new() })
    }
}

fn reader() -> Arc<Detector> {
    static DETECTOR: std::sync::LazyLock<Arc<Detector>> = std::sync::LazyLock::new(|| {
        let tagger = Capitals(["PERSON".to_owned(), "ADDRESS".to_owned()]);
        Arc::new(Detector::builtin().unwrap().with_tagger(Arc::new(tagger)))
    });
    DETECTOR.clone()
}

fn windows<'p>(pieces: impl Iterator<Item = &'p str>) -> Vec<Window> {
    windows_of(detector(), pieces)
}

fn windows_of<'p>(detector: Arc<Detector>, pieces: impl Iterator<Item = &'p str>) -> Vec<Window> {
    let mut scanner = Scanner::new(detector).with_language("t".into(), 1_500);
    let mut all = Vec::new();
    for piece in pieces {
        scanner.push(piece);
        while let Some(window) = scanner.next_window().unwrap() {
            all.push(window);
        }
    }
    scanner.finish();
    while let Some(window) = scanner.next_window().unwrap() {
        all.push(window);
    }
    all
}

fn by_chars(text: &str) -> Vec<Window> {
    windows(text.char_indices().map(|(i, c)| &text[i..i + c.len_utf8()]))
}

fn in_pieces(text: &str, sizes: &[usize]) -> Vec<Window> {
    windows(pieces(text, sizes))
}

fn pieces<'t>(text: &'t str, sizes: &'t [usize]) -> impl Iterator<Item = &'t str> {
    let mut rest = text;
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = (*sizes.next()?).max(1);
        let (piece, more) = rest.split_at(rest.ceil_char_boundary(size));
        rest = more;
        (!piece.is_empty()).then_some(piece)
    })
}

fn covers(text: &str, span: std::ops::Range<usize>, windows: &[Window]) -> bool {
    let found: Vec<_> = windows.iter().flat_map(|w| &w.findings).collect();
    let ink = text.char_indices().filter(|(i, c)| span.contains(i) && c.is_alphanumeric());
    ink.into_iter().all(|(i, _)| found.iter().any(|f| f.start <= i && i < f.end))
}

fn well_formed(text: &str, windows: &[Window]) {
    let mut at = 0;
    for window in windows {
        assert!(window.end > at, "windows abut and hold something");
        for finding in &window.findings {
            assert!(finding.start >= at && finding.end <= window.end && finding.start < finding.end);
            assert!(text.get(finding.start..finding.end).is_some());
        }
        at = window.end;
    }
    assert_eq!(at, text.len());
}

/// All examples of the catalogue and values in disguise: the text, and the span of the value in it.
fn examples() -> Vec<(String, std::ops::Range<usize>)> {
    let detector = detector();
    let listed =
        detector.kinds().iter().filter(|k| !k.rules.is_empty()).flat_map(|k| &k.examples).map(String::as_str);
    let block = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(26);
    let block = format!("«-----BEGIN PRIVATE KEY-----\n{block}-----END PRIVATE KEY-----»");
    let marked = listed.chain(DISGUISED.iter().copied()).chain([block.as_str()]);
    marked
        .map(|example| {
            let start = example.find('«').unwrap();
            let end = example.find('»').unwrap() - '«'.len_utf8();
            (example.replacen('«', "", 1).replacen('»', "", 1), start..end)
        })
        .collect()
}

const DISGUISED: &[&str] = &[
    "«four two four two four two four two four two four two four two four two»",
    "card «vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei vier zwei»",
    "card «4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2»",
    "card «4 / 2 / 4 / 2 / 4 / 2 / 4 / 2 / 4 / 2 / 4 / 2 / 4 / 2 / 4 / 2»",
    "card «42\u{200b}42424\u{200b}2424\u{200b}24242»",
    "card «42424242\n42424242»",
    "to «john dot doe at mail dot example dot com»",
    "to «john.doe (at) example (dot) com»",
    "to «john.doe @ example.com»",
    "see «aHR0cHM6Ly9ib2I6aHVudGVyMjJAZ2l0LmV4YW1wbGUuY29tL3I=»",
    "«ghp_16C7e42F292c6912\nE7710c838347Ae178B4a»",
    "my password is «hunter2!x»",
    "the password for the guest network in the north house is «BlueElephant42!»",
    "{\"password\": \"«Tr33House!»\"}",
    "IBAN «G B 8 2 W E S T 1 2 3 4 5 6 9 8 7 6 5 4 3 2»",
    "«4242 4242 4242 4242» is the number of my card",
];

fn prose(picks: &[usize]) -> String {
    let sentences = picks.iter().map(|p| PROSE[p % PROSE.len()]);
    sentences.flat_map(|s| [s, if s.ends_with('\n') { "" } else { " " }]).collect()
}

proptest! {
    #[test]
    //= iso27001-2022:A.8.12
    fn no_value_slips_through_and_every_chunking_gives_the_same(
        before in prop::collection::vec(0_usize..100, 0..14),
        after in prop::collection::vec(0_usize..100, 0..8),
        pick in 0_usize..10_000,
        cut in 0_usize..160,
        sizes in prop::collection::vec(1_usize..90, 1..6),
    ) {
        let all = examples();
        let (example, span) = &all[pick % all.len()];
        let mut text = prose(&before);
        let keep = text.floor_char_boundary(text.len().saturating_sub(cut));
        let keep = text[..keep].rfind(' ').map_or(0, |i| i + 1);
        text.truncate(keep);
        let value = text.len() + span.start..text.len() + span.end;
        text.push_str(example);
        text.push_str(if pick % 2 == 0 { " " } else { "\n" });
        text.push_str(&prose(&after));
        let whole = windows(std::iter::once(text.as_str()));
        well_formed(&text, &whole);
        prop_assert_eq!(&whole, &by_chars(&text));
        prop_assert_eq!(&whole, &in_pieces(&text, &sizes));
        prop_assert!(covers(&text, value.clone(), &whole), "{:?} in {:?}: {:?}", &text[value], text, whole);
    }

    /// With a tagger that looks at neighbouring words too, and with names where windows end.
    #[test]
    //= iso27001-2022:A.8.12
    fn what_a_tagger_reads_is_the_same_by_every_chunking(
        before in prop::collection::vec(0_usize..100, 0..10),
        text in r"([a-z]{1,9}[ .\n]|[A-Z][a-z]{1,9}[ .,\n]|[0-9 .-]{1,20}|ann@example.org |Anna Keller ){0,90}",
        pick in 0_usize..10_000,
        sizes in prop::collection::vec(1_usize..200, 1..5),
    ) {
        let all = examples();
        let (example, span) = &all[pick % all.len()];
        let mut text = prose(&before) + &text + " ";
        let value = text.len() + span.start..text.len() + span.end;
        text.push_str(example);
        let whole = windows_of(reader(), std::iter::once(text.as_str()));
        well_formed(&text, &whole);
        let by_chars = text.char_indices().map(|(i, c)| &text[i..i + c.len_utf8()]);
        prop_assert_eq!(&whole, &windows_of(reader(), by_chars));
        prop_assert_eq!(&whole, &windows_of(reader(), pieces(&text, &sizes)));
        prop_assert!(covers(&text, value.clone(), &whole), "{:?} in {:?}: {:?}", &text[value], text, whole);
    }

    #[test]
    fn any_text_is_cut_the_same_by_every_chunking(
        text in r"([a-z]{1,9}[ .\n]|[0-9 .-]{1,20}|\PC{1,8}|one |two |-----BEGIN PRIVATE KEY-----|\n){0,120}",
        sizes in prop::collection::vec(1_usize..200, 1..5),
    ) {
        let whole = windows(std::iter::once(text.as_str()));
        well_formed(&text, &whole);
        prop_assert_eq!(&whole, &by_chars(&text));
        prop_assert_eq!(&whole, &in_pieces(&text, &sizes));
    }
}

#[test]
fn prose_is_decided_within_the_horizon() {
    let text = "word ".repeat(400);
    let mut scanner = Scanner::new(detector());
    let mut decided = 0;
    for (at, c) in text.char_indices() {
        scanner.push(c.encode_utf8(&mut [0; 4]));
        while let Some(window) = scanner.next_window().unwrap() {
            decided = window.end;
        }
        assert!(at + 1 - decided <= HORIZON_CHARS, "{at} {decided}");
    }
}

#[test]
fn what_goes_on_too_long_is_reported_to_its_end() {
    let run = "QUJDREVGR0hJ".repeat(2_500);
    let text = format!("See this: {run} and then more.");
    let all = by_chars(&text);
    well_formed(&text, &all);
    assert!(covers(&text, 10..10 + run.len(), &all));
    assert_eq!(all, windows(std::iter::once(text.as_str())));
    let block = format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQ\n".repeat(800)
    );
    let text = format!("Here it is:\n{block}\nThat was it. Bye for now.");
    let all = by_chars(&text);
    well_formed(&text, &all);
    assert!(
        covers(&text, 12..12 + block.len(), &all),
        "{:?}",
        all.iter().map(|w| (w.end, w.findings.len())).collect::<Vec<_>>()
    );
    assert!(all.last().unwrap().findings.is_empty());
}

#[test]
fn memory_is_bounded() {
    let mut scanner = Scanner::new(detector());
    for _ in 0..20_000 {
        scanner.push("some words go by, ");
        while scanner.next_window().unwrap().is_some() {}
        assert!(scanner.text.len() < 4 * HELD_BYTES);
    }
}

/// Pushed in one piece, a long text is moved to the front a few times, not once per window.
#[test]
fn a_long_text_in_one_piece_is_seldom_moved() {
    let mut scanner = Scanner::new(detector());
    scanner.push(&"some words go by, and ".repeat(20_000));
    scanner.finish();
    let (mut windows, mut moves, mut base) = (0, 0, 0);
    while scanner.next_window().unwrap().is_some() {
        windows += 1;
        moves += usize::from(scanner.base != base);
        base = scanner.base;
    }
    assert!(windows > 1_000 && moves < 20, "{windows} windows, {moves} moves");
}
