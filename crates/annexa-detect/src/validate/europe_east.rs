//! National and tax identifiers of central and eastern Europe, Turkey and Israel.

use super::checksum::{eleven_minus, luhn, mod_11_10};
use super::digits::{all_same, base_36, digits, is_date, number, symbols, values, weighted};
use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("pl_pesel", |c| of(pl_pesel(c.compact))),
    ("pl_nip", |c| of(pl_nip(c.compact))),
    ("pl_identity_card", |c| of(pl_identity_card(c.compact))),
    ("cz_birth_number", |c| of(cz_birth_number(c.compact))),
    ("ro_cnp", |c| of(ro_cnp(c.compact))),
    ("bg_egn", |c| of(bg_egn(c.compact))),
    ("hr_oib", |c| of(hr_oib(c.compact))),
    ("hu_taj", |c| of(hu_taj(c.compact))),
    ("hu_tax", |c| of(hu_tax(c.compact))),
    ("jmbg", |c| of(jmbg(c.compact))),
    ("tr_tckn", |c| of(tr_tckn(c.compact))),
    ("ru_inn", |c| of(ru_inn(c.compact))),
    ("ru_snils", |c| of(ru_snils(c.compact))),
    ("ua_tax", |c| of(ua_tax(c.compact))),
    ("kz_iin", |c| of(kz_iin(c.compact))),
    ("il_id", |c| of(il_id(c.compact))),
];

/// PESEL: date (the month carries the century), order, weights 1, 3, 7, 9.
fn pl_pesel(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let born = is_date(number(&d[..2]), number(&d[2..4]) % 20, number(&d[4..6]));
        born && weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
    })
}

/// NIP, the tax number.
fn pl_nip(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        d[0] > 0 && !all_same(&d) && weighted(&d[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == u32::from(d[9])
    })
}

/// Dowód osobisty: three letters and six digits, the first of them the check digit.
fn pl_identity_card(compact: &str) -> bool {
    let Some(card) = symbols::<9>(compact) else { return false };
    let sum: Option<u32> =
        card.iter().zip([7, 3, 1, 9, 7, 3, 1, 7, 3]).map(|(b, w)| Some(base_36(*b)? * w)).sum();
    let layout = card[..3].iter().all(u8::is_ascii_uppercase) && values::<6>(&card[3..]).is_some();
    layout && sum.is_some_and(|sum| sum.is_multiple_of(10))
}

/// Rodné číslo of Czechia and Slovakia: date (women: month plus 50), divisible by eleven.
fn cz_birth_number(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let month = number(&d[2..4]) % 50;
        let month = if month > 20 { month - 20 } else { month };
        let exact = number(&d).is_multiple_of(11);
        let old = number(&d[..9]) % 11 == 10 && d[9] == 0;
        is_date(number(&d[..2]), month, number(&d[4..6])) && (exact || old)
    })
}

/// Cod numeric personal: sex and century, date, county, order, check digit.
fn ro_cnp(compact: &str) -> bool {
    digits::<13>(compact).is_some_and(|d| {
        let rest = weighted(&d[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
        let check = if rest == 10 { 1 } else { rest };
        let county = matches!(number(&d[7..9]), 1..=48 | 51 | 52 | 70 | 80..=83);
        let born = is_date(number(&d[1..3]), number(&d[3..5]), number(&d[5..7]));
        d[0] > 0 && born && county && check == u32::from(d[12])
    })
}

/// Единен граждански номер: date (month plus 20 or 40 for the century), order, check digit.
fn bg_egn(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let born = is_date(number(&d[..2]), number(&d[2..4]) % 20, number(&d[4..6]));
        born && weighted(&d[..9], &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == u32::from(d[9])
    })
}

/// Osobni identifikacijski broj.
fn hr_oib(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| !all_same(&d) && mod_11_10(&d))
}

/// TAJ number of Hungary's health insurance: weights 3 and 7.
fn hu_taj(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        !all_same(&d) && weighted(&d[..8], &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == u32::from(d[8])
    })
}

/// Adóazonosító jel: begins with 8, weights 1 to 9 modulo 11.
fn hu_tax(compact: &str) -> bool {
    digits::<10>(compact)
        .is_some_and(|d| d[0] == 8 && weighted(&d[..9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == u32::from(d[9]))
}

/// JMBG of the successor states of Yugoslavia, EMŠO of Slovenia: date with three digits of the year, region, order.
fn jmbg(compact: &str) -> bool {
    digits::<13>(compact).is_some_and(|d| {
        let year = number(&d[4..7]);
        let year = if year > 800 { 1000 + year } else { 2000 + year };
        let born = is_date(year, number(&d[2..4]), number(&d[..2])) && year < 2100;
        born && eleven_minus(&d[..12], &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == Some(d[12])
    })
}

/// T.C. kimlik numarası: two check digits.
fn tr_tckn(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let odd = weighted(&d[..9], &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
        let even = weighted(&d[..8], &[0, 1, 0, 1, 0, 1, 0, 1]);
        let tenth = (odd * 7 + 90 - even) % 10;
        d[0] > 0 && tenth == u32::from(d[9]) && (odd + even + tenth) % 10 == u32::from(d[10])
    })
}

/// ИНН of persons (twelve digits) and companies (ten).
fn ru_inn(compact: &str) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let check = |body: &[u8], weights: &[u32]| weighted(body, weights) % 11 % 10;
    let company = digits::<10>(compact)
        .is_some_and(|d| !all_same(&d) && check(&d[..9], &WEIGHTS[2..]) == u32::from(d[9]));
    let person = digits::<12>(compact).is_some_and(|d| {
        let first = check(&d[..10], &WEIGHTS[1..]) == u32::from(d[10]);
        first && !all_same(&d) && check(&d[..11], &WEIGHTS) == u32::from(d[11])
    });
    company || person
}

/// СНИЛС: weights 9 to 1 modulo 101.
fn ru_snils(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let sum = weighted(&d[..9], &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
        !all_same(&d) && u64::from(sum % 101 % 100) == number(&d[9..])
    })
}

/// РНОКПП of Ukraine: days since 1900, order, check digit.
fn ua_tax(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        let sum = weighted(&d[..9], &[10, 5, 7, 9, 4, 6, 10, 5, 7]);
        !all_same(&d) && sum % 11 % 10 == u32::from(d[9])
    })
}

/// ЖСН / ИИН of Kazakhstan: date, century and sex, two rounds of modulus 11.
fn kz_iin(compact: &str) -> bool {
    digits::<12>(compact).is_some_and(|d| {
        let born = is_date(number(&d[..2]), number(&d[2..4]), number(&d[4..6])) && matches!(d[6], 0..=6);
        let first = weighted(&d[..11], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
        let second = weighted(&d[..11], &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
        let check = if first < 10 { first } else { second };
        born && check == u32::from(d[11])
    })
}

/// Teudat zehut: nine digits with leading zeros, Luhn.
fn il_id(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| !all_same(&d) && luhn(&d))
}

#[cfg(test)]
#[path = "europe_east_tests.rs"]
mod tests;
