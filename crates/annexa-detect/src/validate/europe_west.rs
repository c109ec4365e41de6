//! National and tax identifiers of western and southern Europe.

use super::checksum::{ean, eleven_minus, luhn, mod_11_10, verhoeff};
use super::digits::{
    all_same, base_36, digits, is_date, is_ddmmyy, letter, number, symbols, values, weighted,
};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("uk_nino", |c| of(uk_nino(c.compact))),
    ("uk_utr", |c| of(uk_utr(c.compact))),
    ("ie_pps", |c| of(ie_pps(c.compact))),
    ("de_tax_id", |c| de_tax_id(c.compact)),
    ("de_document", |c| of(de_document(c.compact))),
    ("de_pension", |c| of(de_pension(c.compact))),
    ("fr_nir", |c| of(fr_nir(c.compact))),
    ("fr_spi", |c| of(fr_spi(c.compact))),
    ("es_dni", |c| of(es_dni(c.compact))),
    ("es_cif", |c| of(es_cif(c.compact))),
    ("es_nass", |c| of(es_nass(c.compact))),
    ("it_fiscal_code", |c| of(it_fiscal_code(c.compact))),
    ("it_vat", |c| of(it_vat(c.compact))),
    ("nl_bsn", |c| of(nl_bsn(c.compact))),
    ("be_register", |c| of(be_register(c.compact))),
    ("ch_ahv", |c| of(ch_ahv(c.compact))),
    ("at_svnr", |c| of(at_svnr(c.compact))),
    ("pt_nif", |c| of(pt_nif(c.compact))),
    ("pt_citizen_card", |c| of(pt_citizen_card(c.compact))),
    ("lu_matricule", |c| of(lu_matricule(c.compact))),
    ("gr_afm", |c| of(gr_afm(c.compact))),
    ("gr_amka", |c| of(gr_amka(c.compact))),
];

/// National Insurance number: letters that HMRC gives out, six digits, suffix A to D.
fn uk_nino(compact: &str) -> bool {
    let (number, suffix) = compact.split_at_checked(8).unwrap_or_default();
    let Some(nino) = symbols::<8>(number) else { return false };
    let first = nino[0].is_ascii_uppercase() && !b"DFIQUV".contains(&nino[0]);
    let second = nino[1].is_ascii_uppercase() && !b"DFIOQUV".contains(&nino[1]);
    let withheld = [*b"BG", *b"GB", *b"NK", *b"KN", *b"TN", *b"NT", *b"ZZ"].contains(&[nino[0], nino[1]]);
    first
        && second
        && !withheld
        && values::<6>(&nino[2..]).is_some()
        && ["", "A", "B", "C", "D"].contains(&suffix)
}

/// Unique Taxpayer Reference: the check digit stands first.
fn uk_utr(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let rest = weighted(&d[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
        let check = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
        check.iter().zip(0..).any(|(digit, place)| place == rest && *digit == d[0])
    })
}

/// Personal Public Service number: seven digits, a check letter, since 2013 a second letter.
fn ie_pps(compact: &str) -> bool {
    let (head, second) = compact.split_at_checked(8).unwrap_or_default();
    let Some(pps) = symbols::<8>(head) else { return false };
    let extra = match second.as_bytes() {
        [] | [b'W'] => Some(0),
        [byte @ b'A'..=b'I'] => letter(*byte).map(|place| u32::from(place) + 1),
        _ => None,
    };
    let (Some(d), Some(extra), Some(check)) = (values::<7>(&pps[..7]), extra, letter(pps[7])) else {
        return false;
    };
    (weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) + extra * 9) % 23 == (u32::from(check) + 1) % 23
}

/// Steuerliche Identifikationsnummer: mod 11,10; proven if also exactly one digit of the first ten repeats.
fn de_tax_id(compact: &str) -> Verdict {
    let Some(d) = digits::<11>(compact).filter(|d| d[0] > 0 && !all_same(d) && mod_11_10(d)) else {
        return Verdict::Invalid;
    };
    let counts = (0..10).map(|digit| d[..10].iter().filter(|have| **have == digit).count());
    let repeated: Vec<usize> = counts.filter(|count| *count > 1).collect();
    if matches!(repeated.as_slice(), [2 | 3]) { Verdict::Proven } else { Verdict::Plausible }
}

/// Serial number and check digit of an identity card or passport (ICAO 9303 weights 7, 3, 1).
fn de_document(compact: &str) -> bool {
    let Some(document) = symbols::<10>(compact) else { return false };
    let allowed = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    let weights = [7, 3, 1, 7, 3, 1, 7, 3, 1];
    let sum: Option<u32> = document.iter().zip(weights).map(|(b, weight)| Some(base_36(*b)? * weight)).sum();
    let serial = document[..9].iter().all(allowed) && document[0].is_ascii_uppercase();
    serial && document[9].is_ascii_digit() && sum.map(|sum| sum % 10) == base_36(document[9])
}

/// Rentenversicherungsnummer: area, date of birth, a letter as two digits, serial, check digit.
fn de_pension(compact: &str) -> bool {
    let Some(bytes) = symbols::<12>(compact) else { return false };
    let (Some(head), Some(place), Some(tail)) =
        (values::<8>(&bytes[..8]), letter(bytes[8]), values::<3>(&bytes[9..]))
    else {
        return false;
    };
    let ordinal = place + 1;
    let born = number(&head[2..4]) % 50;
    let all = [&head[..], &[ordinal / 10, ordinal % 10], &tail[..2]].concat();
    let products = all.iter().zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| u32::from(product / 10 + product % 10)).sum();
    is_date(number(&head[6..8]), number(&head[4..6]), born) && sum % 10 == u32::from(tail[2])
}

/// Numéro de sécurité sociale: sex, year, month, department, commune, order and the complement to 97.
fn fr_nir(compact: &str) -> bool {
    let Some(bytes) = symbols::<15>(compact) else { return false };
    let corsica = match [bytes[5], bytes[6]] {
        [b'2', b'A'] => Some(*b"19"),
        [b'2', b'B'] => Some(*b"18"),
        _ => None,
    };
    let mut plain = bytes;
    if let Some([tens, ones]) = corsica {
        plain[5] = tens;
        plain[6] = ones;
    }
    let Some(d) = values::<15>(&plain) else { return false };
    let month = number(&d[3..5]);
    let born = matches!(month, 1..=12 | 20 | 30..=42 | 50..=99);
    born && matches!(d[0], 1..=4 | 7 | 8) && 97 - number(&d[..13]) % 97 == number(&d[13..])
}

/// Numéro fiscal: thirteen digits, the last three the rest by 511.
fn fr_spi(compact: &str) -> bool {
    digits::<13>(compact)
        .is_some_and(|d| d[0] < 4 && !all_same(&d) && number(&d[..10]) % 511 == number(&d[10..]))
}

/// DNI of citizens and NIE (X, Y, Z) of foreigners: the letter is the number modulo 23.
fn es_dni(compact: &str) -> bool {
    let Some(mut bytes) = symbols::<9>(compact) else { return false };
    bytes[0] = match bytes[0] {
        b'X' | b'K' | b'L' | b'M' => b'0',
        b'Y' => b'1',
        b'Z' => b'2',
        other => other,
    };
    let Some(d) = values::<8>(&bytes[..8]) else { return false };
    let table = b"TRWAGMYFPDXBNJZSQVHLCKE";
    table.iter().zip(0..).any(|(letter, rest)| rest == number(&d) % 23 && *letter == bytes[8])
}

/// Tax number of companies: a letter for the legal form, seven digits, a digit or letter as check.
fn es_cif(compact: &str) -> bool {
    let Some(bytes) = symbols::<9>(compact) else { return false };
    let Some(d) = values::<7>(&bytes[1..8]) else { return false };
    let doubled = |digit: u8| u32::from(digit * 2 / 10 + digit * 2 % 10);
    let odd: u32 = d.iter().step_by(2).map(|digit| doubled(*digit)).sum();
    let even: u32 = d.iter().skip(1).step_by(2).map(|digit| u32::from(*digit)).sum();
    let check = (10 - (odd + even) % 10) % 10;
    let as_digit = char::from(bytes[8]).to_digit(10) == Some(check);
    let as_letter = b"JABCDEFGHI".iter().zip(0..).any(|(l, place)| place == check && *l == bytes[8]);
    b"ABCDEFGHJNPQRSUVW".contains(&bytes[0]) && (as_digit || as_letter)
}

/// Número de afiliación a la Seguridad Social: province, number, rest by 97.
fn es_nass(compact: &str) -> bool {
    digits::<12>(compact).is_some_and(|d| {
        let (province, serial) = (number(&d[..2]), number(&d[2..10]));
        let base = if serial < 10_000_000 { province * 10_000_000 + serial } else { number(&d[..10]) };
        matches!(province, 1..=53 | 66) && base % 97 == number(&d[10..])
    })
}

/// Codice fiscale of a person, with the letters that stand for digits where two people would have the same.
fn it_fiscal_code(compact: &str) -> bool {
    let Some(code) = symbols::<16>(compact) else { return false };
    let day = |at: usize| code.get(at).and_then(|byte| omocode(*byte));
    let digits = [6, 7, 9, 10, 12, 13, 14].map(day);
    let (Some(tens), Some(ones)) = (digits[2], digits[3]) else { return false };
    let letters =
        [0, 1, 2, 3, 4, 5, 8, 11, 15].iter().all(|at| code.get(*at).is_some_and(u8::is_ascii_uppercase));
    let odd: Option<u32> = code[..15].iter().step_by(2).map(|byte| odd_value(*byte)).sum();
    let even: Option<u32> = code[..15].iter().skip(1).step_by(2).map(|byte| even_value(*byte)).sum();
    let check = odd.zip(even).map(|(odd, even)| (odd + even) % 26);
    letters
        && digits.iter().all(Option::is_some)
        && b"ABCDEHLMPRST".contains(&code[8])
        && matches!(tens * 10 + ones, 1..=31 | 41..=71)
        && check == letter(code[15]).map(u32::from)
}

/// A digit, or the letter that replaces it.
fn omocode(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        _ => b"LMNPQRSTUV".iter().zip(0..).find(|(l, _)| **l == byte).map(|(_, digit)| digit),
    }
}

fn even_value(byte: u8) -> Option<u32> {
    letter(byte).map(u32::from).or_else(|| base_36(byte))
}

/// Values at odd places; a digit counts as the letter of its place.
fn odd_value(byte: u8) -> Option<u32> {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    ODD.get(usize::try_from(even_value(byte)?).ok()?).copied()
}

/// Partita IVA: Luhn, an office between 001 and 100 or one of the special ones.
fn it_vat(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let office = number(&d[7..10]);
        luhn(&d) && number(&d[..7]) > 0 && matches!(office, 1..=100 | 120 | 121 | 888 | 999)
    })
}

/// Burgerservicenummer: the eleven test.
fn nl_bsn(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let sum = weighted(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
        !all_same(&d) && sum % 11 == u32::from(d[8])
    })
}

/// Rijksregisternummer: date of birth (bis numbers: month plus 20 or 40), order, complement to 97.
fn be_register(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let (base, check) = (number(&d[..9]), number(&d[9..]));
        let (month, day) = (number(&d[2..4]) % 20, number(&d[4..6]));
        let born = month <= 12 && day <= 31 && number(&d[..6]) > 0;
        born && (97 - base % 97 == check || 97 - (base + 2_000_000_000) % 97 == check)
    })
}

/// AHV number: country prefix 756, EAN-13 check digit.
fn ch_ahv(compact: &str) -> bool {
    compact.starts_with("756") && digits::<13>(compact).is_some_and(|d| ean(&d))
}

/// Sozialversicherungsnummer: the check digit stands fourth, a date of birth at the end.
fn at_svnr(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let sum = weighted(&d, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
        let month = number(&d[6..8]);
        d[0] > 0
            && sum % 11 == u32::from(d[3])
            && (1..=15).contains(&month)
            && matches!(number(&d[4..6]), 1..=31)
    })
}

/// Número de Identificação Fiscal: modulus 11, first digits that the tax authority gives out.
fn pt_nif(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let check = eleven_minus(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
        let given = matches!(d[0], 1..=3 | 5 | 6 | 8) || matches!(number(&d[..2]), 45 | 70..=79 | 90..=99);
        given && !all_same(&d) && check == d[8]
    })
}

/// Cartão de Cidadão: eight digits, check digit, two letters, check digit; Luhn in base 36.
fn pt_citizen_card(compact: &str) -> bool {
    let Some(card) = symbols::<12>(compact) else { return false };
    let places = card.iter().rev().enumerate();
    let value = |(at, byte): (usize, &u8)| {
        let value = base_36(*byte)?;
        let doubled = if value * 2 > 9 { value * 2 - 9 } else { value * 2 };
        Some(if at % 2 == 1 { doubled } else { value })
    };
    let sum: Option<u32> = places.map(value).sum();
    let layout = values::<9>(&card[..9]).is_some() && card[11].is_ascii_digit() && letter(card[9]).is_some();
    layout && sum.is_some_and(|sum| sum.is_multiple_of(10))
}

/// Matricule: date of birth, order, a Luhn digit and a Verhoeff digit, both over the first eleven.
fn lu_matricule(compact: &str) -> bool {
    digits::<13>(compact).is_some_and(|d| {
        let born = is_date(number(&d[..4]), number(&d[4..6]), number(&d[6..8])) && number(&d[..4]) > 1850;
        let [body @ .., check, last] = d;
        let second = [&body[..], &[last]].concat();
        born && luhn(&[&body[..], &[check]].concat()) && verhoeff(&second)
    })
}

/// Tax number of Greece: powers of two, modulus 11.
fn gr_afm(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let sum = weighted(&d[..8], &[256, 128, 64, 32, 16, 8, 4, 2]);
        !all_same(&d) && sum % 11 % 10 == u32::from(d[8])
    })
}

/// Social security number of Greece: date of birth, Luhn.
fn gr_amka(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let [a, b, c, e, f, g, ..] = d;
        is_ddmmyy(&[a, b, c, e, f, g]) && luhn(&d)
    })
}

#[cfg(test)]
#[path = "europe_west_tests.rs"]
mod tests;
