//! Encoded runs: base64, hexadecimal, and keys written backwards. What is found inside masks the whole run.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::DetectError;
use crate::find::{self, DEEPEST, Raw, Scene};
use crate::lexicon::{CueSet, Role};
use crate::secret::grown;

const SHORTEST: usize = 12;
const MOST_LINES: usize = 512;
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Looks into every encoded run.
pub(crate) fn find(scene: &Scene<'_>, out: &mut Vec<Raw>) -> Result<(), DetectError> {
    if scene.depth >= DEEPEST {
        return Ok(());
    }
    let bytes = scene.text.as_bytes();
    let mut done = 0;
    for seed in scene.survey.words.iter().filter(|w| w.end - w.start >= 4) {
        if seed.start < done {
            continue;
        }
        let (start, end) = grown(bytes, seed.start, seed.end, b"+/=_-");
        done = end;
        if end - start < SHORTEST {
            continue;
        }
        let ends = line_ends(bytes, start, end);
        // Of many lines that decode to nothing, none but the last may begin something else.
        done = if ends.len() > 2 { ends.get(ends.len() - 2).copied().unwrap_or(end) } else { end };
        for end in [ends.len().checked_sub(1), ends.len().checked_sub(2), Some(0)].into_iter().flatten() {
            let Some(end) = ends.get(end).copied() else { continue };
            let Some(run) = scene.text.get(start..end) else { continue };
            if look_into(scene, run, start, out)?
                || (scene.depth == 0 && look_backwards(scene, run, start, out)?)
            {
                done = end;
                break;
            }
        }
    }
    Ok(())
}

/// Where a run ends, and where it would if the lines after it, of its width but for the last, were part of it.
fn line_ends(bytes: &[u8], start: usize, end: usize) -> Vec<usize> {
    let mut ends = vec![end];
    let mut at = end;
    while at - start >= 40 && bytes.get(at - 1) != Some(&b'=') && ends.len() < MOST_LINES {
        let breaks =
            bytes.get(at..).unwrap_or_default().iter().take(2).take_while(|b| b"\r\n".contains(b)).count();
        let line = bytes.get(at + breaks..).unwrap_or_default();
        let length = line
            .iter()
            .take(end - start)
            .take_while(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(b))
            .count();
        if breaks == 0 || length == 0 {
            break;
        }
        at += breaks + length;
        ends.push(at);
        if length < end - start {
            break;
        }
    }
    ends
}

fn look_into(scene: &Scene<'_>, run: &str, start: usize, out: &mut Vec<Raw>) -> Result<bool, DetectError> {
    let after_name = run
        .find('=')
        .filter(|i| run.get(i + 1..).is_some_and(|r| r.len() >= SHORTEST && !r.starts_with('=')));
    let (skip, run) = after_name.map_or((0, run), |i| (i + 1, run.get(i + 1..).unwrap_or_default()));
    let before = out.len();
    let Some(text) = decoded(run) else { return Ok(false) };
    let inside = find::find(scene.rules, scene.lexicon, &text, &scene.survey.field, scene.depth + 1)?;
    let best = inside.into_iter().max_by(|a, b| a.confidence.total_cmp(&b.confidence));
    out.extend(best.map(|raw| Raw {
        start: start + skip,
        end: start + skip + run.len(),
        detector: "decoded",
        confidence: raw.confidence.max(0.9),
        ..raw
    }));
    Ok(out.len() > before)
}

/// The text that a run encodes, if it does.
fn decoded(run: &str) -> Option<String> {
    let plain: String = run.chars().filter(|c| !c.is_whitespace()).collect();
    let hex = plain.strip_prefix("0x").unwrap_or(&plain);
    if hex.len() >= SHORTEST && hex.len().is_multiple_of(2) && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        let bytes: Option<Vec<u8>> =
            (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok()).collect();
        if let Some(text) = bytes.and_then(readable) {
            return Some(text);
        }
    }
    let engine = if plain.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let whole = plain.trim_end_matches('=');
    let probe = engine.decode(whole.get(..whole.len().min(16) / 4 * 4)?).ok()?;
    readable(probe)?;
    readable(engine.decode(whole).ok()?)
}

/// Bytes as text, if nearly all of it can be read.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) if e.utf8_error().valid_up_to() + 3 >= e.as_bytes().len() => {
            let valid = e.utf8_error().valid_up_to();
            String::from_utf8(e.into_bytes().into_iter().take(valid).collect()).ok()?
        }
        Err(_) => return None,
    };
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace() || *c == '\u{fffd}').count();
    (!text.is_empty() && odd * 20 <= text.chars().count()).then_some(text)
}

/// A key format written backwards.
fn look_backwards(
    scene: &Scene<'_>,
    run: &str,
    start: usize,
    out: &mut Vec<Raw>,
) -> Result<bool, DetectError> {
    if run.len() < 20 || run.len() > 512 {
        return Ok(false);
    }
    let backwards: String = run.chars().rev().collect();
    let hits = scene.lexicon.automaton().find_overlapping_iter(&backwards);
    if !hits.flat_map(|h| scene.lexicon.roles(h.pattern())).any(|r| matches!(r, Role::Anchor(_) | Role::Jwt))
    {
        return Ok(false);
    }
    let inside = find::find(scene.rules, scene.lexicon, &backwards, &CueSet::default(), DEEPEST)?;
    let key = inside
        .into_iter()
        .find(|r| r.confidence >= 0.8 && scene.rules.get(r.rule).is_some_and(|rule| rule.credential));
    let found = key.is_some();
    out.extend(key.map(|raw| Raw {
        start,
        end: start + run.len(),
        detector: "decoded",
        why: "written backwards".into(),
        ..raw
    }));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_text_is_read_and_noise_is_not() {
        assert_eq!(
            decoded("Z2xwYXQta2RZczJGb2o4cUdrc3Q4TERyOEQ=").as_deref(),
            Some("glpat-kdYs2Foj8qGkst8LDr8D")
        );
        assert_eq!(decoded("0x68656c6c6f20776f726c64").as_deref(), Some("hello world"));
        assert_eq!(decoded("8aJU2oIumT1UDqMFQCCGPRxrXuWTWIcTSi9eEH9aWFbH9vZV"), None);
        assert_eq!(decoded("1de5811775ec098e85f8097245230df87a104fd0"), None);
    }

    #[test]
    fn wrapped_runs_are_one() {
        let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlq";
        let text = format!("{line}\n{line}\nQUI= end");
        let ends = line_ends(text.as_bytes(), 0, line.len());
        assert_eq!(ends, [line.len(), 2 * line.len() + 1, text.len() - 4]);
    }
}
