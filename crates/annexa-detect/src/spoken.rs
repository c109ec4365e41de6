//! In which language a text is, so that a text which the encoder was not validated for is said to be one.
//!
//! Patterns and validators know no language; names, places and health facts are read by an encoder that learned a few.

use whatlang::{Lang, Script};

/// As much of a text is looked at.
const SAMPLE_BYTES: usize = 4096;
/// Fewer letters of another script are a name or a sign.
const LETTERS_OF_A_SCRIPT: usize = 12;
/// Fewer letters tell no Latin language from another.
const LETTERS_OF_A_LANGUAGE: usize = 60;

/// The language or script of a text that is surely none of `validated` (two letters each, e.g. `en`): three letters of ISO
/// 639-3. Nothing for short texts, code and tables, of which nothing is sure.
#[must_use]
pub fn not_validated(text: &str, validated: &[impl AsRef<str>]) -> Option<String> {
    let sample = text.get(..text.floor_char_boundary(SAMPLE_BYTES)).unwrap_or_default();
    let info = whatlang::detect(sample)?;
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    if info.script() != Script::Latin {
        let known = is_known(info.lang(), validated);
        return (letters >= LETTERS_OF_A_SCRIPT && !known).then(|| info.lang().code().to_owned());
    }
    let known = is_known(info.lang(), validated);
    (letters >= LETTERS_OF_A_LANGUAGE && !known && info.is_reliable()).then(|| info.lang().code().to_owned())
}

fn is_known(lang: Lang, validated: &[impl AsRef<str>]) -> bool {
    two_letters(lang).is_some_and(|code| validated.iter().any(|v| v.as_ref() == code))
}

/// Two letters of the languages that an encoder of ours may have been validated in.
fn two_letters(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Spa => "es",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Ita => "it",
        Lang::Por => "pt",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "no",
        Lang::Fin => "fi",
        Lang::Ces => "cs",
        Lang::Ron => "ro",
        Lang::Hun => "hu",
        Lang::Tur => "tr",
        Lang::Jpn => "ja",
        Lang::Cmn => "zh",
        Lang::Kor => "ko",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Ara => "ar",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: [&str; 7] = ["en", "es", "de", "fr", "it", "pt", "nl"];

    #[test]
    fn languages_that_were_not_validated_are_said() {
        for (text, says) in [
            ("Пациент Иван Петров был осмотрен вчера в городской больнице.", "rus"),
            ("Ο ασθενής εισήχθη χθες στο νοσοκομείο.", "ell"),
            (
                "Pacjent został wczoraj przyjęty do szpitala z powodu bólu w klatce piersiowej i duszności, lekarz zlecił badania.",
                "pol",
            ),
            (
                "Potilas otettiin eilen sairaalaan rintakivun vuoksi, ja lääkäri määräsi hänelle uusia tutkimuksia ja lääkkeitä.",
                "fin",
            ),
        ] {
            assert_eq!(not_validated(text, &SEVEN).as_deref(), Some(says), "{text}");
        }
    }

    #[test]
    fn validated_languages_code_and_short_texts_pass() {
        for text in [
            "The patient was admitted yesterday with chest pain and shortness of breath, and the doctor ordered new tests.",
            "Der Patient wurde gestern mit Brustschmerzen aufgenommen, und die Ärztin hat neue Untersuchungen angeordnet.",
            "Le patient a été admis hier pour une douleur thoracique et le médecin a demandé de nouveaux examens.",
            "El paciente ingresó ayer con dolor torácico y la doctora pidió nuevas pruebas para el viernes por la mañana.",
            "Il paziente è stato ricoverato ieri per un dolore al petto e la dottoressa ha chiesto nuovi esami.",
            "O paciente foi internado ontem com dor no peito e a médica pediu novos exames para sexta-feira de manhã.",
            "De patiënt is gisteren opgenomen met pijn op de borst en de arts heeft nieuwe onderzoeken aangevraagd.",
            "for (int i = 0; i < rows.len(); ++i) { total += rows[i].amount * rate; } return total / rows.len();",
            "Иван",
            "Hej",
            "",
        ] {
            assert_eq!(not_validated(text, &SEVEN), None, "{text}");
        }
    }

    #[test]
    fn a_language_that_is_validated_later_passes() {
        let text = "Pacjent został wczoraj przyjęty do szpitala z powodu bólu w klatce piersiowej i duszności, lekarz zlecił badania.";
        assert_eq!(not_validated(text, &["en", "pl"]), None);
    }
}
