//! National and tax identifiers of Asia, Oceania, the Gulf and Africa.

use super::checksum::{eleven_minus, luhn, verhoeff};
use super::digits::{all_same, base_36, digits, is_date, is_yymmdd, number, symbols, values, weighted};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("in_aadhaar", |c| of(in_aadhaar(c.compact))),
    ("in_gstin", |c| of(in_gstin(c.compact))),
    ("au_tfn", |c| of(au_tfn(c.compact))),
    ("au_abn", |c| of(au_abn(c.compact))),
    ("nz_ird", |c| of(nz_ird(c.compact))),
    ("sg_nric", |c| of(sg_nric(c.compact))),
    ("hk_id", |c| of(hk_id(c.compact))),
    ("cn_resident", |c| of(cn_resident(c.compact))),
    ("tw_id", |c| of(tw_id(c.compact))),
    ("kr_rrn", |c| kr_rrn(c.compact)),
    ("jp_my_number", |c| of(jp_my_number(c.compact))),
    ("my_nric", |c| of(my_nric(c.compact))),
    ("th_pin", |c| of(th_pin(c.compact))),
    ("id_nik", |c| of(id_nik(c.compact))),
    ("ae_emirates", |c| of(ae_emirates(c.compact))),
    ("sa_id", |c| of(sa_id(c.compact))),
    ("eg_national", |c| of(eg_national(c.compact))),
    ("za_id", |c| of(za_id(c.compact))),
];

/// Aadhaar: not beginning with 0 or 1, Verhoeff.
fn in_aadhaar(compact: &str) -> bool {
    digits::<12>(compact).is_some_and(|d| d[0] > 1 && !all_same(&d) && verhoeff(&d))
}

/// GSTIN: state, PAN, entity, Z, check symbol in base 36.
fn in_gstin(compact: &str) -> bool {
    let Some(gstin) = symbols::<15>(compact) else { return false };
    let sum: Option<u32> = gstin[..14]
        .iter()
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, weight)| base_36(*byte).map(|value| value * weight / 36 + value * weight % 36))
        .sum();
    let state = values::<2>(&gstin[..2]).is_some_and(|d| matches!(number(&d), 1..=38 | 97 | 99));
    state
        && gstin[2..7].iter().all(u8::is_ascii_uppercase)
        && sum.map(|s| (36 - s % 36) % 36) == base_36(gstin[14])
}

/// Tax File Number of nine digits.
fn au_tfn(compact: &str) -> bool {
    digits::<9>(compact)
        .is_some_and(|d| !all_same(&d) && weighted(&d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11))
}

/// Australian Business Number: one taken from the first digit, modulus 89.
fn au_abn(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let sum = weighted(&d, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
        d[0] > 0 && (sum - 10).is_multiple_of(89)
    })
}

/// Inland Revenue number of New Zealand, eight or nine digits: a second set of weights where the first gives ten.
fn nz_ird(compact: &str) -> bool {
    let padded = if compact.len() == 8 { format!("0{compact}") } else { compact.to_owned() };
    digits::<9>(&padded).is_some_and(|d| {
        let issued = (10_000_000..150_000_000).contains(&number(&d));
        let first = eleven_minus(&d[..8], &[3, 2, 7, 6, 5, 4, 3, 2]);
        let check = first.or_else(|| eleven_minus(&d[..8], &[7, 4, 3, 2, 5, 2, 7, 6]));
        issued && !all_same(&d[1..]) && check == Some(d[8])
    })
}

/// NRIC and FIN of Singapore: each first letter has its offset and its row of check letters.
fn sg_nric(compact: &str) -> bool {
    let Some(nric) = symbols::<9>(compact) else { return false };
    let Some(d) = values::<7>(&nric[1..8]) else { return false };
    let (offset, row) = match nric[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"KLJNPQRTUWX"),
        _ => return false,
    };
    let rest = (weighted(&d, &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
    let place = if nric[0] == b'M' { 10 - rest } else { rest };
    row.iter().zip(0..).any(|(check, at)| at == place && *check == nric[8])
}

/// Hong Kong identity card: one or two letters, six digits, modulus 11 with A for ten.
fn hk_id(compact: &str) -> bool {
    let padded = if compact.len() == 8 { format!(" {compact}") } else { compact.to_owned() };
    let Some(card) = symbols::<9>(&padded) else { return false };
    let value = |byte: u8| if byte == b' ' { Some(36) } else { base_36(byte) };
    let sum: Option<u32> = card.iter().zip((1..10).rev()).map(|(b, weight)| Some(value(*b)? * weight)).sum();
    let layout =
        card[1].is_ascii_uppercase() && values::<6>(&card[2..8]).is_some() && !card[0].is_ascii_digit();
    layout && (card[8].is_ascii_digit() || card[8] == b'A') && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

/// Resident identity number of China: region, date of birth, order, ISO 7064 MOD 11-2.
fn cn_resident(compact: &str) -> bool {
    let Some(bytes) = symbols::<18>(compact) else { return false };
    let Some(d) = values::<17>(&bytes[..17]) else { return false };
    let rest = weighted(&d, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    let check = b"10X98765432".iter().zip(0..).any(|(symbol, place)| place == rest && *symbol == bytes[17]);
    let year = number(&d[6..10]);
    let born = (1850..2100).contains(&year) && is_date(year, number(&d[10..12]), number(&d[12..14]));
    matches!(number(&d[..2]), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
        && born
        && check
}

/// Identity number of Taiwan, of citizens (1, 2) and residents (8, 9).
fn tw_id(compact: &str) -> bool {
    let Some(id) = symbols::<10>(compact) else { return false };
    let Some(d) = values::<9>(&id[1..]) else { return false };
    let order = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some((_, region)) = order.iter().zip(10_u32..).find(|(known, _)| **known == id[0]) else {
        return false;
    };
    let sum = region / 10 + region % 10 * 9 + weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(d[0], 1 | 2 | 8 | 9) && sum.is_multiple_of(10)
}

/// Resident registration number of Korea: date and sex; numbers given out since October 2020 have no check digit.
fn kr_rrn(compact: &str) -> Verdict {
    let Some(d) = digits::<13>(compact) else { return Verdict::Invalid };
    let [a, b, c, e, f, g, ..] = d;
    if !is_yymmdd(&[a, b, c, e, f, g]) || d[6] > 9 {
        return Verdict::Invalid;
    }
    let sum = weighted(&d[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    if (11 - sum % 11) % 10 == u32::from(d[12]) { Verdict::Proven } else { Verdict::Plausible }
}

/// Individual number (My Number) of Japan.
fn jp_my_number(compact: &str) -> bool {
    digits::<12>(compact).is_some_and(|d| {
        let rest = weighted(&d[..11], &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
        let check = if rest < 2 { 0 } else { 11 - rest };
        !all_same(&d) && check == u32::from(d[11])
    })
}

/// MyKad of Malaysia: date and a place of birth that exists; no check digit.
fn my_nric(compact: &str) -> bool {
    digits::<12>(compact).is_some_and(|d| {
        let [a, b, c, e, f, g, ..] = d;
        let place = matches!(number(&d[6..8]), 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99);
        is_yymmdd(&[a, b, c, e, f, g]) && place
    })
}

/// Identity number of Thailand.
fn th_pin(compact: &str) -> bool {
    digits::<13>(compact).is_some_and(|d| {
        let sum = weighted(&d[..12], &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
        (1..9).contains(&d[0]) && !all_same(&d) && (11 - sum % 11) % 10 == u32::from(d[12])
    })
}

/// NIK of Indonesia: province, date (women: day plus 40), order; no check digit.
fn id_nik(compact: &str) -> bool {
    digits::<16>(compact).is_some_and(|d| {
        let day = number(&d[6..8]);
        let day = if day > 40 { day - 40 } else { day };
        let province =
            matches!(number(&d[..2]), 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97);
        province && is_date(number(&d[10..12]), number(&d[8..10]), day) && number(&d[12..]) > 0
    })
}

/// Emirates ID: country prefix 784, year of birth, Luhn.
fn ae_emirates(compact: &str) -> bool {
    digits::<15>(compact)
        .is_some_and(|d| number(&d[..3]) == 784 && (1900..2100).contains(&number(&d[3..7])) && luhn(&d))
}

/// National identity (1) and Iqama (2) of Saudi Arabia: Luhn.
fn sa_id(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| matches!(d[0], 1 | 2) && !all_same(&d) && luhn(&d))
}

/// National number of Egypt: century, date, governorate.
fn eg_national(compact: &str) -> bool {
    digits::<14>(compact).is_some_and(|d| {
        let born = is_date(number(&d[1..3]), number(&d[3..5]), number(&d[5..7]));
        let place = matches!(number(&d[7..9]), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88);
        matches!(d[0], 2 | 3) && born && place
    })
}

/// Identity number of South Africa: date, sex, citizenship, Luhn.
fn za_id(compact: &str) -> bool {
    digits::<13>(compact).is_some_and(|d| {
        let [a, b, c, e, f, g, ..] = d;
        is_yymmdd(&[a, b, c, e, f, g]) && d[10] < 3 && luhn(&d)
    })
}

#[cfg(test)]
#[path = "asia_pacific_tests.rs"]
mod tests;
