//! Sensitive values for the leak probe: made up, valid by their checksums, the same in every run.

/// A value with a sentence that holds it.
#[derive(Clone)]
pub struct Value {
    /// What it is, for the table.
    pub kind: &'static str,
    /// The value as it must not leave.
    pub text: String,
    /// A sentence with `{}` where the value stands.
    pub around: &'static str,
}

impl Value {
    /// The sentence with the value in it.
    pub fn sentence(&self) -> String {
        self.around.replace("{}", &self.text)
    }
}

/// A generator that gives the same numbers in every run.
pub struct Dice(u64);

impl Dice {
    /// Dice with a seed other than 0.
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D).rotate_right(17) % n
    }

    fn digits(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn from(&mut self, alphabet: &str, n: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..n).filter_map(|_| letters.get(self.below(letters.len() as u64) as usize)).collect()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len() as u64) as usize).copied().unwrap_or_default()
    }
}

const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `count` values of all kinds in turn.
pub fn values(count: usize) -> Vec<Value> {
    let mut dice = Dice::new(0x5EED_2026);
    let makers: [fn(&mut Dice) -> Value; 13] =
        [card, spaced_card, iban, email, ssn, aws, github, openai, jwt, dsn, nhs, ahv, password];
    makers.iter().cycle().take(count).map(|make| make(&mut dice)).collect()
}

fn luhn(body: &str) -> char {
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

fn pan(dice: &mut Dice) -> String {
    let body = format!("{}{}", dice.pick(&["4539", "4716", "5425", "5105", "2221"]), dice.digits(11));
    let check = luhn(&body);
    format!("{body}{check}")
}

fn card(dice: &mut Dice) -> Value {
    Value { kind: "card", text: pan(dice), around: "Please charge the card {} for the renewal." }
}

fn spaced_card(dice: &mut Dice) -> Value {
    let pan: Vec<char> = pan(dice).chars().collect();
    let text = pan.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
    Value { kind: "card, spaced", text, around: "Her card number is {} and it expires soon." }
}

fn iban(dice: &mut Dice) -> Value {
    let (country, number) = match dice.below(2) {
        0 => ("DE", dice.digits(18)),
        _ => ("CH", dice.digits(17)),
    };
    let shown = format!("{number}{}{}00", letter(country, 0), letter(country, 1));
    let rest = shown.chars().filter_map(|c| c.to_digit(10)).fold(0, |r, d| (r * 10 + d) % 97);
    Value { kind: "iban", text: format!("{country}{:02}{number}", 98 - rest), around: "Transfer it to {} by Friday." }
}

fn letter(country: &str, at: usize) -> u32 {
    country.chars().nth(at).map_or(0, |c| u32::from(c) - u32::from('A') + 10)
}

fn email(dice: &mut Dice) -> Value {
    let name = dice.pick(&["anna.keller", "j.okafor", "m.lopez", "tomas.novak", "li.wei"]);
    let text = format!("{name}{}@{}", dice.digits(2), dice.pick(&["bluewin.ch", "posteo.de", "orange.fr", "nhs.net"]));
    Value { kind: "email", text, around: "You can reach her at {} in the evening." }
}

fn ssn(dice: &mut Dice) -> Value {
    let text = format!("{}-{}-{}", 101 + dice.below(500), 11 + dice.below(80), 1001 + dice.below(8000));
    Value { kind: "us ssn", text, around: "His social security number is {} as on the form." }
}

fn aws(dice: &mut Dice) -> Value {
    Value { kind: "aws key", text: format!("AKIA{}", dice.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)), around: "The access key {} was in the log." }
}

fn github(dice: &mut Dice) -> Value {
    Value { kind: "github token", text: format!("ghp_{}", dice.from(MIXED, 36)), around: "Use the token {} for the build." }
}

fn openai(dice: &mut Dice) -> Value {
    let text = format!("sk-proj-{}", dice.from(MIXED, 48));
    Value { kind: "openai key", text, around: "I put the key {} into the settings." }
}

fn jwt(dice: &mut Dice) -> Value {
    let text = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{}In0.{}", dice.from(MIXED, 24), dice.from(MIXED, 43));
    Value { kind: "jwt", text, around: "The bearer token {} still works." }
}

fn dsn(dice: &mut Dice) -> Value {
    let text = format!("postgres://ledger:{}@db{}.bank.internal:5432/ledger", dice.from(MIXED, 14), dice.below(9));
    Value { kind: "connection string", text, around: "Connect with {} from the office." }
}

fn nhs(dice: &mut Dice) -> Value {
    loop {
        let body = dice.digits(9);
        let sum: u32 = body.chars().filter_map(|c| c.to_digit(10)).zip((2..=10).rev()).map(|(d, w)| d * w).sum();
        let check = match 11 - sum % 11 {
            11 => 0,
            10 => continue,
            check => check,
        };
        let text = format!("{} {} {}{check}", body.get(..3).unwrap_or(""), body.get(3..6).unwrap_or(""), body.get(6..).unwrap_or(""));
        return Value { kind: "nhs number", text, around: "The patient's NHS number is {} on the letter." };
    }
}

fn ahv(dice: &mut Dice) -> Value {
    let body = format!("756{}", dice.digits(9));
    let sum: u32 = body.chars().filter_map(|c| c.to_digit(10)).enumerate().map(|(i, d)| if i % 2 == 0 { d } else { 3 * d }).sum();
    let all = format!("{body}{}", (10 - sum % 10) % 10);
    let part = |r: std::ops::Range<usize>| all.get(r).unwrap_or("").to_owned();
    let text = format!("{}.{}.{}.{}", part(0..3), part(3..7), part(7..11), part(11..13));
    Value { kind: "swiss ahv", text, around: "Her AHV number is {} in the file." }
}

fn password(dice: &mut Dice) -> Value {
    let text = format!("{}-{}7!", dice.from(UPPER, 6), dice.from("abcdefghkmnpqrstuvwxyz", 6));
    Value { kind: "password", text, around: "The password is {} for now." }
}
