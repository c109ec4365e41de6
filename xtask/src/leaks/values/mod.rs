//! Sensitive values for the leak probe and the small score: made up, valid by their checksums, the same in every run.

mod finance;
mod people;
mod secrets;

/// A value with a sentence that holds it.
#[derive(Clone)]
pub(crate) struct Value {
    /// What it is, for the table.
    pub kind: &'static str,
    /// Label of the labelled sets.
    pub label: &'static str,
    /// The value as it must not leave.
    pub text: String,
    /// A sentence with `{}` where the value stands.
    pub around: &'static str,
}

impl Value {
    /// A value of a kind, with its label and its sentence.
    pub(crate) fn new(kind: &'static str, label: &'static str, text: String, around: &'static str) -> Value {
        Value { kind, label, text, around }
    }

    /// The sentence with the value in it.
    pub(crate) fn sentence(&self) -> String {
        self.around.replace("{}", &self.text)
    }
}

/// A generator that gives the same numbers in every run.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice with a seed other than 0.
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D).rotate_right(17) % n
    }

    /// A number from `low` up to `high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn digits(&mut self, n: usize) -> String {
        self.letters("0123456789", n)
    }

    /// `n` characters of an ASCII alphabet.
    fn letters(&mut self, alphabet: &str, n: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..n)
            .filter_map(|_| letters.get(self.below(letters.len() as u64) as usize))
            .map(|b| char::from(*b))
            .collect()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len() as u64) as usize).copied().unwrap_or_default()
    }
}

type Maker = fn(&mut Dice) -> Value;

/// `count` values of all kinds in turn.
pub(crate) fn values(count: usize) -> Vec<Value> {
    let mut dice = Dice::new(0x5EED_2026);
    let makers: Vec<Maker> = [finance::MAKERS, people::MAKERS, secrets::MAKERS].concat();
    makers.iter().cycle().take(count).map(|make| make(&mut dice)).collect()
}

/// How many kinds there are.
pub(crate) fn kinds() -> usize {
    finance::MAKERS.len() + people::MAKERS.len() + secrets::MAKERS.len()
}

/// The digits of a text as numbers.
fn numbers(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// A digit as a character; `0` for what is none.
fn digit(n: u32) -> char {
    char::from_digit(n, 10).unwrap_or('0')
}

/// The check digit by Luhn's rule.
fn luhn(body: &str) -> char {
    let doubled = |(i, d): (usize, u32)| if i % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d };
    let sum: u32 = numbers(body).rev().enumerate().map(doubled).sum();
    digit((10 - sum % 10) % 10)
}

/// Sum of digits times weights.
fn weighted(body: &str, weights: &[u32]) -> u32 {
    numbers(body).zip(weights).map(|(d, w)| d * w).sum()
}

/// A text in groups of the given sizes.
fn grouped(text: &str, sizes: &[usize], between: &str) -> String {
    let mut rest = text.chars();
    sizes.iter().map(|n| rest.by_ref().take(*n).collect::<String>()).collect::<Vec<_>>().join(between)
}
