//! What becomes of words, marks and letters of several scripts, and that each piece leads back to its bytes.

#![expect(clippy::string_slice, reason = "a test fails by panicking")]

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::*;

const PIECES: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nn\n##a\n##b\n##n\nplay\nplayin\n##ing\n##g\nmuller\nanna\n\
    berg\n##berg\n##er\nstraße\nσ\n##σ\n山\n川\n.\n,\n'\n-\n$\n`\n«\n»\n…\n\u{1112}\n##\u{1161}\n##\u{11ab}\n2\n##2\ni\n";

fn tokenizer() -> Tokenizer {
    Tokenizer::new(PIECES, PIECES.lines().count()).unwrap()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    tokenizer().tokenize(text, &mut Word::default(), &mut tokens);
    tokens
}

fn name(token: &Token) -> &'static str {
    PIECES.lines().nth(token.id as usize).unwrap()
}

/// The pieces, a space before each.
fn pieces(text: &str) -> String {
    tokens(text).iter().map(|token| format!(" {}", name(token))).collect()
}

/// What stands in the text where each piece came from.
fn sources(text: &str) -> Vec<&str> {
    tokens(text).iter().map(|token| &text[token.start..token.end]).collect()
}

fn shapes(text: &str) -> Vec<Shape> {
    tokens(text).iter().map(|token| token.shape).collect()
}

#[test]
fn words_are_cut_into_the_longest_pieces() {
    assert_eq!(pieces("play Playing annaberg"), " play playin ##g anna ##berg");
    assert_eq!(pieces("bergberger"), " berg ##berg ##er");
    assert_eq!(tokens("playing")[1], Token { id: 13, start: 6, end: 7, first: false, shape: Shape::Lower });
}

#[test]
fn a_word_with_an_unknown_part_is_unknown_as_a_whole() {
    assert_eq!(pieces("annaq qanna anna"), " [UNK] [UNK] anna");
    assert_eq!(sources("annaq qanna anna"), ["annaq", "qanna", "anna"]);
    assert!(tokens("annaq")[0].first);
}

#[test]
fn words_of_more_than_a_hundred_characters_are_unknown() {
    assert_eq!(tokens(&"a".repeat(100)).len(), 100);
    let long = tokens(&("ä".repeat(101) + " a"));
    assert_eq!((long[0].id, long[0].start, long[0].end), (1, 0, 202));
    assert_eq!((name(&long[1]), long.len()), ("a", 2));
}

#[test]
fn punctuation_stands_alone() {
    assert_eq!(pieces("a-b'n,a.$`"), " a - b ' n , a . $ `");
    assert_eq!(pieces("«anna»…"), " « anna » …");
    assert_eq!(sources("«anna»…"), ["«", "anna", "»", "…"]);
    // A Greek accent that is an ASCII mark once decomposed.
    assert_eq!(pieces("a\u{1fef}b"), " a ` b");
}

#[test]
fn chinese_characters_stand_alone() {
    assert_eq!(pieces("山川a山"), " 山 川 a 山");
    assert_eq!(sources("山川a山"), ["山", "川", "a", "山"]);
    assert!(tokens("山川a山").iter().all(|token| token.first));
}

#[test]
fn accents_and_case_are_lost() {
    for text in ["Müller", "mu\u{308}ller", "MÜLLER", "mùllẽr"] {
        assert_eq!(pieces(text), " muller", "{text}");
        assert_eq!(sources(text), [text]);
    }
    assert_eq!(pieces("Straße İ ΣΣ"), " straße i σ ##σ");
}

#[test]
fn a_syllable_of_several_letters_is_the_place_of_each() {
    assert_eq!(pieces("한"), " \u{1112} ##\u{1161} ##\u{11ab}");
    assert_eq!(sources("한"), ["한", "한", "한"]);
}

#[test]
fn what_leaves_no_trace_belongs_to_the_letter_before() {
    for between in ["\u{200b}", "\u{ad}", "\0", "\u{b}", "\u{fffd}", "\u{202e}\u{200d}"] {
        let text = format!("An{between}na{between} b");
        assert_eq!(pieces(&text), " anna b", "{text:?}");
        assert_eq!(sources(&text), [&text[..text.len() - 2], "b"]);
    }
    assert_eq!(pieces("\u{200b}\u{301}"), "");
}

#[test]
fn white_space_parts_words() {
    for space in ["\t", "\n", "\r\n", "\u{a0}", "\u{3000}", "\u{2028}", "\u{2009}"] {
        assert_eq!(sources(&format!("anna{space}berg")), ["anna", "berg"], "{space:?}");
    }
}

#[test]
fn shapes_are_those_of_whole_words() {
    use Shape::{First, Lower, Upper};
    assert_eq!(shapes("anna Anna ANNA aNNA"), [Lower, First, Upper, Lower]);
    assert_eq!(shapes("A 2 2B 2BA"), [First, Lower, First, First, Upper, Upper, Upper]);
    assert_eq!(shapes("ÄB É éB"), [Upper, Upper, First, Lower]);
    assert_eq!(shapes("Playing PLAYING"), [First, First, Upper, Upper]);
    assert_eq!(shapes("Q, QQ"), [First, Lower, Upper]);
    assert_eq!(shapes("山"), [Lower]);
}

#[test]
fn a_bad_vocabulary_is_an_error() {
    let error = |vocab: &str, expected| Tokenizer::new(vocab, expected).unwrap_err().to_string();
    assert!(error("[UNK]\n[CLS]\n[SEP]\na", 5).contains("4 pieces where the weights have 5"));
    assert!(error("[UNK]\n[CLS]\na", 3).contains("[SEP]"));
    assert!(error("[UNK]\n[CLS]\n[SEP]\n\na", 5).contains("empty piece at line 4"));
    assert!(error("[UNK]\n[CLS]\n[SEP]\na\na", 5).contains("`a` twice"));
    assert!(Tokenizer::new("[UNK]\n[CLS]\n[SEP]\na\n##a\n##", 6).is_ok());
}

/// Characters of all kinds that matter here, and any other but musical signs, whose order is left as it is.
fn character() -> impl Strategy<Value = char> {
    let known: Vec<char> =
        "aabbnnABNplayingmullerannaberg22 \n\t.,'-$`«»…山川ßσΣäÄéİ한\u{301}\u{200b}\u{0}\u{a0}\u{fffd}"
            .chars()
            .collect();
    let others = any::<char>().prop_filter("musical", |c| !('\u{1d100}'..'\u{1d200}').contains(c));
    prop_oneof![9 => proptest::sample::select(known), 1 => others]
}

fn text() -> impl Strategy<Value = String> {
    vec(character(), 0..80).prop_map(|characters| characters.into_iter().collect())
}

/// The same pieces the long way: the whole text normalised, then parted, then cut.
fn simple(text: &str) -> Vec<String> {
    let kept = text.chars().filter(|c| {
        let other = c.general_category_group() == GeneralCategoryGroup::Other;
        "\t\n\r".contains(*c) || !other && *c != char::REPLACEMENT_CHARACTER
    });
    let spaced: String = kept.flat_map(|c| if is_chinese(c) { vec![' ', c, ' '] } else { vec![c] }).collect();
    let bare = spaced.nfd().filter(|c| c.general_category() != GeneralCategory::NonspacingMark);
    let lower = bare.flat_map(char::to_lowercase);
    let marked: String = lower.flat_map(|c| if is_mark(c) { vec![' ', c, ' '] } else { vec![c] }).collect();
    let ids: HashMap<&str, usize> = PIECES.lines().enumerate().map(|(at, piece)| (piece, at)).collect();
    marked.split_whitespace().flat_map(|word| simple_pieces(word, &ids)).collect()
}

fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation() || c.general_category_group() == GeneralCategoryGroup::Punctuation
}

fn simple_pieces(word: &str, ids: &HashMap<&str, usize>) -> Vec<String> {
    let (mut pieces, mut rest) = (Vec::new(), word);
    while !rest.is_empty() && word.chars().count() <= 100 {
        let mark = if pieces.is_empty() { "" } else { "##" };
        let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
        let Some(end) = ends.into_iter().find(|end| ids.contains_key(&*format!("{mark}{}", &rest[..*end])))
        else {
            break;
        };
        pieces.push(format!("{mark}{}", &rest[..end]));
        rest = &rest[end..];
    }
    if rest.is_empty() { pieces } else { vec!["[UNK]".into()] }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces_are_those_of_the_long_way(text in text()) {
        let names: Vec<String> = tokens(&text).iter().map(|token| name(token).to_owned()).collect();
        prop_assert_eq!(names, simple(&text));
    }

    #[test]
    fn places_are_in_order_and_on_characters(text in text()) {
        let tokens = tokens(&text);
        prop_assert!(tokens.first().is_none_or(|token| token.first));
        for token in &tokens {
            prop_assert!(text.get(token.start..token.end).is_some_and(|source| !source.is_empty()), "{:?}", token);
        }
        for pair in tokens.windows(2) {
            // Letters that one character is made of share its place.
            let shared = (pair[0].start, pair[0].end) == (pair[1].start, pair[1].end);
            let (inside, apart) = (pair[0].start <= pair[1].start, pair[0].end <= pair[1].start);
            prop_assert!(apart || shared || inside && !pair[1].first, "{:?}", pair);
        }
    }

    #[test]
    fn texts_beside_each_other_do_not_touch(before in text(), after in text()) {
        let mut expected = tokens(&before);
        let offset = before.len() + 1;
        expected.extend(tokens(&after).iter().map(|token| Token { start: token.start + offset, end: token.end + offset, ..*token }));
        prop_assert_eq!(tokens(&format!("{before} {after}")), expected);
    }
}
