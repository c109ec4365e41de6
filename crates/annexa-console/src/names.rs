//! Words for what events hold as codes: types of findings, controls, places.

/// Titles of the controls of ISO/IEC 27001:2022 and ISO/IEC 42001:2023: id, tab, title.
const CONTROLS: &str = include_str!("../data/controls.tsv");

/// A control's title.
pub(crate) fn control(id: &str) -> Option<&'static str> {
    CONTROLS
        .lines()
        .find_map(|line| line.split_once('\t').filter(|(own, _)| *own == id))
        .map(|(_, title)| title)
}

/// A control's id without the standard's edition: `ISO 27001 A.8.12`.
pub(crate) fn control_id(id: &str) -> String {
    let (standard, clause) = id.split_once(':').unwrap_or(("", id));
    let standard = standard.split('-').next().unwrap_or_default();
    match standard.strip_prefix("iso") {
        Some(number) => format!("ISO {number} {clause}"),
        None => id.to_owned(),
    }
}

/// A type of finding as words: `CREDIT_CARD` is "Credit card".
pub(crate) fn kind(code: &str) -> String {
    let words =
        code.split('_').filter(|w| !w.is_empty()).enumerate().map(|(at, word)| word_of(word, at == 0));
    words.collect::<Vec<_>>().join(" ")
}

/// Names that are written in a way of their own.
const NAMES: [(&str, &str); 27] = [
    ("DATABRICKS", "Databricks"),
    ("DIGITALOCEAN", "DigitalOcean"),
    ("DOCKER", "Docker"),
    ("FACE", "Face"),
    ("FRAMEIO", "Frame.io"),
    ("GITHUB", "GitHub"),
    ("GITLAB", "GitLab"),
    ("GOOGLE", "Google"),
    ("HUBSPOT", "HubSpot"),
    ("LANGFUSE", "Langfuse"),
    ("LANGSMITH", "LangSmith"),
    ("MAILCHIMP", "Mailchimp"),
    ("NPM", "npm"),
    ("NUGET", "NuGet"),
    ("OAUTH", "OAuth"),
    ("ONEPASSWORD", "1Password"),
    ("ONESIGNAL", "OneSignal"),
    ("OPENAI", "OpenAI"),
    ("OPENROUTER", "OpenRouter"),
    ("PLANETSCALE", "PlanetScale"),
    ("PYPI", "PyPI"),
    ("RELIC", "Relic"),
    ("RUBYGEMS", "RubyGems"),
    ("SENDGRID", "SendGrid"),
    ("SOURCEGRAPH", "Sourcegraph"),
    ("SUMOLOGIC", "Sumo Logic"),
    ("XAI", "xAI"),
];

/// Words that stay in capitals.
const CAPITALS: [&str; 47] = [
    "ABA", "AHV", "API", "AWS", "AT", "BE", "BIC", "BSN", "CA", "CH", "CVV", "DE", "DEA", "DNI", "ES", "FR",
    "GCP", "HMAC", "IBAN", "ID", "IMEI", "IN", "IP", "IT", "JWT", "MAC", "MRN", "NHS", "NIE", "NIR", "NL",
    "NPI", "NVIDIA", "PAN", "PEM", "PL", "PT", "SE", "SSH", "SSN", "SWIFT", "TFN", "UK", "URL", "US", "VAT",
    "VIN",
];

fn word_of(word: &str, first: bool) -> String {
    if CAPITALS.contains(&word) {
        return word.to_owned();
    }
    if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == word) {
        return (*name).to_owned();
    }
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    match letters.next() {
        Some(letter) if first => letter.to_uppercase().chain(letters).collect(),
        _ => lower,
    }
}

/// Where a finding was, as words.
pub(crate) fn origin(code: &str) -> String {
    code.replace('_', " ")
}

/// A dialect's name.
pub(crate) fn dialect(code: &str) -> &str {
    match code {
        "openai_chat" => "OpenAI Chat Completions",
        "anthropic_messages" => "Anthropic Messages",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_as_words() {
        for (code, words) in [
            ("CREDIT_CARD", "Credit card"),
            ("UK_NHS", "UK NHS"),
            ("IBAN_CODE", "IBAN code"),
            ("GITHUB_TOKEN", "GitHub token"),
            ("", ""),
        ] {
            assert_eq!(kind(code), words);
        }
    }

    #[test]
    fn controls_have_titles() {
        assert_eq!(control("iso27001-2022:A.8.12"), Some("Data leakage prevention"));
        assert_eq!(control("iso27001-2022:A.8"), None);
        assert_eq!(control_id("iso42001-2023:A.9.4"), "ISO 42001 A.9.4");
        assert_eq!(control_id("house-rule"), "house-rule");
        assert_eq!(CONTROLS.lines().count(), 131);
    }
}
