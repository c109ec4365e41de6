//! Cards, accounts and wallets.

use super::{Dice, Maker, Value, digit, grouped, luhn, weighted};

pub(super) const MAKERS: &[Maker] =
    &[card, spaced_card, amex, iban, spaced_iban, routing, sort_code, bic, ethereum, clabe];

fn pan(dice: &mut Dice) -> String {
    let body = format!("{}{}", dice.pick(&["4539", "4716", "5425", "5105", "2221"]), dice.digits(11));
    let check = luhn(&body);
    format!("{body}{check}")
}

fn card(dice: &mut Dice) -> Value {
    Value::new("card", "CREDIT_CARD", pan(dice), "Please charge the card {} for the renewal.")
}

fn spaced_card(dice: &mut Dice) -> Value {
    let text = grouped(&pan(dice), &[4; 4], " ");
    Value::new("card, spaced", "CREDIT_CARD", text, "Her card number is {} and it expires soon.")
}

fn amex(dice: &mut Dice) -> Value {
    let body = format!("{}{}", dice.pick(&["34", "37"]), dice.digits(12));
    let text = format!("{body}{}", luhn(&body));
    Value::new("card, 15 digits", "CREDIT_CARD", text, "The hotel noted the credit card {} at check-in.")
}

/// Countries whose account part is digits, with its length.
const NUMERIC_IBANS: [(&str, usize); 6] =
    [("DE", 18), ("CH", 17), ("AT", 16), ("ES", 20), ("BE", 12), ("PL", 24)];

fn iban_text(dice: &mut Dice) -> String {
    let at = dice.below(NUMERIC_IBANS.len() as u64) as usize;
    let (country, length) = NUMERIC_IBANS.get(at).copied().unwrap_or(("DE", 18));
    let number = dice.digits(length);
    let country_digits: String =
        country.chars().map(|c| (u32::from(c) - u32::from('A') + 10).to_string()).collect();
    let shown = format!("{number}{country_digits}00");
    let rest = super::numbers(&shown).fold(0, |r, d| (r * 10 + d) % 97);
    format!("{country}{:02}{number}", 98 - rest)
}

fn iban(dice: &mut Dice) -> Value {
    Value::new("iban", "IBAN", iban_text(dice), "Transfer it to {} by Friday.")
}

fn spaced_iban(dice: &mut Dice) -> Value {
    let plain = iban_text(dice);
    let groups = vec![4; plain.len().div_ceil(4)];
    let text = grouped(&plain, &groups, " ");
    Value::new("iban, spaced", "IBAN", text, "The IBAN on the invoice is {} as before.")
}

fn routing(dice: &mut Dice) -> Value {
    let body = format!("0{}{}", dice.between(1, 9), dice.digits(6));
    let check = (10 - weighted(&body, &[3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10;
    Value::new(
        "aba routing",
        "ROUTING_NUMBER",
        format!("{body}{check}"),
        "The routing number is {} at the branch.",
    )
}

fn sort_code(dice: &mut Dice) -> Value {
    let text = format!("{}-{}-{}", dice.between(10, 89), dice.between(10, 98), dice.between(10, 98));
    Value::new("uk sort code", "ROUTING_NUMBER", text, "Use the sort code {} for the payment.")
}

fn bic(dice: &mut Dice) -> Value {
    let bank = dice.letters("BCDFGHKLMNPRSTVZ", 4);
    let text = format!(
        "{bank}{}{}",
        dice.pick(&["DEFF", "CHZZ", "GB2L", "FRPP", "NL2A"]),
        dice.pick(&["XXX", "500"])
    );
    Value::new("bic", "SWIFT_BIC", text, "The SWIFT code of their bank is {} today.")
}

fn ethereum(dice: &mut Dice) -> Value {
    let text = format!("0x{}", dice.letters("0123456789abcdef", 40));
    Value::new("wallet", "CRYPTO_WALLET", text, "Send the ETH to the wallet {} tonight.")
}

fn clabe(dice: &mut Dice) -> Value {
    let body = format!("{}{}", dice.pick(&["002180", "012180", "072580"]), dice.digits(11));
    let weights: Vec<u32> = [3, 7, 1].into_iter().cycle().take(17).collect();
    let sum: u32 = super::numbers(&body).zip(&weights).map(|(d, w)| d * w % 10).sum();
    let text = format!("{body}{}", digit((10 - sum % 10) % 10));
    Value::new("clabe", "BANK_ACCOUNT", text, "Su CLABE interbancaria es {} para el pago.")
}
