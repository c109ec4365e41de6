//! Made-up identifiers whose check digits are right. Nobody's: each is drawn from a seed.

use crate::seed::Seed;

/// A sentence that lets slip a value of this kind; nothing for a kind that isn't known.
pub(crate) fn slip(kind: &str, seed: &mut Seed) -> Option<String> {
    let sentence = match kind {
        "iban" => format!("As noted earlier, the refund went to IBAN {} this morning.", iban(seed)),
        "card" => format!("The customer paid with card {} and asked for a receipt.", card(seed)),
        "nhs" => format!("This concerns the patient with NHS number {}, admitted on Monday.", nhs(seed)),
        "mrn" => format!("The chart is filed under MRN {}, next to the referral.", mrn(seed)),
        "email" => format!("The colleague who handled it can be reached at {} until Friday.", email(seed)),
        "phone" => format!("She asked to be called back on {} after lunch.", phone(seed)),
        "key" => format!("The old script still used the token {} for its uploads.", token(seed)),
        "passport" => format!(
            "The file also holds a copy of passport number {} from the first meeting.",
            passport(seed)
        ),
        _ => return None,
    };
    Some(sentence)
}

/// An IBAN of one of four countries, in groups of four.
pub(crate) fn iban(seed: &mut Seed) -> String {
    let country = seed.pick(&["CH", "DE", "GB", "AT"]);
    let account = match country {
        "CH" => format!("0{}{}", seed.digits(4), seed.digits(12)),
        "DE" => seed.digits(18),
        "GB" => format!("MIDL{}", seed.digits(14)),
        _ => seed.digits(16),
    };
    let check = 98 - mod97(&format!("{account}{country}00"));
    grouped(&format!("{country}{check:02}{account}"), 4)
}

/// A card number with a right check digit, in groups of four.
pub(crate) fn card(seed: &mut Seed) -> String {
    let start = seed.pick(&["4539", "4716", "5425", "5254"]);
    let body = format!("{start}{}", seed.digits(11));
    grouped(&format!("{body}{}", luhn(&body)), 4)
}

/// An NHS number.
pub(crate) fn nhs(seed: &mut Seed) -> String {
    loop {
        let body = format!("9{}", seed.digits(8));
        let sum: u32 = digits(&body).zip((2..=10).rev()).map(|(d, weight)| d * weight).sum();
        // A check of ten doesn't exist; such a number is never given out.
        match 11 - sum % 11 {
            10 => {}
            check => return nhs_form(&format!("{body}{}", check % 11)),
        }
    }
}

/// A medical record number.
pub(crate) fn mrn(seed: &mut Seed) -> String {
    format!("{}{}", seed.from(2, b"ABCDEFGHJKLMNPQRSTUVWXYZ"), seed.digits(6))
}

/// A Swiss passport's number: a letter and seven digits.
pub(crate) fn passport(seed: &mut Seed) -> String {
    format!("X{}", seed.digits(7))
}

/// A Swiss social insurance number.
pub(crate) fn ahv(seed: &mut Seed) -> String {
    let body = format!("756{}", seed.digits(9));
    let sum: u32 = digits(&body).zip([1, 3].into_iter().cycle()).map(|(d, weight)| d * weight).sum();
    let all = format!("{body}{}", (10 - sum % 10) % 10);
    let mut parts = all.chars();
    let mut take = |n| parts.by_ref().take(n).collect::<String>();
    format!("{}.{}.{}.{}", take(3), take(4), take(4), take(2))
}

/// An address at a domain that is reserved for documentation.
pub(crate) fn email(seed: &mut Seed) -> String {
    let (first, last) = (seed.pick(&FIRST), seed.pick(&LAST));
    let host = seed.pick(&["seeblick-treuhand.example", "nordhafen.example", "rosenthal-praxis.example"]);
    format!("{}.{}@{host}", first.to_lowercase(), last.to_lowercase())
}

/// A number of the block that is kept free for drama.
pub(crate) fn phone(seed: &mut Seed) -> String {
    format!("+44 7700 900{}", seed.digits(3))
}

/// A name.
pub(crate) fn name(seed: &mut Seed) -> String {
    format!("{} {}", seed.pick(&FIRST), seed.pick(&LAST))
}

/// A token in the form of a code host's.
pub(crate) fn token(seed: &mut Seed) -> String {
    format!("ghp_{}", seed.token(36))
}

/// A date of birth.
pub(crate) fn birthday(seed: &mut Seed) -> String {
    format!("{:02}.{:02}.{}", 1 + seed.below(28), 1 + seed.below(12), 1938 + seed.below(66))
}

const FIRST: [&str; 8] = ["Mira", "Jonas", "Elif", "Luca", "Priya", "Tomas", "Agnes", "Noor"];
const LAST: [&str; 8] = ["Brandt", "Keller", "Osei", "Moreau", "Halvorsen", "Petrov", "Singh", "Aebi"];

fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

fn grouped(text: &str, size: usize) -> String {
    let grouped = text
        .chars()
        .enumerate()
        .flat_map(|(at, c)| (at > 0 && at % size == 0).then_some(' ').into_iter().chain([c]));
    grouped.collect()
}

fn nhs_form(ten: &str) -> String {
    let mut parts = ten.chars();
    let mut take = |n| parts.by_ref().take(n).collect::<String>();
    format!("{} {} {}", take(3), take(3), take(4))
}

/// The remainder by 97 of a text whose letters count from 10.
fn mod97(text: &str) -> u32 {
    text.chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, d| (rest * if d > 9 { 100 } else { 10 } + d) % 97)
}

fn luhn(body: &str) -> u32 {
    let doubled = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
    let values: Vec<u32> = digits(body).collect();
    let sum: u32 =
        values.iter().rev().enumerate().map(|(at, d)| if at % 2 == 0 { doubled(*d) } else { *d }).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds() -> impl Iterator<Item = Seed> {
        (0..200_u32).map(|n| Seed::of(&n.to_le_bytes()))
    }

    #[test]
    fn ibans_check() {
        for mut seed in seeds() {
            let made = iban(&mut seed).replace(' ', "");
            let (head, tail) = made.split_at(4);
            assert_eq!(mod97(&format!("{tail}{head}")), 1, "{made}");
            let length = [("CH", 21), ("DE", 22), ("GB", 22), ("AT", 20)]
                .iter()
                .find(|(c, _)| made.starts_with(c))
                .unwrap()
                .1;
            assert_eq!(made.len(), length, "{made}");
        }
    }

    #[test]
    fn cards_check() {
        for mut seed in seeds() {
            let made = card(&mut seed).replace(' ', "");
            let (body, check) = made.split_at(15);
            assert_eq!(luhn(body).to_string(), check);
        }
        assert_eq!(luhn("7992739871"), 3);
    }

    #[test]
    fn nhs_numbers_check() {
        for mut seed in seeds() {
            let made = nhs(&mut seed).replace(' ', "");
            let sum: u32 = digits(&made).zip((1..=10).rev()).map(|(d, w)| d * w).sum();
            assert_eq!((made.len(), sum % 11), (10, 0), "{made}");
        }
    }

    #[test]
    fn social_insurance_numbers_check() {
        for mut seed in seeds() {
            let made = ahv(&mut seed).replace('.', "");
            let sum: u32 = digits(&made).zip([1, 3].into_iter().cycle()).map(|(d, w)| d * w).sum();
            assert_eq!((made.len(), sum % 10), (13, 0), "{made}");
        }
    }

    #[test]
    fn every_kind_slips_a_value_and_no_other_does() {
        for kind in ["iban", "card", "nhs", "mrn", "email", "phone", "key", "passport"] {
            assert!(slip(kind, &mut Seed::of(b"")).is_some(), "{kind}");
        }
        assert_eq!(slip("nothing", &mut Seed::of(b"")), None);
    }
}
