//! National and tax identifiers of the Americas, the United States apart.

use super::checksum::{eleven_minus, luhn};
use super::digits::{Digits, all_same, base_36, digits, is_date, number, symbols, values, weighted};
use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("ca_sin", |c| of(ca_sin(c.compact))),
    ("br_cpf", |c| of(br_cpf(c.compact))),
    ("br_cnpj", |c| of(br_cnpj(c.compact))),
    ("mx_curp", |c| of(mx_curp(c.compact))),
    ("mx_rfc", |c| of(mx_rfc(c.compact))),
    ("ar_cuit", |c| of(ar_cuit(c.compact))),
    ("cl_rut", |c| of(cl_rut(c.compact))),
    ("co_nit", |c| of(co_nit(c.compact))),
    ("ec_ci", |c| of(ec_ci(c.compact))),
    ("pe_ruc", |c| of(pe_ruc(c.compact))),
    ("uy_ci", |c| of(uy_ci(c.compact))),
    ("do_cedula", |c| of(do_cedula(c.compact))),
];

/// Social Insurance Number: Luhn, not beginning with 0 or 8.
fn ca_sin(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| !matches!(d[0], 0 | 8) && !all_same(&d) && luhn(&d))
}

/// Cadastro de Pessoas Físicas: two check digits modulo 11, ten being written 0.
fn br_cpf(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let first = eleven_minus(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
        let second = eleven_minus(&d[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]).unwrap_or(0);
        !all_same(&d) && first == d[9] && second == d[10]
    })
}

/// Cadastro Nacional da Pessoa Jurídica, with letters as the federal revenue allows since 2026.
fn br_cnpj(compact: &str) -> bool {
    let Some(bytes) = symbols::<14>(compact) else { return false };
    let Some(check) = values::<2>(&bytes[12..]) else { return false };
    let body: Vec<u8> = bytes.iter().map(|byte| byte.wrapping_sub(b'0')).collect();
    let weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let over = |length: usize| {
        let head = body.get(..length).unwrap_or_default();
        eleven_minus(head, weights.get(13 - length..).unwrap_or_default()).unwrap_or(0)
    };
    bytes.iter().all(u8::is_ascii_alphanumeric)
        && !all_same(&bytes)
        && over(12) == check[0]
        && over(13) == check[1]
}

/// Clave Única de Registro de Población: name letters, date, sex, state, consonants, check digit.
fn mx_curp(compact: &str) -> bool {
    let Some(curp) = symbols::<18>(compact) else { return false };
    let Some(date) = values::<6>(&curp[4..10]) else { return false };
    // The official alphabet has Ñ after N, so that letters from O on count one more.
    let value = |byte: u8| base_36(byte).map(|value| if value > 23 { value + 1 } else { value });
    let sum: Option<u32> =
        curp[..17].iter().zip((2..19).rev()).map(|(b, weight)| Some(value(*b)? * weight)).sum();
    let lettered =
        curp[..4].iter().chain(&curp[10..16]).all(u8::is_ascii_uppercase) && b"HMX".contains(&curp[10]);
    let born = is_date(number(&date[..2]), number(&date[2..4]), number(&date[4..]));
    lettered && born && sum.map(|sum| (10 - sum % 10) % 10) == base_36(curp[17])
}

/// Registro Federal de Contribuyentes of a person (13) or company (12): date and check digit modulo 11.
fn mx_rfc(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let Some(start) = bytes.len().checked_sub(9).filter(|start| matches!(start, 3 | 4)) else { return false };
    let (letters, rest) = bytes.split_at(start);
    let Some(date) = rest.get(..6).and_then(values::<6>) else { return false };
    let Some((check, body)) = bytes.split_last() else { return false };
    let padding = if start == 3 { 37 * 13 } else { 0 };
    let value = |byte: u8| base_36(byte).map(|value| if value > 23 { value + 1 } else { value });
    let weights = (2..=u32::try_from(bytes.len()).unwrap_or(0)).rev();
    let sum: Option<u32> = body.iter().zip(weights).map(|(b, weight)| Some(value(*b)? * weight)).sum();
    let expected = sum.map(|sum| (11 - (sum + padding) % 11) % 11);
    let given = if *check == b'A' { Some(10) } else { base_36(*check).filter(|digit| *digit < 10) };
    let born = is_date(number(&date[..2]), number(&date[2..4]), number(&date[4..]));
    letters.iter().all(u8::is_ascii_uppercase) && born && expected.is_some() && expected == given
}

/// CUIT and CUIL of Argentina: type, number, modulus 11.
fn ar_cuit(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let kind = matches!(number(&d[..2]), 20 | 23..=27 | 30 | 33 | 34 | 50 | 51 | 55);
        kind && eleven_minus(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == Some(d[10])
    })
}

/// Rol Único Tributario: weights 2 to 7 from the right, K for ten.
fn cl_rut(compact: &str) -> bool {
    let Some((check, body)) = compact.as_bytes().split_last() else { return false };
    let Some(d) = std::str::from_utf8(body).ok().and_then(Digits::of) else { return false };
    let places = d.as_slice().iter().rev().zip((2..8).cycle());
    let sum: u32 = places.map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let expected = match (11 - sum % 11) % 11 {
        10 => Some(20),
        other => Some(other),
    };
    matches!(d.as_slice().len(), 7 | 8) && !all_same(d.as_slice()) && expected == base_36(*check)
}

/// NIT of Colombia: prime weights modulo 11.
fn co_nit(compact: &str) -> bool {
    let Some(d) = Digits::of(compact).filter(|d| matches!(d.as_slice().len(), 9..=11)) else { return false };
    let Some((check, body)) = d.as_slice().split_last() else { return false };
    let primes = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43];
    let sum: u32 = body.iter().rev().zip(primes).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let rest = sum % 11;
    let expected = if rest > 1 { 11 - rest } else { rest };
    !all_same(d.as_slice()) && expected == u32::from(*check)
}

/// Cédula of Ecuador: province, third digit below six, Luhn.
fn ec_ci(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| matches!(number(&d[..2]), 1..=24 | 30) && d[2] < 6 && luhn(&d))
}

/// RUC of Peru.
fn pe_ruc(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| {
        let check = (11 - weighted(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 10;
        matches!(number(&d[..2]), 10 | 15 | 16 | 17 | 20) && check == u32::from(d[10])
    })
}

/// Cédula of Uruguay.
fn uy_ci(compact: &str) -> bool {
    digits::<8>(compact).is_some_and(|d| {
        let sum = weighted(&d[..7], &[2, 9, 8, 7, 6, 3, 4]);
        !all_same(&d) && (10 - sum % 10) % 10 == u32::from(d[7])
    })
}

/// Cédula of the Dominican Republic: Luhn.
fn do_cedula(compact: &str) -> bool {
    digits::<11>(compact).is_some_and(|d| !all_same(&d) && luhn(&d))
}

#[cfg(test)]
#[path = "americas_tests.rs"]
mod tests;
