//! Numbers about exchanges for Prometheus: counts and durations, never content and never a name a caller chose.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 10] = [0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0, 60.0, 300.0];

/// How an exchange ended whose caller was refused, or got less than the whole answer, because evidence of it could not be
/// written.
pub(crate) const NO_EVIDENCE: &str = "no_evidence";

/// Dialect, provider, way of ending, status.
type Ending = (String, String, &'static str, u16);

/// Counters of one process.
#[derive(Default)]
pub struct Metrics {
    exchanges: Mutex<BTreeMap<Ending, u64>>,
    findings: Mutex<BTreeMap<(String, &'static str), u64>>,
    seconds: [AtomicU64; BUCKETS.len() + 1],
    micros: AtomicU64,
    unauthenticated: AtomicU64,
    overloaded: AtomicU64,
    keep_alives: AtomicU64,
}

impl Metrics {
    /// One exchange ended.
    pub fn exchange(&self, dialect: &str, provider: &str, ended: &'static str, status: u16, took: Duration) {
        let key = (dialect.to_owned(), provider.to_owned(), ended, status);
        *self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        let bucket = BUCKETS.iter().position(|b| took.as_secs_f64() <= *b).unwrap_or(BUCKETS.len());
        if let Some(count) = self.seconds.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Findings of one kind in one direction.
    pub fn found(&self, kind: &str, direction: &'static str, count: u32) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        *findings.entry((kind.to_owned(), direction)).or_default() += u64::from(count);
    }

    /// A request without a valid key.
    pub fn unauthenticated(&self) {
        self.unauthenticated.fetch_add(1, Ordering::Relaxed);
    }

    /// A request refused at admission.
    pub fn overloaded(&self) {
        self.overloaded.fetch_add(1, Ordering::Relaxed);
    }

    /// A keep-alive sent while text was held.
    pub fn keep_alive(&self) {
        self.keep_alives.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it in Prometheus' text format, with the gauges given.
    #[must_use]
    pub fn render(&self, gauges: &[(&str, &str, u64)]) -> String {
        let mut out = String::new();
        head(&mut out, "annexa_exchanges_total", "counter", "Exchanges by how they ended.");
        for ((dialect, provider, ended, status), n) in
            self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            line(
                &mut out,
                &format!(
                    "annexa_exchanges_total{{dialect=\"{dialect}\",provider=\"{}\",ended=\"{ended}\",status=\"{status}\"}} {n}",
                    escape(provider)
                ),
            );
        }
        head(&mut out, "annexa_findings_total", "counter", "Findings by kind and direction.");
        for ((kind, direction), n) in self.findings.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            line(
                &mut out,
                &format!("annexa_findings_total{{kind=\"{}\",direction=\"{direction}\"}} {n}", escape(kind)),
            );
        }
        self.durations(&mut out);
        for (name, help, value) in [
            ("annexa_unauthenticated_total", "Requests without a valid gateway key.", &self.unauthenticated),
            ("annexa_overloaded_total", "Requests refused at admission.", &self.overloaded),
            ("annexa_keep_alives_total", "Keep-alives sent while text was held.", &self.keep_alives),
        ] {
            head(&mut out, name, "counter", help);
            line(&mut out, &format!("{name} {}", value.load(Ordering::Relaxed)));
        }
        for (name, help, value) in gauges {
            head(&mut out, name, "gauge", help);
            line(&mut out, &format!("{name} {value}"));
        }
        out
    }

    fn durations(&self, out: &mut String) {
        head(out, "annexa_exchange_seconds", "histogram", "Whole time of exchanges.");
        let mut sum = 0;
        for (bound, count) in BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]).zip(&self.seconds)
        {
            sum += count.load(Ordering::Relaxed);
            line(out, &format!("annexa_exchange_seconds_bucket{{le=\"{bound}\"}} {sum}"));
        }
        line(
            out,
            &format!("annexa_exchange_seconds_sum {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6),
        );
        line(out, &format!("annexa_exchange_seconds_count {sum}"));
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_out_in_prometheus_form() {
        let metrics = Metrics::default();
        metrics.exchange("openai_chat", "openai", "delivered", 200, Duration::from_millis(30));
        metrics.exchange("openai_chat", "openai", "delivered", 200, Duration::from_secs(3000));
        metrics.found("IBAN", "send", 2);
        let text = metrics.render(&[("annexa_log_size", "Events.", 7)]);
        assert!(text.contains("ended=\"delivered\",status=\"200\"} 2"));
        assert!(text.contains("annexa_findings_total{kind=\"IBAN\",direction=\"send\"} 2"));
        assert!(text.contains("annexa_exchange_seconds_bucket{le=\"0.05\"} 1"));
        assert!(text.contains("annexa_exchange_seconds_bucket{le=\"+Inf\"} 2"));
        assert!(text.ends_with("annexa_log_size 7\n"));
    }
}
