//! Whole texts: windows cover them, and a reading is the same however it is put together.

use annexa_model::{Kernel, Model, Reading, Scratch, Span, Window, WindowReading};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest, Sha256};

use crate::random::{SMALL, Writer, vocab};

/// Pieces that fit between the special ones of a window.
const PIECES: usize = 126;

fn model() -> Model {
    let vocab = vocab();
    Model::load(&Writer::new(SMALL, vocab.lines().count(), 1).bytes(), &vocab).unwrap()
}

/// Words, marks, gaps and odd characters, enough for several windows.
fn text() -> impl Strategy<Value = String> {
    let parts = [
        " ",
        " ",
        " ",
        "\n",
        ". ",
        "! ",
        "。",
        "\u{200b}",
        "\0",
        "the",
        "and",
        "Anna",
        "müller",
        "PARIS",
        "berg",
        "q7",
        "ß",
        "山",
        "é",
        "-",
        "@",
        "한",
        "a.b.c",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];
    vec(select(parts.to_vec()), 0..500).prop_map(|parts| parts.concat())
}

/// Each window read by itself, in the order that `turn` gives, with a scratch of its own.
fn read_apart(model: &Model, text: &str, windows: &[Window], turn: usize) -> Reading {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.rotate_left(turn % windows.len().max(1));
    let read = |at: usize| (at, model.read_window(text, &windows[at], &mut Scratch::default()));
    let mut parts: Vec<(usize, (Vec<Span>, WindowReading))> = order.into_iter().map(read).collect();
    parts.sort_by_key(|part| part.0);
    Model::join(parts.into_iter().map(|part| part.1))
}

/// Whether the tokenizer has no use for a character.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || "\u{200b}\0".contains(c)
}

fn check_windows(model: &Model, text: &str, from: usize, windows: &[Window]) -> Result<(), TestCaseError> {
    let mut covered = from;
    for window in windows {
        let Window { range, fresh } = window;
        prop_assert!(range.start <= fresh.start && fresh.end <= range.end && fresh.start < fresh.end);
        let inside = text.get(range.clone());
        prop_assert!(inside.is_some() && text.get(fresh.clone()).is_some(), "on characters");
        prop_assert!(covered <= fresh.start || covered == from, "decided twice");
        let gap = text.get(covered..fresh.start).unwrap_or_default();
        prop_assert!(gap.chars().all(is_gap), "{:?} is left out", gap);
        // A text of more pieces than fit would be more than one window.
        prop_assert_eq!(model.windows(inside.unwrap_or_default(), &mut Scratch::default()).len(), 1);
        covered = fresh.end;
    }
    let rest = text.get(covered..).unwrap_or_default();
    prop_assert!(rest.chars().all(is_gap), "{:?} is left out", rest);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn windows_cover_the_text(text in text()) {
        let model = model();
        check_windows(&model, &text, 0, &model.windows(&text, &mut Scratch::default()))?;
    }

    #[test]
    fn windows_cover_what_arrived(text in text(), share in 0.0..1.0) {
        let model = model();
        let from = text.floor_char_boundary((text.len() as f64 * share) as usize);
        let windows = model.windows_from(&text, from, &mut Scratch::default());
        check_windows(&model, &text, from, &windows)?;
        for window in &windows {
            prop_assert_eq!(window.fresh.end, window.range.end, "nothing after the fresh part is waited for");
        }
    }

    #[test]
    fn windows_read_apart_say_the_same(text in text(), turn in 0..20usize) {
        let (model, mut scratch) = (model(), Scratch::default());
        let windows = model.windows(&text, &mut scratch);
        let whole = model.read(&text, &mut scratch);
        prop_assert_eq!(whole.windows.len(), windows.len());
        prop_assert_eq!(&read_apart(&model, &text, &windows, turn), &whole);
        // A scratch that has read something else leaves no trace.
        let _ = model.read("Anna was in Paris. ", &mut scratch);
        prop_assert_eq!(model.read(&text, &mut scratch), whole);
    }

    #[test]
    fn spans_are_in_order_and_on_words(text in text()) {
        let reading = model().read(&text, &mut Scratch::default());
        for span in &reading.spans {
            prop_assert!(text.get(span.start..span.end).is_some_and(|words| !words.trim().is_empty()));
            prop_assert!(span.tag < 3 && (0.0..=1.0).contains(&span.confidence));
        }
        prop_assert!(reading.spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
        for window in &reading.windows {
            let length: f32 = window.embedding.iter().map(|x| x * x).sum();
            prop_assert!((length - 1.0).abs() < 1e-5);
            prop_assert!(window.classes.iter().chain([&window.injection]).all(|x| (0.0..=1.0).contains(x)));
        }
    }

    #[test]
    fn a_window_says_the_same_wherever_its_bytes_stand(before in text(), text in text(), after in text()) {
        let (model, mut scratch) = (model(), Scratch::default());
        let moved = format!("{before}{text}{after}");
        for window in model.windows(&text, &mut scratch) {
            let shift = |range: std::ops::Range<usize>| range.start + before.len()..range.end + before.len();
            let there = Window { range: shift(window.range.clone()), fresh: shift(window.fresh.clone()) };
            let (spans, reading) = model.read_window(&text, &window, &mut scratch);
            let (moved_spans, moved_reading) = model.read_window(&moved, &there, &mut scratch);
            prop_assert_eq!(moved_reading.embedding, reading.embedding);
            let places = |spans: &[Span], offset| -> Vec<_> {
                spans.iter().map(|span| (span.start + offset, span.end + offset, span.tag)).collect()
            };
            prop_assert_eq!(places(&moved_spans, 0), places(&spans, before.len()));
        }
    }
}

proptest! {
    // The plain kernel is slow.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn kernels_read_the_same(text in text()) {
        let scalar = model().with_kernel(Kernel::scalar()).read(&text, &mut Scratch::default());
        for kernel in [Kernel::avx2(), Some(Kernel::best())].into_iter().flatten() {
            prop_assert_eq!(&model().with_kernel(kernel).read(&text, &mut Scratch::default()), &scalar);
        }
    }
}

#[test]
fn rounding_moves_findings_little() {
    let text = "Anna Müller was in Paris. The berg and the sea!";
    let rounded = model().read(text, &mut Scratch::default());
    let exact = model().with_kernel(Kernel::reference()).read(text, &mut Scratch::default());
    let cosine: f32 =
        rounded.windows[0].embedding.iter().zip(exact.windows[0].embedding).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.9999, "{cosine}");
}

#[test]
fn windows_end_at_sentences_where_they_can() {
    let text = "the berg was in paris and the. ".repeat(30);
    let windows = model().windows(&text, &mut Scratch::default());
    assert!(windows.len() > 1);
    for window in &windows {
        assert!(text[window.fresh.clone()].ends_with('.'));
        assert_eq!(window.range.end, window.fresh.end, "nothing is read after a sentence");
    }
    let endless = "the berg ".repeat(200);
    let windows = model().windows(&endless, &mut Scratch::default());
    assert!(windows[0].range.end > windows[0].fresh.end, "a window that ends within a sentence looks ahead");
    assert_eq!(endless[windows[0].range.clone()].split_whitespace().count(), PIECES);
}

#[test]
fn a_window_of_the_caller_that_is_too_long_is_cut() {
    let text = "the berg ".repeat(200);
    let window = Window { range: 0..text.len(), fresh: 0..text.len() };
    let fits = 0.."the berg ".len() * PIECES / 2 - 1;
    let fitting = Window { range: fits.clone(), fresh: fits };
    let [cut, whole] =
        [window, fitting].map(|window| model().read_window(&text, &window, &mut Scratch::default()));
    assert_eq!(cut.1.embedding, whole.1.embedding);
    assert_eq!(cut.0, whole.0);
}

#[test]
fn what_arrives_within_a_word_is_read_from_the_start_of_the_word() {
    let windows = model().windows_from("the annaer was", 9, &mut Scratch::default());
    assert_eq!(windows, [Window { range: 0..14, fresh: 4..14 }]);
}

#[test]
fn an_empty_text_says_nothing() {
    for text in ["", " \n\t", "\0"] {
        assert_eq!(model().read(text, &mut Scratch::default()), Reading::default());
    }
}

/// Kept readings are found by the model's digest: where these bits change, `VERSION` in `model` has to as well.
#[test]
fn every_processor_reads_these_bits() {
    let reading = model().read(&"Anna Müller was in Paris. The berg! ".repeat(9), &mut Scratch::default());
    let mut hash = Sha256::new();
    for window in &reading.windows {
        let numbers = window.classes.iter().chain([&window.injection]).chain(&window.embedding);
        numbers.for_each(|x| hash.update(x.to_bits().to_le_bytes()));
    }
    reading.spans.iter().for_each(|span| hash.update(span.confidence.to_bits().to_le_bytes()));
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "3ad1c20e4fe2df540789eb0c6f7a77c7e6fb37e3c76937ae1686188ad1898795");
}

#[test]
fn digests_differ_by_weights_and_vocabulary() {
    let vocab = vocab();
    let digest = |seed, vocab: &str| {
        let bytes = Writer::new(SMALL, vocab.lines().count(), seed).bytes();
        *Model::load(&bytes, vocab).unwrap().digest()
    };
    assert_eq!(digest(1, &vocab), digest(1, &vocab));
    assert_ne!(digest(1, &vocab), digest(2, &vocab));
    assert_ne!(
        digest(1, &vocab),
        digest(1, &vocab.replace("anna\n", "anne\n").replace("##anna\n", "##anne\n"))
    );
}
