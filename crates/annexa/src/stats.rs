//! What a command cost, as one line of JSON: text read, CPU time, time until it could read, peak of memory.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// Measures one command.
pub(crate) struct Stats {
    started: Instant,
    startup: Duration,
    /// Bytes of text that were read.
    pub(crate) bytes: usize,
}

impl Stats {
    /// At the start of a command.
    pub(crate) fn start() -> Stats {
        Stats { started: Instant::now(), startup: Duration::ZERO, bytes: 0 }
    }

    /// The detectors are made.
    pub(crate) fn ready(&mut self) {
        self.startup = self.started.elapsed();
    }

    /// Writes the line to standard error, if it is wanted.
    pub(crate) fn tell(&self, wanted: bool) -> Result<()> {
        if wanted {
            eprintln!("{}", self.line(&status()?)?);
        }
        Ok(())
    }

    fn line(&self, status: &str) -> Result<serde_json::Value> {
        let kib = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("no VmHWM in its status")?;
        let kib: f64 = kib.trim().trim_end_matches("kB").trim().parse().context("VmHWM is no number")?;
        Ok(json!({
            "kb": rounded(self.bytes as f64 / 1e3),
            "cpu_seconds": rounded(cpu().as_secs_f64()),
            "startup_seconds": rounded(self.startup.as_secs_f64()),
            "peak_rss_mb": rounded(kib * 1024.0 / 1e6),
        }))
    }
}

fn status() -> Result<String> {
    std::fs::read_to_string("/proc/self/status").context("can't read what the kernel says of this process")
}

fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// CPU time of this process, all threads.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_cost() {
        let mut stats = Stats::start();
        stats.ready();
        stats.bytes = 12_345;
        let line = stats.line("VmPeak:\t  9 kB\nVmHWM:\t    2000 kB\n").unwrap();
        assert_eq!((&line["kb"], &line["peak_rss_mb"]), (&json!(12.345), &json!(2.048)));
        assert!(line["cpu_seconds"].as_f64().unwrap() > 0.0);
        assert!(line["startup_seconds"].as_f64().unwrap() < 60.0);
        assert!(stats.line("VmPeak:\t 9 kB").is_err());
        assert!(status().unwrap().contains("VmHWM"));
    }
}
