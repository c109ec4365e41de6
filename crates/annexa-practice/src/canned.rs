//! What the provider says when no script tells it: short answers that fit the question's kind and language, chosen
//! by hash. They hold no names, numbers or addresses, so whatever a detector finds in them is a false finding.

use serde_json::{Map, Value, json};

use crate::seed::Seed;

/// An answer to a prompt.
pub(crate) fn reply(prompt: &str, seed: &mut Seed) -> String {
    let lower = prompt.to_lowercase();
    let table = match language(&lower) {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
    };
    let topic = TOPICS.iter().position(|cues| cues.iter().any(|cue| lower.contains(cue)));
    let answers = topic.and_then(|at| table.get(at)).or(table.last()).copied().unwrap_or_default();
    seed.pick(answers).to_owned()
}

/// A line of reasoning.
pub(crate) fn thought(prompt: &str, seed: &mut Seed) -> &'static str {
    if prompt.len() > 400 { seed.pick(&LONG_THOUGHTS) } else { seed.pick(&THOUGHTS) }
}

/// What is said once a tool has answered.
pub(crate) fn after_tool(seed: &mut Seed) -> &'static str {
    seed.pick(&AFTER_TOOL)
}

/// Words without meaning, in this many pieces.
pub(crate) fn filler(pieces: usize) -> Vec<String> {
    FILLER.iter().cycle().take(pieces).map(|word| format!("{word} ")).collect()
}

/// Arguments that fit a tool's schema, as JSON text.
pub(crate) fn arguments(schema: &Value) -> String {
    sample(schema, 0).to_string()
}

/// Schemas nest no deeper than this here.
const DEEPEST: usize = 6;

fn sample(schema: &Value, depth: usize) -> Value {
    if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|e| e.first()) {
        return first.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!("example"),
        Some("integer") => json!(1),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("array") if depth < DEEPEST => {
            json!([sample(schema.get("items").unwrap_or(&Value::Null), depth + 1)])
        }
        Some("array") => json!([]),
        _ => Value::Object(properties(schema, depth)),
    }
}

fn properties(schema: &Value, depth: usize) -> Map<String, Value> {
    let listed = schema.get("properties").and_then(Value::as_object).filter(|_| depth < DEEPEST);
    listed.into_iter().flatten().map(|(name, inner)| (name.clone(), sample(inner, depth + 1))).collect()
}

enum Language {
    English,
    German,
    French,
}

fn language(lower: &str) -> Language {
    let count =
        |words: &[&str]| lower.split(|c: char| !c.is_alphabetic()).filter(|w| words.contains(w)).count();
    let german =
        count(&["der", "die", "das", "und", "ist", "bitte", "für", "nicht", "ein", "eine", "wir", "ich"]);
    let french =
        count(&["le", "la", "les", "est", "une", "pour", "vous", "des", "et", "du", "merci", "dans"]);
    match (german, french) {
        (g, f) if g >= 2 && g >= f => Language::German,
        (_, f) if f >= 2 => Language::French,
        _ => Language::English,
    }
}

/// Cues of the topics, in the order of the answers below; the last answers are for everything else.
const TOPICS: [&[&str]; 6] = [
    &["summar", "zusammenfass", "fasse", "résum", "key points"],
    &["draft", "write a", "letter", "mail", "entwurf", "schreib", "brief", "rédige", "lettre"],
    &["translate", "übersetz", "tradui"],
    &["code", "function", "error", "stack trace", "sql", "rust", "python", "bug"],
    &["handover", "patient", "ward", "discharge", "station", "medication", "service"],
    &["explain", "what is", "why", "how ", "erklär", "warum", "was ist", "expliqu", "pourquoi"],
];

type Answers = &'static [&'static str];

const ENGLISH: [Answers; 7] = [
    &[
        "In short: the request is clear, the documents are complete, and one point is still open. I suggest settling that point first and then confirming the outcome in writing.",
        "Three points matter. The facts are agreed, the deadline is close, and nobody has taken the next step yet. Naming an owner today would settle it.",
    ],
    &[
        "Thank you for getting in touch. We have received your documents and will review them with care. Should anything be missing, we will let you know within two working days. Kind regards",
        "Here is a draft. Dear customer, we have looked into your question and are glad to confirm that it can be settled. Please reply to this message if anything is unclear. Kind regards",
    ],
    &[
        "Here is the translation: the documents have been received and are being reviewed. You will hear from us shortly.",
        "In plain words: we have your request, we are working on it, and you do not need to do anything for now.",
    ],
    &[
        "The failure comes from a value that may be missing. Check for it where the data enters, return an error that names the field, and add a test for the empty case.",
        "Keep the function pure and pass the clock in. Then the flaky test becomes deterministic, and the retry can be tested without waiting.",
    ],
    &[
        "Stable overnight, no new complaints. Observations within limits, medication given as charted. Please repeat the bloods in the morning and review mobility with physiotherapy.",
        "The course was uneventful. Continue the present treatment, watch fluid balance, and arrange follow-up in the outpatient clinic.",
    ],
    &[
        "It works in two steps. First the amount is reserved, then it is settled once the other side confirms. Until that happens it can still be withdrawn.",
        "Think of it as a promise with a date: both sides agree now, and the terms hold even if the market moves before then.",
    ],
    &[
        "Certainly. The usual way is to start with the smallest step that can be checked, agree on who does it, and look at the result together.",
        "Good question. It depends on how often it happens: if it is rare, handle it by hand; if it is daily, it deserves a rule.",
        "Happy to help. Tell me which outcome matters most to you, and I will set out two options with their trade-offs.",
    ],
];

const GERMAN: [Answers; 7] = [
    &[
        "Kurz gesagt: Die Unterlagen sind vollständig, ein Punkt ist noch offen. Ich empfehle, diesen zuerst zu klären und das Ergebnis schriftlich zu bestätigen.",
    ],
    &[
        "Guten Tag, wir haben Ihre Unterlagen erhalten und prüfen sie sorgfältig. Falls etwas fehlt, melden wir uns innert zweier Arbeitstage. Freundliche Grüsse",
    ],
    &[
        "Hier die Übersetzung: Die Unterlagen sind eingegangen und werden geprüft. Sie hören in Kürze von uns.",
    ],
    &[
        "Der Fehler entsteht, weil ein Wert fehlen kann. Prüfen Sie ihn dort, wo die Daten eintreffen, und ergänzen Sie einen Test für den leeren Fall.",
    ],
    &[
        "Die Nacht verlief ruhig, keine neuen Beschwerden. Medikation wie verordnet gegeben. Bitte am Morgen das Labor wiederholen und die Mobilisation besprechen.",
    ],
    &[
        "Das geschieht in zwei Schritten: Zuerst wird der Betrag vorgemerkt, danach verbucht, sobald die Gegenseite bestätigt.",
    ],
    &[
        "Gerne. Beginnen Sie mit dem kleinsten Schritt, der sich prüfen lässt, und schauen Sie das Ergebnis gemeinsam an.",
    ],
];

const FRENCH: [Answers; 7] = [
    &[
        "En bref : le dossier est complet, un seul point reste ouvert. Je propose de le régler d'abord, puis de confirmer par écrit.",
    ],
    &[
        "Madame, Monsieur, nous avons bien reçu vos documents et les examinons avec soin. S'il manque une pièce, nous vous le dirons sous deux jours ouvrables. Cordialement",
    ],
    &[
        "Voici la traduction : les documents sont arrivés et sont à l'examen. Vous aurez bientôt de nos nouvelles.",
    ],
    &[
        "L'erreur vient d'une valeur qui peut manquer. Vérifiez-la à l'entrée et ajoutez un test pour le cas vide.",
    ],
    &[
        "La nuit a été calme, sans nouvelle plainte. Traitement donné comme prescrit. Merci de refaire le bilan demain matin.",
    ],
    &[
        "Cela se fait en deux temps : le montant est d'abord réservé, puis comptabilisé quand l'autre partie confirme.",
    ],
    &["Volontiers. Commencez par la plus petite étape vérifiable, puis regardez le résultat ensemble."],
];

const THOUGHTS: [&str; 2] = [
    "The question is short and clear. A brief answer with one concrete next step will serve best.",
    "First what is being asked, then what is known, then the smallest useful answer.",
];
const LONG_THOUGHTS: [&str; 2] = [
    "There is much here. The request itself stands at the end, so the rest is context that need not be repeated.",
    "Several points are mixed. Sorting them by what has to be decided today makes the answer short.",
];
const AFTER_TOOL: [&str; 3] = [
    "The tool has answered, and the result fits the question. Nothing more needs to be done for now.",
    "Done. The tool confirmed the step; I suggest checking the result once before telling the customer.",
    "The lookup succeeded. What it returned is enough to go on.",
];
const FILLER: [&str; 12] = [
    "calm", "water", "finds", "its", "level", "while", "the", "harbour", "keeps", "quiet", "watch", "tonight",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(prompt: &str) -> String {
        reply(prompt, &mut Seed::of(prompt.as_bytes()))
    }

    #[test]
    fn the_language_of_the_question_is_kept() {
        assert!(answer("Bitte fasse die Unterlagen für mich zusammen, das ist eilig").contains("Unterlagen"));
        assert!(answer("Merci de résumer le dossier pour la cliente").starts_with("En bref"));
        assert!(answer("Please summarise the file").is_ascii());
    }

    #[test]
    fn nothing_of_the_question_comes_back() {
        assert!(!answer("draft a letter to CH93 0076 2011 6238 5295 7").contains("CH93"));
    }

    #[test]
    fn no_answer_holds_a_digit_or_an_address() {
        let tables = [&ENGLISH, &GERMAN, &FRENCH];
        let all =
            tables.iter().flat_map(|t| t.iter()).flat_map(|a| a.iter()).chain(&THOUGHTS).chain(&AFTER_TOOL);
        assert!(all.copied().all(|text| !text.contains(|c: char| c.is_ascii_digit() || c == '@')));
    }

    #[test]
    fn arguments_fit_the_schema() {
        let schema = json!({"type": "object", "properties": {
            "to": {"type": "string"}, "n": {"type": "integer"}, "tags": {"type": "array", "items": {"enum": ["a"]}}}});
        let made: Value = serde_json::from_str(&arguments(&schema)).unwrap();
        assert_eq!(made, json!({"to": "example", "n": 1, "tags": ["a"]}));
        assert_eq!(arguments(&Value::Null), "{}");
    }

    #[test]
    fn filler_has_as_many_pieces_as_asked_for() {
        assert_eq!(filler(64).len(), 64);
    }
}
