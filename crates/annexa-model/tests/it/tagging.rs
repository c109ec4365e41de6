//! The committed weights as the detectors' tagger: what the catalogue's examples say, and answers in pieces.

use std::sync::{Arc, LazyLock};

use annexa_detect::{Around, Detector, Language, Scanner, Tagger, Window};
use annexa_model::Reader;

static DETECTOR: LazyLock<Arc<Detector>> = LazyLock::new(|| {
    let reader = Arc::new(Reader::builtin().unwrap());
    Arc::new(Detector::builtin().unwrap().with_tagger(reader))
});

const READ: Around<'static> =
    Around { before: "", field: None, language: Some(Language { scope: "", whole: true }) };

/// Kinds that have no rules and so are the tagger's.
fn examples() -> Vec<(String, String)> {
    let read = DETECTOR.kinds().iter().filter(|k| {
        let id = k.id.to_string();
        DETECTOR.tagger().is_some_and(|t| t.tags().contains(&id)) && !k.examples.is_empty()
    });
    read.flat_map(|k| k.examples.iter().map(|e| (k.id.to_string(), e.clone()))).collect()
}

//= iso27001-2022:A.8.12
#[test]
fn most_examples_of_the_catalogue_are_read() {
    let all = examples();
    assert!(all.len() >= 14, "{}", all.len());
    let mut missed = Vec::new();
    for (kind, example) in &all {
        let (before, rest) = example.split_once('«').unwrap();
        let (value, after) = rest.split_once('»').unwrap();
        let text = format!("{before}{value}{after}");
        let found = DETECTOR.scan(&text, &READ).unwrap();
        let touches =
            |f: &annexa_detect::Finding| f.start < before.len() + value.len() && f.end > before.len();
        if !found.iter().any(touches) {
            missed.push((kind, example));
        }
    }
    // Weights are trained anew now and then: an example may be missed, not a quarter of them.
    assert!(missed.len() * 4 <= all.len(), "{missed:?}");
}

#[test]
fn the_version_follows_the_weights() {
    let reader = Reader::builtin().unwrap();
    let digest: String = reader.model().digest().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(reader.version(), format!("encoder-{}", &digest[..12]));
    assert!(DETECTOR.version().ends_with(reader.version()));
}

/// A few hundred texts out of examples and prose, in several languages.
fn texts() -> Vec<String> {
    let prose = [
        "Please write a short note about this for the file. ",
        "The patient Anna Keller, 45, a nurse from Winterthur, was admitted to Mercy General Hospital on 12 May 2024 ",
        "Herr Dr. Thomas Müller wohnt in der Bahnhofstrasse 12, 8001 Zürich.\n",
        "La Sra. María García Pérez vive en la calle Mayor 3 de Madrid; tel. 612 345 678. ",
        "Write to ann.lee@example.org, card 4111 1111 1111 1111. ",
        "Il faut attendre la réponse de Jean Dupont, dit-elle. ",
    ];
    let examples = examples();
    let piece = |n: usize| match n % 3 {
        0 => examples[n % examples.len()].1.replace(['«', '»'], "") + ", ",
        _ => prose[n % prose.len()].to_owned(),
    };
    (0..300).map(|seed| (0..1 + seed % 7).map(|at| piece(seed * 31 + at * 17)).collect()).collect()
}

fn windows<'p>(pieces: impl Iterator<Item = &'p str>) -> Vec<Window> {
    let mut scanner = Scanner::new(DETECTOR.clone()).with_language("".into(), usize::MAX);
    let mut all = Vec::new();
    for piece in pieces {
        scanner.push(piece);
        all.extend(std::iter::from_fn(|| scanner.next_window().unwrap()));
    }
    scanner.finish();
    all.extend(std::iter::from_fn(|| scanner.next_window().unwrap()));
    all
}

fn pieces(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, more) = rest.split_at(rest.ceil_char_boundary(size));
        rest = more;
        (!piece.is_empty()).then_some(piece)
    })
}

//= iso27001-2022:A.8.12
#[test]
fn answers_are_read_the_same_by_every_chunking() {
    let mut read = 0;
    for (at, text) in texts().iter().enumerate() {
        let whole = windows(std::iter::once(text.as_str()));
        read += whole.iter().flat_map(|w| &w.findings).filter(|f| f.detector == "encoder").count();
        for size in [1, 3 + at % 40, 90 + at % 200] {
            assert_eq!(windows(pieces(text, size)), whole, "{text:?} in pieces of {size}");
        }
    }
    assert!(read > 300, "{read}");
}

#[test]
fn many_threads_read_the_same() {
    let texts = texts();
    let read = || texts.iter().map(|t| DETECTOR.scan(t, &READ).unwrap()).collect::<Vec<_>>();
    let alone = read();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(read)).collect();
        threads.into_iter().for_each(|t| assert_eq!(t.join().unwrap(), alone));
    });
}
