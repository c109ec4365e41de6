//! What opens doors: keys, tokens, passwords, connection strings.

use super::{Dice, Maker, Value};

pub(super) const MAKERS: &[Maker] = &[
    aws,
    github,
    github_fine,
    gitlab,
    openai,
    anthropic,
    stripe,
    slack,
    google,
    sendgrid,
    huggingface,
    jwt,
    pem,
    dsn,
    dsn_mongo,
    password,
    passwort,
];

const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LOWER: &str = "abcdefghkmnpqrstuvwxyz";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn key(kind: &'static str, text: String, around: &'static str) -> Value {
    Value::new(kind, "API_KEY", text, around)
}

fn aws(dice: &mut Dice) -> Value {
    let text = format!("AKIA{}", dice.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
    key("aws key", text, "The access key {} was in the log.")
}

fn github(dice: &mut Dice) -> Value {
    key("github token", format!("ghp_{}", dice.letters(MIXED, 36)), "Use the token {} for the build.")
}

fn github_fine(dice: &mut Dice) -> Value {
    let text = format!("github_pat_{}_{}", dice.letters(MIXED, 22), dice.letters(MIXED, 59));
    key("github fine-grained token", text, "The fine-grained token {} reads all repositories.")
}

fn gitlab(dice: &mut Dice) -> Value {
    key("gitlab token", format!("glpat-{}", dice.letters(MIXED, 20)), "The pipeline uses the token {} today.")
}

fn openai(dice: &mut Dice) -> Value {
    key("openai key", format!("sk-proj-{}", dice.letters(MIXED, 48)), "I put the key {} into the settings.")
}

fn anthropic(dice: &mut Dice) -> Value {
    key(
        "anthropic key",
        format!("sk-ant-api03-{}AA", dice.letters(MIXED, 93)),
        "The API key {} belongs to the team.",
    )
}

fn stripe(dice: &mut Dice) -> Value {
    key(
        "stripe key",
        format!("sk_live_{}", dice.letters(MIXED, 24)),
        "Payments run with the key {} since May.",
    )
}

fn slack(dice: &mut Dice) -> Value {
    let text = format!("xoxb-{}-{}-{}", dice.digits(12), dice.digits(12), dice.letters(MIXED, 24));
    key("slack token", text, "The bot has the token {} in its settings.")
}

fn google(dice: &mut Dice) -> Value {
    key("google key", format!("AIza{}", dice.letters(MIXED, 35)), "The map needs the API key {} to load.")
}

fn sendgrid(dice: &mut Dice) -> Value {
    let text = format!("SG.{}.{}", dice.letters(MIXED, 22), dice.letters(MIXED, 43));
    key("sendgrid key", text, "Mails go out with the API key {} every night.")
}

fn huggingface(dice: &mut Dice) -> Value {
    key(
        "hugging face token",
        format!("hf_{}", dice.letters(MIXED, 34)),
        "Download it with the token {} please.",
    )
}

fn jwt(dice: &mut Dice) -> Value {
    let text =
        format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{}In0.{}", dice.letters(MIXED, 24), dice.letters(MIXED, 43));
    key("jwt", text, "The bearer token {} still works.")
}

fn pem(dice: &mut Dice) -> Value {
    let lines: Vec<String> = (0..4).map(|_| dice.letters(BASE64, 64)).collect();
    let text = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", lines.join("\n"));
    Value::new("pem private key", "PRIVATE_KEY", text, "This is the key:\n{}\nKeep it safe.")
}

fn dsn(dice: &mut Dice) -> Value {
    let text = format!(
        "postgres://ledger:{}@db{}.bank.internal:5432/ledger",
        dice.letters(MIXED, 14),
        dice.below(9)
    );
    Value::new("connection string", "CONN_STRING", text, "Connect with {} from the office.")
}

fn dsn_mongo(dice: &mut Dice) -> Value {
    let text = format!(
        "mongodb+srv://svc:{}@cluster{}.hospital.internal/records",
        dice.letters(MIXED, 16),
        dice.below(9)
    );
    Value::new("mongo connection string", "CONN_STRING", text, "The old service reads from {} each hour.")
}

fn word(dice: &mut Dice) -> String {
    format!("{}-{}7!", dice.letters(UPPER, 6), dice.letters(LOWER, 6))
}

fn password(dice: &mut Dice) -> Value {
    Value::new("password", "PASSWORD", word(dice), "The password is {} for now.")
}

fn passwort(dice: &mut Dice) -> Value {
    Value::new("passwort", "PASSWORD", word(dice), "Das Passwort lautet {} bis Montag.")
}
