//! How fast detection is, beside a bare multi-pattern pass over the same literals.

use std::time::Instant;

use crate::detector::{Around, Detector};
use crate::error::DetectError;
use crate::scanner::Scanner;

const MEGABYTE: f64 = 1e6;
const PIECE: usize = 4;

/// Speed on one kind of text, on the thread that asked.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Which text.
    pub text: &'static str,
    /// Megabytes (10^6 bytes) per second of detection, everything included.
    pub detect: f64,
    /// Megabytes per second of a bare aho-corasick pass over the same literals.
    pub bare: f64,
}

/// Measures on about `bytes` of each kind of text, in passages of 2 to 4 KB; the last row is the first text through
/// a [`Scanner`] in pieces of four characters.
///
/// # Errors
/// When the detector can't be built or fails.
pub fn measure(bytes: usize) -> Result<Vec<Measured>, DetectError> {
    let detector = std::sync::Arc::new(Detector::builtin()?);
    let mut rows = Vec::new();
    for (name, sentences) in [("mixed prose", PROSE), ("records and numbers", RECORDS), ("code", CODE)] {
        let passages = passages(sentences, bytes);
        rows.push(row(name, &detector, &passages)?);
    }
    let prose = prose(bytes);
    let bare = rows.first().map_or(0.0, |r| r.bare);
    rows.push(Measured { text: "mixed prose, streamed", detect: streamed(&detector, &prose)?, bare });
    Ok(rows)
}

/// Prose in seven languages, about `bytes` of it in passages of 2 to 4 KB; the same in every run.
#[must_use]
pub fn prose(bytes: usize) -> Vec<String> {
    passages(PROSE, bytes)
}

fn row(name: &'static str, detector: &Detector, passages: &[String]) -> Result<Measured, DetectError> {
    passages.iter().take(8).try_for_each(|p| detector.scan(p, &Around::default()).map(drop))?;
    let begin = Instant::now();
    let mut found = 0;
    for passage in passages {
        found += detector.scan(passage, &Around::default())?.len();
    }
    let detect = speed(passages, begin);
    let begin = Instant::now();
    let hits: usize =
        passages.iter().map(|p| detector.lexicon().automaton().find_overlapping_iter(p).count()).sum();
    let bare = speed(passages, begin);
    std::hint::black_box((found, hits));
    Ok(Measured { text: name, detect, bare })
}

fn streamed(detector: &std::sync::Arc<Detector>, passages: &[String]) -> Result<f64, DetectError> {
    let begin = Instant::now();
    for passage in passages {
        let mut scanner = Scanner::new(detector.clone());
        let mut rest = passage.as_str();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.ceil_char_boundary(PIECE));
            scanner.push(piece);
            std::hint::black_box(scanner.next_window()?);
            rest = more;
        }
        scanner.finish();
        while scanner.next_window()?.is_some() {}
    }
    Ok(speed(passages, begin))
}

#[expect(clippy::cast_precision_loss, reason = "a speed to three digits")]
fn speed(passages: &[String], begin: Instant) -> f64 {
    let bytes: usize = passages.iter().map(String::len).sum();
    bytes as f64 / begin.elapsed().as_secs_f64().max(1e-9) / MEGABYTE
}

/// Texts of 2 to 4 KB drawn from sentences, the same in every run.
fn passages(sentences: &[&str], bytes: usize) -> Vec<String> {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap_or(0)
    };
    let mut all = Vec::new();
    let mut total = 0;
    while total < bytes {
        let length = 2_000 + next() % 2_000;
        let mut text = String::with_capacity(length + 200);
        while text.len() < length {
            text.push_str(sentences.get(next() % sentences.len().max(1)).copied().unwrap_or_default());
            text.push(if next() % 6 == 0 { '\n' } else { ' ' });
        }
        total += text.len();
        all.push(text);
    }
    all
}

/// Prose in seven languages; one sentence in nine holds something to find.
const PROSE: &[&str] = &[
    "The committee met on Tuesday to discuss how the new procedure would change the work of the branches in the north.",
    "Most of the questions were about the time that customers wait before somebody answers them in their own language.",
    "She explained that the results of the second quarter were better than expected, although costs had grown by 4.2 %.",
    "Please summarise the attached report in three paragraphs and list the risks that the authors mention but do not rate.",
    "A good answer names its sources, says what it does not know, and is no longer than it has to be.",
    "The patient reported mild pain after exercise, slept well, and was advised to return in six weeks for a check.",
    "When the server is restarted, the queue is read again from the last point that was confirmed by both sides.",
    "He had worked for the company since 1998 and knew every one of its 214 suppliers by name.",
    "Could you translate the following paragraph and keep the tone of the original as far as that is possible?",
    "Der Ausschuss hat gestern beschlossen, die Frist bis zum Ende des nächsten Monats zu verlängern.",
    "Bitte fassen Sie die wichtigsten Punkte des Vertrags in einfachen Worten für unsere Kunden zusammen.",
    "Le rapport indique que les délais de traitement ont diminué de façon notable au cours de l'année écoulée.",
    "Nous vous remercions de votre patience et restons à votre disposition pour toute question complémentaire.",
    "El paciente refiere mejoría desde la última visita y no presenta efectos adversos con la nueva medicación.",
    "La banca ha confermato che la nuova procedura entrerà in vigore all'inizio del prossimo trimestre.",
    "De vergadering begon om tien uur en duurde tot ver in de middag, omdat er veel vragen waren.",
    "O relatório descreve as medidas tomadas pela equipa e os resultados obtidos nos primeiros seis meses.",
    "You can reach the desk at desk.north@example.org or under +44 20 7946 0958 between nine and five.",
    "The refund goes to IBAN DE89 3704 0044 0532 0130 00 and will arrive within two working days.",
];

const RECORDS: &[&str] = &[
    "2026-03-14 08:15:22 INFO request 540e6c44-dc62-4e08-8783-0867e79307fa took 3275 ms, status 200, 18234 bytes",
    "2026-03-14 08:15:23 WARN retry 2 of 5 for shard 17 at 10.20.30.41:9042, backoff 250 ms",
    "row 1048,Zurich,8001,47.3769,8.5417,421878,3.1,2025-12-31",
    "row 1049,Geneva,1201,46.2044,6.1432,203856,2.7,2025-12-31",
    "commit 1de5811775ec098e85f8097245230df87a104fd0 changed 12 files, 340 insertions, 27 deletions",
    "invoice 2026-000481 total 12,480.50 EUR due 30 days net, order 77120934",
    "sensor 44 reading 0.9983 0.9979 0.9984 0.9991 mean 0.9984 sd 0.0005",
];

const CODE: &[&str] = &[
    "fn total(items: &[Item]) -> Result<u64, Error> { items.iter().map(|item| item.price.checked_mul(item.count)).sum() }",
    "const response = await client.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });",
    "for index in range(0, len(rows), 500): writer.writerows(rows[index:index + 500])",
    "SELECT c.name, SUM(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name ORDER BY 2 DESC;",
    "if (options.retries > 3 && !options.force) { throw new RangeError(`too many retries: ${options.retries}`); }",
    "{\"status\":\"ok\",\"count\":128,\"items\":[{\"id\":17,\"name\":\"alpha\"},{\"id\":18,\"name\":\"beta\"}],\"next\":null}",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_speed() {
        let rows = measure(4_000).unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|r| r.detect > 0.0 && r.bare > 0.0));
    }

    #[test]
    fn texts_are_the_same_in_every_run() {
        assert_eq!(passages(PROSE, 9_000), passages(PROSE, 9_000));
    }
}
