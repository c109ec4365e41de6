//! What names a person: addresses, numbers of states and of health care, devices and vehicles.

use super::{Dice, Maker, Value, digit, grouped, luhn, numbers, weighted};

pub(super) const MAKERS: &[Maker] = &[
    email,
    phone_us,
    phone_e164,
    ssn,
    nhs,
    ahv,
    steuer_id,
    dni,
    bsn,
    nir,
    pesel,
    nino,
    cpf,
    personnummer,
    codice,
    npi,
    mbi,
    mrn,
    birth,
    address_v4,
    mac,
    imei,
    vin,
];

fn email(dice: &mut Dice) -> Value {
    let name = dice.pick(&["anna.keller", "j.okafor", "m.lopez", "tomas.novak", "li.wei"]);
    let text = format!(
        "{name}{}@{}",
        dice.digits(2),
        dice.pick(&["bluewin.ch", "posteo.de", "orange.fr", "nhs.net"])
    );
    Value::new("email", "EMAIL", text, "You can reach her at {} in the evening.")
}

fn phone_us(dice: &mut Dice) -> Value {
    let area = dice.pick(&["212", "312", "415", "617", "713"]);
    let text = format!("({area}) {}-{}", dice.between(220, 899), dice.between(1000, 9899));
    Value::new("us phone", "PHONE", text, "Call me on my phone at {} after six.")
}

fn phone_e164(dice: &mut Dice) -> Value {
    let text = match dice.below(3) {
        0 => format!("+41 79 {} {} {}", dice.between(200, 999), dice.between(10, 99), dice.between(10, 99)),
        1 => format!("+49 171 {}", dice.between(2_000_000, 9_899_999)),
        _ => format!("+44 7700 {}", dice.between(100_000, 899_999)),
    };
    Value::new("phone", "PHONE", text, "The patient's mobile is {} if you need to call.")
}

fn ssn(dice: &mut Dice) -> Value {
    let text = format!("{}-{}-{}", dice.between(101, 600), dice.between(11, 90), dice.between(1001, 9000));
    Value::new("us ssn", "US_SSN", text, "His social security number is {} as on the form.")
}

fn nhs(dice: &mut Dice) -> Value {
    let (body, check) = retry(dice, |dice| {
        let body = format!("4{}", dice.digits(8));
        let check = (11 - weighted(&body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (check < 10).then_some((body, check))
    });
    let text = grouped(&format!("{body}{check}"), &[3, 3, 4], " ");
    Value::new("nhs number", "HEALTH_PLAN_ID", text, "The patient's NHS number is {} on the letter.")
}

/// Throws until something valid comes up; nearly every throw is.
fn retry<T>(dice: &mut Dice, mut throw: impl FnMut(&mut Dice) -> Option<T>) -> T {
    loop {
        if let Some(valid) = throw(dice) {
            return valid;
        }
    }
}

fn ahv(dice: &mut Dice) -> Value {
    let body = format!("756{}", dice.digits(9));
    let sum = weighted(&body, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    let text = grouped(&format!("{body}{}", digit((10 - sum % 10) % 10)), &[3, 4, 4, 2], ".");
    Value::new("swiss ahv", "NATIONAL_ID", text, "Her AHV number is {} in the file.")
}

/// One digit stands twice, the others once, and the check is ISO 7064 mod 11, 10.
fn steuer_id(dice: &mut Dice) -> Value {
    let (first, rest) = dice.pick(&["12345678904", "54321987607", "86753091208"]).split_at(1);
    let turn = dice.below(9) as u32;
    // Renaming the digits 1 to 9 keeps the pattern of repeats.
    let renamed: String = format!("{first}{rest}")
        .chars()
        .take(9)
        .filter_map(|c| c.to_digit(10))
        .map(|d| digit(if d == 0 { 0 } else { (d - 1 + turn) % 9 + 1 }))
        .collect();
    let last = renamed.chars().nth(2).unwrap_or('1');
    let body = format!("{renamed}{last}");
    let product = numbers(&body).fold(10, |p, d| {
        let sum = match (d + p) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    let text = format!("{body}{}", digit((11 - product) % 10));
    Value::new("german tax id", "TAX_ID", text, "Meine Steuer-ID lautet {} laut Bescheid.")
}

fn dni(dice: &mut Dice) -> Value {
    let number = dice.between(10_000_000, 79_999_999);
    let letter = "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth((number % 23) as usize).unwrap_or('T');
    Value::new(
        "spanish dni",
        "NATIONAL_ID",
        format!("{number}{letter}"),
        "El DNI del cliente es {} en el contrato.",
    )
}

fn bsn(dice: &mut Dice) -> Value {
    let text = retry(dice, |dice| {
        let body = format!("{}{}", dice.between(1, 9), dice.digits(7));
        let check = weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    });
    Value::new("dutch bsn", "NATIONAL_ID", text, "Het BSN van de patiënt is {} volgens het dossier.")
}

fn nir(dice: &mut Dice) -> Value {
    let body = format!(
        "{}{:02}{:02}{:02}{:03}{:03}",
        dice.between(1, 2),
        dice.between(40, 99),
        dice.between(1, 12),
        dice.between(21, 95),
        dice.between(1, 989),
        dice.between(1, 999)
    );
    let key = 97 - body.parse::<u64>().unwrap_or(0) % 97;
    let text = format!("{} {key:02}", grouped(&body, &[1, 2, 2, 2, 3, 3], " "));
    Value::new("french nir", "NATIONAL_ID", text, "Son numéro de sécurité sociale est {} dans le dossier.")
}

fn pesel(dice: &mut Dice) -> Value {
    let body = format!(
        "{:02}{:02}{:02}{}",
        dice.between(40, 99),
        dice.between(1, 12),
        dice.between(1, 28),
        dice.digits(4)
    );
    let check = (10 - weighted(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    Value::new(
        "polish pesel",
        "NATIONAL_ID",
        format!("{body}{check}"),
        "Numer PESEL klienta to {} według umowy.",
    )
}

fn nino(dice: &mut Dice) -> Value {
    let text = format!(
        "{}{}{}",
        dice.pick(&["AB", "CE", "JH", "KL", "PR"]),
        dice.digits(6),
        dice.letters("ABCD", 1)
    );
    Value::new("uk nino", "NATIONAL_ID", text, "Her National Insurance number is {} on the payslip.")
}

fn cpf(dice: &mut Dice) -> Value {
    let mut all = dice.digits(9);
    for start in [10, 11] {
        let weights: Vec<u32> = (2..=start).rev().collect();
        let rest = weighted(&all, &weights) % 11;
        all.push(digit(if rest < 2 { 0 } else { 11 - rest }));
    }
    let text = format!("{}-{}", grouped(&all, &[3, 3, 3], "."), all.chars().skip(9).collect::<String>());
    Value::new("brazilian cpf", "TAX_ID", text, "O CPF do cliente é {} no cadastro.")
}

fn personnummer(dice: &mut Dice) -> Value {
    let date = format!("{:02}{:02}{:02}", dice.between(40, 99), dice.between(1, 12), dice.between(1, 28));
    let serial = format!("{:03}", dice.between(100, 979));
    let text = format!("{date}-{serial}{}", luhn(&format!("{date}{serial}")));
    Value::new("swedish personnummer", "NATIONAL_ID", text, "Kundens personnummer är {} enligt avtalet.")
}

fn codice(dice: &mut Dice) -> Value {
    let body = format!(
        "{}{}{:02}{}{:02}{}{:03}",
        dice.pick(&["RSS", "BNC", "FRR", "MRN"]),
        dice.pick(&["MRA", "LGU", "GNN", "PLA"]),
        dice.between(40, 99),
        dice.letters("ABCDEHLMPRST", 1),
        dice.between(1, 28),
        dice.pick(&["H", "F", "L", "G"]),
        dice.between(101, 899)
    );
    let sum: u32 = body.chars().enumerate().map(|(i, c)| if i % 2 == 0 { odd(c) } else { even(c) }).sum();
    let check = char::from_u32(u32::from('A') + sum % 26).unwrap_or('A');
    Value::new(
        "italian codice fiscale",
        "TAX_ID",
        format!("{body}{check}"),
        "Il codice fiscale è {} nel contratto.",
    )
}

/// Value of a character at an even place of a codice fiscale.
fn even(c: char) -> u32 {
    c.to_digit(36).map_or(0, |d| if d < 10 { d } else { d - 10 })
}

/// Value of a character at an odd place.
fn odd(c: char) -> u32 {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    ODD.get(even(c) as usize).copied().unwrap_or(0)
}

fn npi(dice: &mut Dice) -> Value {
    let body = format!("1{}", dice.digits(8));
    let text = format!("{body}{}", luhn(&format!("80840{body}")));
    Value::new("npi", "PROVIDER_LICENSE", text, "The physician's NPI is {} on the referral.")
}

fn mbi(dice: &mut Dice) -> Value {
    const LETTERS: &str = "ACDEFGHJKMNPQRTUVWXY";
    let mut part =
        |digits: usize, letters: usize| format!("{}{}", dice.letters(LETTERS, letters), dice.digits(digits));
    let text = format!("1{}-{}-{}", part(2, 1), part(2, 1).replace('0', "1"), part(2, 2));
    // C A AN N - A AN N - A A N N
    Value::new("medicare id", "HEALTH_PLAN_ID", text, "Her Medicare number (MBI) is {} on the card.")
}

fn mrn(dice: &mut Dice) -> Value {
    let text = dice.between(10_000_000, 99_999_999).to_string();
    Value::new("mrn", "MRN", text, "Patient MRN: {} was discharged on Monday.")
}

fn birth(dice: &mut Dice) -> Value {
    let text = format!("{:02}.{:02}.{}", dice.between(1, 28), dice.between(1, 12), dice.between(1940, 1999));
    Value::new("date of birth", "DOB", text, "Her date of birth is {} in the record.")
}

fn address_v4(dice: &mut Dice) -> Value {
    let text = format!("81.{}.{}.{}", dice.between(20, 250), dice.between(20, 250), dice.between(20, 250));
    Value::new("ip address", "IP_ADDRESS", text, "He logged in from the IP address {} last night.")
}

fn mac(dice: &mut Dice) -> Value {
    let plain = format!("3C{}", dice.letters("0123456789ABCDEF", 10));
    Value::new(
        "mac address",
        "MAC_ADDRESS",
        grouped(&plain, &[2; 6], ":"),
        "The laptop has the MAC address {} on the sticker.",
    )
}

fn imei(dice: &mut Dice) -> Value {
    let body = format!("35{}", dice.digits(12));
    let text = format!("{body}{}", luhn(&body));
    Value::new("imei", "DEVICE_ID", text, "The stolen phone has the IMEI {} on the invoice.")
}

fn vin(dice: &mut Dice) -> Value {
    const LETTERS: &str = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    let (front, back) = (
        format!("1HG{}", dice.letters(LETTERS, 5)),
        format!("{}{}", dice.letters(LETTERS, 3), dice.digits(5)),
    );
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 =
        front.chars().chain(back.chars()).map(transliterated).zip(weights).map(|(v, w)| v * w).sum();
    let check = if sum % 11 == 10 { 'X' } else { digit(sum % 11) };
    Value::new("vin", "VEHICLE_ID", format!("{front}{check}{back}"), "The car with VIN {} was written off.")
}

fn transliterated(c: char) -> u32 {
    const VALUES: &str = "12345678012345070923456789";
    let at = u32::from(c).wrapping_sub(u32::from('A')) as usize;
    c.to_digit(10).or_else(|| VALUES.chars().nth(at)?.to_digit(10)).unwrap_or(0)
}
