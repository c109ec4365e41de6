//! Plain characters for look-alikes: full-width and styled forms, foreign digits, homoglyphs in mixed words;
//! invisible characters dropped. Plain ASCII, and text with accents alone, is not copied.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;

use crate::offsets::{Offsets, Rewriter};

/// The text folded, or nothing if it is plain already.
pub(crate) fn fold(text: &str) -> Option<(String, Offsets)> {
    if text.is_ascii() || !text.chars().any(changes) {
        return None;
    }
    let mut rewriter = Rewriter::new(text);
    let mut before: Option<(usize, char)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if c.is_ascii() || !changes(c) {
            before = Some((at, c));
            continue;
        }
        match plain(text, at, c) {
            Plain::Same => before = Some((at, c)),
            Plain::Gone => rewriter.replace(at, end, ""),
            Plain::Char(p) => {
                rewriter.replace(at, end, p.encode_utf8(&mut [0; 4]));
                before = None;
            }
            Plain::Compatible => {
                rewriter.replace(at, end, &std::iter::once(c).nfkc().collect::<String>());
                before = None;
            }
            Plain::Mark => {
                let base = before.take().filter(|(_, b)| b.is_alphabetic());
                match base.and_then(|(from, b)| compose(b, c).map(|whole| (from, whole))) {
                    Some((from, whole)) => rewriter.replace(from, end, whole.encode_utf8(&mut [0; 4])),
                    None => rewriter.replace(at, end, ""),
                }
            }
            Plain::Hidden(first) => {
                let (end, said) = hidden(text, at, first);
                rewriter.replace(at, end, &said);
                while chars.peek().is_some_and(|(next, _)| *next < end) {
                    chars.next();
                }
            }
        }
    }
    rewriter.finish()
}

enum Plain {
    Same,
    Gone,
    Mark,
    Compatible,
    Char(char),
    Hidden(char),
}

/// Quick test: may this character have to change?
fn changes(c: char) -> bool {
    match u32::from(c) {
        0..=0x9F => false,
        0xA0..=0xBF => matches!(c, '\u{A0}' | '\u{AD}' | '²' | '³' | '¹' | 'ª' | 'º'),
        0xC0..=0x2AF => matches!(c, 'ı' | 'ɑ' | 'ɡ'),
        0x300..=0x58F => true,
        0x590..=0x1FFF => {
            foreign_digit(c).is_some() || invisible(c) || (0x13A0..=0x13F5).contains(&u32::from(c))
        }
        0x2000..=0x2027 => {
            !matches!(c, '‘' | '’' | '“' | '”' | '„' | '…' | '—' | '•' | '‒'..='―') || c == '–' || c == '‒'
        }
        0x2028..=0x20FF => c != '€',
        0x2100..=0x218F | 0x2212 | 0x2215 | 0x2236 | 0x2460..=0x24FF | 0x2776..=0x2793 | 0x2C60..=0x2C7F => {
            true
        }
        0x2190..=0x2FFF => false,
        0x3000 => true,
        0xA640..=0xA69F => true,
        0xFB00..=0xFB06 | 0xFE00..=0xFE0F | 0xFEFF | 0xFE30..=0xFE6F | 0xFF00..=0xFFFF => true,
        0x1D400..=0x1D7FF | 0x1F100..=0x1F1FF | 0x1FBF0..=0x1FBF9 | 0xE0000..=0xE01EF => true,
        _ => false,
    }
}

fn plain(text: &str, at: usize, c: char) -> Plain {
    let code = u32::from(c);
    if (0xE0020..=0xE007E).contains(&code) {
        return char::from_u32(code - 0xE0000).map_or(Plain::Gone, Plain::Hidden);
    }
    if invisible(c) {
        return Plain::Gone;
    }
    if let Some(digit) = foreign_digit(c) {
        return Plain::Char(digit);
    }
    match code {
        0x300..=0x36F | 0x20D0..=0x20F0 => Plain::Mark,
        0x2010..=0x2013 | 0x2212 | 0x2043 => Plain::Char('-'),
        0x2044 | 0x2215 => Plain::Char('/'),
        0x2236 => Plain::Char(':'),
        0x2028 | 0x2029 => Plain::Char('\n'),
        0x370..=0x58F | 0x13A0..=0x13F5 | 0xA640..=0xA69F | 0x131 | 0x251 | 0x261 => {
            look_alike(c).filter(|_| mixed(text, at)).map_or(Plain::Same, Plain::Char)
        }
        0x2776..=0x277E => Plain::Char(char::from_digit(code - 0x2775, 10).unwrap_or('0')),
        0x1F1E6..=0x1F1FF => Plain::Char(char::from_u32(code - 0x1F1E6 + 0x41).unwrap_or(c)),
        _ => Plain::Compatible,
    }
}

fn invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE01EF)
        && !(0xE0020..=0xE007E).contains(&u32::from(c))
}

fn foreign_digit(c: char) -> Option<char> {
    const ZEROS: [u32; 20] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0,
        0xF20, 0x1040, 0x17E0, 0x1810, 0xFF10, 0x1FBF0,
    ];
    let code = u32::from(c);
    let zero = ZEROS.iter().find(|z| (**z..**z + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// Characters of the tags block spell ASCII that no reader sees: a run of them is read, a lone one dropped.
fn hidden(text: &str, at: usize, first: char) -> (usize, String) {
    let mut said = String::from(' ');
    let mut end = at;
    for c in text.get(at..).unwrap_or_default().chars() {
        match u32::from(c) {
            code @ 0xE0020..=0xE007E => said.extend(char::from_u32(code - 0xE0000)),
            0xE0001 | 0xE007F => {}
            _ => break,
        }
        end += c.len_utf8();
    }
    if said.len() <= 4 { (at + first.len_utf8().max(4), String::new()) } else { (end, said) }
}

/// Does the word round this place hold an ASCII letter or digit too? Only then is a look-alike one.
fn mixed(text: &str, at: usize) -> bool {
    let ascii = |c: &char| c.is_ascii_alphanumeric();
    let word = |c: &char| c.is_alphanumeric() || invisible(*c);
    let before =
        text.get(..at).unwrap_or_default().chars().rev().take(40).take_while(word).any(|c| ascii(&c));
    before || text.get(at..).unwrap_or_default().chars().take(40).take_while(word).any(|c| ascii(&c))
}

fn look_alike(c: char) -> Option<char> {
    const FROM: &str = "АВЕЅZІЈКМНОРСТУХаеорсухіјѕԁԛԝһӏвкмнтгЁёӐӑԌԚԜҮүЗзбЬ\
        ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγεικνορτυχωϲϳ\
        ԱՍՕօսոհցյՏաեզ\
        ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃıɑɡԍ";
    const TO: &str = "ABESZIJKMHOPCTYXaeopcyxijsdqwhlBKMHTrEeAaGQWYy336b\
        ABEZHIKMNOPTYXaByeiKvopTuxwcj\
        UUOounhgjSwtq\
        ABCDEGHJKLMPRSTVWZiagG";
    FROM.chars().zip(TO.chars()).find(|(from, _)| *from == c).map(|(_, to)| to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text).map_or_else(|| text.to_owned(), |(t, _)| t)
    }

    #[test]
    fn look_alikes_become_plain() {
        assert_eq!(folded("４１１１ １１１１"), "4111 1111");
        assert_eq!(folded("41\u{200b}11\u{ad}1"), "41111");
        assert_eq!(folded("gһр_x АKІА"), "ghp_x AKIA");
        assert_eq!(folded("𝟜𝟙𝟙𝟙 ①②"), "4111 12");
        assert_eq!(folded("٤١١١"), "4111");
        assert_eq!(folded("12\u{2013}34"), "12-34");
        assert_eq!(folded("4\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}"), "41");
        assert_eq!(folded("jose\u{301}"), "josé");
    }

    #[test]
    fn words_of_other_scripts_stay() {
        for text in ["Мой пароль", "Ο αριθμός", "naïve “quoted” – text…", "日本語のテキスト"]
        {
            let expected = text.replace('–', "-");
            assert_eq!(folded(text), expected);
        }
    }

    #[test]
    fn hidden_text_is_read() {
        let secret: String =
            "key ghp_1".chars().filter_map(|c| char::from_u32(u32::from(c) + 0xE0000)).collect();
        assert_eq!(folded(&format!("hi{secret} you")), "hi key ghp_1 you");
    }

    #[test]
    fn tables_are_of_one_length() {
        assert!(look_alike('А') == Some('A') && look_alike('ԍ') == Some('G') && look_alike('ω') == Some('w'));
    }
}
