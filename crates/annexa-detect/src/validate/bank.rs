//! Accounts: IBAN (ISO 13616), BIC (ISO 9362), the American routing number, CLABE.

use super::checksum::mod_97;
use super::digits::{digits, number, weighted};
use super::{Validator, Verdict, of};

pub(super) const TABLE: &[(&str, Validator)] = &[
    ("iban", |c| iban(c.compact)),
    ("bic", |c| of(bic(c.compact))),
    ("aba", |c| of(aba(c.compact))),
    ("clabe", |c| of(clabe(c.compact))),
];

/// Proven with the country's length and account layout and remainder 1; plausible where only the layout differs.
fn iban(compact: &str) -> Verdict {
    let Some(layout) = compact.get(..2).and_then(layout_of) else { return Verdict::Invalid };
    let Some((head, bban)) = compact.split_at_checked(4) else { return Verdict::Invalid };
    let moved = bban.bytes().chain(head.bytes());
    if bban.len() != places(layout) || mod_97(moved) != Some(1) {
        return Verdict::Invalid;
    }
    if fits(bban, layout) { Verdict::Proven } else { Verdict::Plausible }
}

fn layout_of(country: &str) -> Option<&'static str> {
    let at = LAYOUTS.binary_search_by_key(&country, |(code, _)| code).ok()?;
    LAYOUTS.get(at).map(|(_, layout)| *layout)
}

/// Groups of a layout as class and length: `a4 n14` is four letters and fourteen digits.
fn groups(layout: &str) -> impl Iterator<Item = (char, usize)> {
    layout.split(' ').filter_map(|group| {
        let mut rest = group.chars();
        let class = rest.next()?;
        Some((class, rest.as_str().parse().ok()?))
    })
}

fn places(layout: &str) -> usize {
    groups(layout).map(|(_, length)| length).sum()
}

fn fits(bban: &str, layout: &str) -> bool {
    let classes = groups(layout).flat_map(|(class, length)| std::iter::repeat_n(class, length));
    bban.bytes().zip(classes).all(|(byte, class)| match class {
        'n' => byte.is_ascii_digit(),
        'a' => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_alphanumeric(),
    })
}

/// Bank, an ISO 3166 country, place, and an optional branch. No check digit: wants a cue.
fn bic(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let letters = bytes.get(..6).is_some_and(|head| head.iter().all(u8::is_ascii_uppercase));
    let country = compact.get(4..6).is_some_and(|code| COUNTRIES.split(' ').any(|c| c == code));
    let rest = bytes.iter().all(u8::is_ascii_alphanumeric);
    letters && country && rest && matches!(bytes.len(), 8 | 11)
}

/// American Bankers Association routing number: district range and weights 3, 7, 1.
fn aba(compact: &str) -> bool {
    digits::<9>(compact).is_some_and(|d| {
        let district = number(&d[..2]);
        let allocated = matches!(district, 1..=12 | 21..=32 | 61..=72 | 80);
        allocated && weighted(&d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
    })
}

/// Mexican standardised account number: weights 3, 7, 1, each product modulo ten.
fn clabe(compact: &str) -> bool {
    digits::<18>(compact).is_some_and(|d| {
        let products = d[..17].iter().zip([3, 7, 1].into_iter().cycle());
        let sum: u32 = products.map(|(digit, weight)| u32::from(*digit) * weight % 10).sum();
        (10 - sum % 10) % 10 == u32::from(d[17])
    })
}

/// Account layouts by country: the SWIFT IBAN registry, and countries that use the form without being in it.
const LAYOUTS: [(&str, &str); 111] = [
    ("AD", "n8 c12"),
    ("AE", "n19"),
    ("AL", "n8 c16"),
    ("AO", "n21"),
    ("AT", "n16"),
    ("AZ", "a4 c20"),
    ("BA", "n16"),
    ("BE", "n12"),
    ("BF", "c2 n22"),
    ("BG", "a4 n6 c8"),
    ("BH", "a4 c14"),
    ("BI", "n23"),
    ("BJ", "c2 n22"),
    ("BR", "n23 a1 c1"),
    ("BY", "c4 n4 c16"),
    ("CF", "n23"),
    ("CG", "n23"),
    ("CH", "n5 c12"),
    ("CI", "c2 n22"),
    ("CM", "n23"),
    ("CR", "n18"),
    ("CV", "n21"),
    ("CY", "n8 c16"),
    ("CZ", "n20"),
    ("DE", "n18"),
    ("DJ", "n23"),
    ("DK", "n14"),
    ("DO", "c4 n20"),
    ("DZ", "n22"),
    ("EE", "n16"),
    ("EG", "n25"),
    ("ES", "n20"),
    ("FI", "n14"),
    ("FK", "a2 n12"),
    ("FO", "n14"),
    ("FR", "n10 c11 n2"),
    ("GA", "n23"),
    ("GB", "a4 n14"),
    ("GE", "a2 n16"),
    ("GI", "a4 c15"),
    ("GL", "n14"),
    ("GQ", "n23"),
    ("GR", "n7 c16"),
    ("GT", "c24"),
    ("GW", "c2 n19"),
    ("HN", "a4 n20"),
    ("HR", "n17"),
    ("HU", "n24"),
    ("IE", "a4 n14"),
    ("IL", "n19"),
    ("IQ", "a4 n15"),
    ("IR", "n22"),
    ("IS", "n22"),
    ("IT", "a1 n10 c12"),
    ("JO", "a4 n4 c18"),
    ("KM", "n23"),
    ("KW", "a4 c22"),
    ("KZ", "n3 c13"),
    ("LB", "n4 c20"),
    ("LC", "a4 c24"),
    ("LI", "n5 c12"),
    ("LT", "n16"),
    ("LU", "n3 c13"),
    ("LV", "a4 c13"),
    ("LY", "n21"),
    ("MA", "n24"),
    ("MC", "n10 c11 n2"),
    ("MD", "c20"),
    ("ME", "n18"),
    ("MG", "n23"),
    ("MK", "n3 c10 n2"),
    ("ML", "c2 n22"),
    ("MN", "n16"),
    ("MR", "n23"),
    ("MT", "a4 n5 c18"),
    ("MU", "a4 n19 a3"),
    ("MZ", "n21"),
    ("NE", "c2 n22"),
    ("NI", "a4 n20"),
    ("NL", "a4 n10"),
    ("NO", "n11"),
    ("OM", "n3 c16"),
    ("PK", "a4 c16"),
    ("PL", "n24"),
    ("PS", "a4 c21"),
    ("PT", "n21"),
    ("QA", "a4 c21"),
    ("RO", "a4 c16"),
    ("RS", "n18"),
    ("RU", "n14 c15"),
    ("SA", "n2 c18"),
    ("SC", "a4 n20 a3"),
    ("SD", "n14"),
    ("SE", "n20"),
    ("SI", "n15"),
    ("SK", "n20"),
    ("SM", "a1 n10 c12"),
    ("SN", "c2 n22"),
    ("SO", "n19"),
    ("ST", "n21"),
    ("SV", "a4 n20"),
    ("TD", "n23"),
    ("TG", "c2 n22"),
    ("TL", "n19"),
    ("TN", "n20"),
    ("TR", "n6 c16"),
    ("UA", "n6 c19"),
    ("VA", "n18"),
    ("VG", "a4 n16"),
    ("XK", "n16"),
    ("YE", "a4 n4 c18"),
];

/// ISO 3166-1 codes, and XK as banks use it.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS \
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM \
    US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_ibans() {
        for valid in [
            "GB29NWBK60161331926819",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
            "SA0380000000608010167519",
            "BR1800360305000010009795493C1",
        ] {
            assert_eq!(iban(valid), Verdict::Proven, "{valid}");
        }
    }

    #[test]
    fn wrong_digit_length_country_or_layout() {
        for wrong in ["GB28NWBK60161331926819", "DE8937040044053201300", "ZZ89370400440532013000", "DE", ""] {
            assert_eq!(iban(wrong), Verdict::Invalid, "{wrong}");
        }
        assert!(!fits("1234NWBK12345678901234", "a4 n18") && fits("NWBK12345678901234", "a4 n14"));
    }

    #[test]
    fn every_layout_is_sorted_and_at_most_thirty_characters() {
        assert!(LAYOUTS.is_sorted_by_key(|(code, _)| code));
        assert!(LAYOUTS.iter().all(|(_, layout)| (11..=30).contains(&places(layout))));
    }

    #[test]
    fn bics() {
        assert!(bic("DEUTDEFF") && bic("NEDSZAJJXXX") && bic("OAGWFRVB919"));
        assert!(!bic("DEUTXXFF") && !bic("DEUTDEF") && !bic("12UTDEFF") && !bic("DEUTDEFF9"));
    }

    #[test]
    fn routing_numbers() {
        assert!(aba("021000021") && aba("111000025") && aba("322271627"));
        assert!(!aba("021000022") && !aba("401000025") && !aba("02100002"));
    }

    #[test]
    fn clabes() {
        assert!(clabe("032180000118359719") && clabe("002010077777777771"));
        assert!(!clabe("032180000118359718"));
    }
}
