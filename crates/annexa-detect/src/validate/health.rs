//! Health identifiers: American provider and beneficiary numbers, and those of other countries' insurers.

use super::checksum::{eleven_minus, luhn};
use super::digits::{Digits, digits, is_date, letter, number, symbols, value, values, weighted};
use super::{Validator, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("npi", |c| of(npi(c.compact))),
    ("dea", |c| of(dea(c.compact))),
    ("mbi", |c| of(mbi(c.compact))),
    ("uk_nhs", |c| of(uk_nhs(c.compact))),
    ("uk_chi", |c| of(uk_chi(c.compact))),
    ("de_kvnr", |c| of(de_kvnr(c.compact))),
    ("au_medicare", |c| of(au_medicare(c.compact))),
    ("nz_nhi", |c| of(nz_nhi(c.compact))),
    ("ca_bc_phn", |c| of(ca_bc_phn(c.compact))),
    ("ca_on_hcn", |c| of(ca_on_hcn(c.compact))),
    ("ca_qc_ramq", |c| of(ca_qc_ramq(c.compact))),
    ("eu_ehic", |c| of(eu_ehic(c.compact))),
];

/// National Provider Identifier (45 CFR 162.406): Luhn with the issuer prefix 80840 in front.
fn npi(compact: &str) -> bool {
    let Some(npi) = digits::<10>(compact).filter(|d| matches!(d[0], 1 | 2)) else { return false };
    let mut card = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (to, from) in card.iter_mut().skip(5).zip(npi) {
        *to = from;
    }
    luhn(&card)
}

/// Registration of the Drug Enforcement Administration: type letter, name letter or 9, six digits and a check digit.
fn dea(compact: &str) -> bool {
    let Some(dea) = symbols::<9>(compact) else { return false };
    let Some(d) = values::<7>(&dea[2..]) else { return false };
    let registrant =
        b"ABCDEFGHJKLMPRSTUX".contains(&dea[0]) && (dea[1].is_ascii_uppercase() || dea[1] == b'9');
    registrant && weighted(&d, &[1, 2, 1, 2, 1, 2]) % 10 == u32::from(d[6])
}

/// Medicare Beneficiary Identifier of the United States: no check digit, a strict layout without S, L, O, I, B, Z.
fn mbi(compact: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
    symbols::<11>(compact).is_some_and(|mbi| {
        matches!(mbi[0], b'1'..=b'9')
            && mbi.iter().skip(1).zip(b"axnaxnaann").all(|(byte, class)| match class {
                b'n' => byte.is_ascii_digit(),
                b'a' => is_letter(*byte),
                _ => byte.is_ascii_digit() || is_letter(*byte),
            })
    })
}

/// NHS number of England, Wales and the Isle of Man: modulus 11.
fn uk_nhs(compact: &str) -> bool {
    let weights = [10, 9, 8, 7, 6, 5, 4, 3, 2];
    digits::<10>(compact).is_some_and(|d| eleven_minus(&d[..9], &weights) == Some(d[9]))
}

/// Scotland's Community Health Index: a date of birth, then the NHS number's check.
fn uk_chi(compact: &str) -> bool {
    uk_nhs(compact)
        && digits::<10>(compact).is_some_and(|d| is_date(number(&d[4..6]), number(&d[2..4]), number(&d[..2])))
}

/// Krankenversichertennummer: a letter as two digits, weights 1 and 2 with cross sums.
fn de_kvnr(compact: &str) -> bool {
    let Some(kvnr) = symbols::<10>(compact) else { return false };
    let (Some(first), Some(d)) = (letter(kvnr[0]), values::<9>(&kvnr[1..])) else { return false };
    let ordinal = first + 1;
    let body = [ordinal / 10, ordinal % 10, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]];
    let products = body.iter().zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| u32::from(product / 10 + product % 10)).sum();
    sum % 10 == u32::from(d[8])
}

/// Medicare card of Australia: first digit 2 to 6, a check digit, an issue number.
fn au_medicare(compact: &str) -> bool {
    let Some(digits) = Digits::of(compact).filter(|d| matches!(d.as_slice().len(), 10 | 11)) else {
        return false;
    };
    let [first, ..] = digits.as_slice() else { return false };
    let check = digits.as_slice().get(8).copied().map(u32::from);
    let sum = digits.as_slice().get(..8).map(|body| weighted(body, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10);
    matches!(first, 2..=6) && sum == check
}

/// National Health Index of New Zealand, in the old layout (modulus 11) and the newer one (modulus 23).
fn nz_nhi(compact: &str) -> bool {
    let Some(nhi) = symbols::<7>(compact) else { return false };
    let Some(sum) = nhi.iter().zip([7, 6, 5, 4, 3, 2]).map(|(b, weight)| Some(nhi_value(*b)? * weight)).sum()
    else {
        return false;
    };
    let sum: u32 = sum;
    let lettered = nhi[..3].iter().all(u8::is_ascii_uppercase);
    match (value(nhi[5]), value(nhi[6])) {
        (Some(_), Some(check)) => {
            lettered && !sum.is_multiple_of(11) && (11 - sum % 11) % 10 == u32::from(check)
        }
        (None, None) => lettered && nhi_value(nhi[6]) == Some(23 - sum % 23),
        _ => false,
    }
}

/// A to Z without I and O count 1 to 24.
fn nhi_value(byte: u8) -> Option<u32> {
    if let Some(digit) = value(byte) {
        return Some(u32::from(digit));
    }
    b"ABCDEFGHJKLMNPQRSTUVWXYZ".iter().zip(1..).find(|(b, _)| **b == byte).map(|(_, place)| place)
}

/// Personal Health Number of British Columbia.
fn ca_bc_phn(compact: &str) -> bool {
    digits::<10>(compact).is_some_and(|d| {
        d[0] == 9 && eleven_minus(&d[1..9], &[2, 4, 8, 5, 10, 9, 7, 3]).is_some_and(|check| check == d[9])
    })
}

/// Health card of Ontario: Luhn over ten digits, with or without its two version letters.
fn ca_on_hcn(compact: &str) -> bool {
    let (number, version) = compact.split_at_checked(10).unwrap_or_default();
    let versioned = version.len() <= 2 && version.bytes().all(|b| b.is_ascii_uppercase());
    versioned && digits::<10>(number).is_some_and(|d| d[0] > 0 && luhn(&d))
}

/// Health insurance number of Quebec: four letters of the name, a date of birth (women: month plus 50), two digits.
fn ca_qc_ramq(compact: &str) -> bool {
    symbols::<12>(compact).is_some_and(|ramq| {
        let date = values::<8>(&ramq[4..]);
        let is_born = |d: [u8; 8]| is_date(number(&d[..2]), number(&d[2..4]) % 50, number(&d[4..6]));
        ramq[..4].iter().all(u8::is_ascii_uppercase) && date.is_some_and(is_born)
    })
}

/// Card number of the European Health Insurance Card: issuer prefix 80 and a country's digits.
fn eu_ehic(compact: &str) -> bool {
    digits::<20>(compact).is_some_and(|d| d[0] == 8 && d[1] == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn american() {
        assert!(npi("1234567893") && npi("1245319599") && npi("2867522312"));
        assert!(!npi("1234567890") && !npi("3234567893") && !npi("123456789"));
        assert!(dea("MA3986176") && dea("AB1234563") && dea("F91234563"));
        assert!(!dea("AB1234564") && !dea("1B1234563"));
        assert!(mbi("1EG4TE5MK73") && mbi("1EG4TE5MK42"));
        assert!(!mbi("1SG4TE5MK73") && !mbi("0EG4TE5MK73") && !mbi("1EG4TE5MK7A"));
    }

    #[test]
    fn british() {
        assert!(uk_nhs("9434765919") && uk_nhs("4010232137"));
        assert!(!uk_nhs("9434765918") && !uk_nhs("943476591"));
        assert!(!uk_chi("9434765919"), "no date");
    }

    #[test]
    fn german_and_european() {
        assert!(de_kvnr("A123456780") && de_kvnr("A000500015"));
        assert!(!de_kvnr("A123456781") && !de_kvnr("1123456780"));
        assert!(eu_ehic("80276001100000000012") && !eu_ehic("70276001100000000012"));
    }

    #[test]
    fn pacific() {
        assert!(au_medicare("2123456701") && au_medicare("29507639111"));
        assert!(!au_medicare("2123456711") && !au_medicare("1123456701"));
        assert!(nz_nhi("ZZZ0016") && nz_nhi("ZZZ0024") && nz_nhi("ZBN77VL"));
        assert!(!nz_nhi("ZZZ0017") && !nz_nhi("ZBN77VX") && !nz_nhi("ZZI0016"));
    }

    #[test]
    fn canadian() {
        assert!(ca_bc_phn("9698658215"));
        assert!(!ca_bc_phn("9698648215") && !ca_bc_phn("8698658215"));
        assert!(ca_on_hcn("9876543217") && ca_on_hcn("9876543217AB"));
        assert!(!ca_on_hcn("9876543218") && !ca_on_hcn("9876543217ABC"));
        assert!(ca_qc_ramq("HAMJ85112412") && ca_qc_ramq("TREM80550512"));
        assert!(!ca_qc_ramq("HAMJ85132412"));
    }
}
