//! What the encoder costs: all layers beside patterns alone and beside Presidio with its small English model, and what a
//! prompt costs in a gateway the first time and with the next turn of its conversation.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::load::percentile;
use super::{megabytes, millis, process};
use crate::source;
use crate::suites::Yard;

/// Prints all tables.
pub(crate) fn run(binary: &Path, upstream: SocketAddr, scratch: &Path, full: bool) -> Result<()> {
    scans(binary, scratch, full)?;
    prompts(binary, upstream, scratch, full)
}

/// One way to read a file of texts.
struct Read {
    name: &'static str,
    kb: f64,
    cpu: f64,
    start: f64,
    peak: f64,
}

fn scans(binary: &Path, scratch: &Path, full: bool) -> Result<()> {
    let (small, large) =
        (write(scratch, "small", if full { 200_000 } else { 60_000 })?, write(scratch, "large", 8_000_000)?);
    let presidio = presidio(&small)?;
    let (all, patterns) = (scan(binary, &small, "all")?, scan(binary, &large, "patterns")?);
    let base = presidio.kb / presidio.cpu;
    println!("\n### Reading prose in seven languages, one core\n");
    println!("| reader | KB per CPU s | × Presidio | start s | peak MB |\n|---|---|---|---|---|");
    for read in [presidio, all, patterns] {
        let speed = read.kb / read.cpu;
        println!(
            "| {} | {speed:.1} | {:.1} | {:.3} | {:.0} |",
            read.name,
            speed / base,
            read.start,
            read.peak
        );
    }
    Ok(())
}

/// A file of texts in the form that both readers take.
fn write(scratch: &Path, name: &str, bytes: usize) -> Result<PathBuf> {
    let path = scratch.join(format!("{name}.jsonl"));
    let line = |(at, text): (usize, &String)| format!("{}\n", json!({"id": at.to_string(), "text": text}));
    let texts = annexa_detect::throughput::prose(bytes);
    std::fs::write(&path, texts.iter().enumerate().map(line).collect::<String>())?;
    Ok(path)
}

fn scan(binary: &Path, file: &Path, layers: &'static str) -> Result<Read> {
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]).arg(binary).args(["scan", "--stats", "--layers", layers, "--jsonl"]).arg(file);
    let out = command.output().context("can't start the scan")?;
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let stats = said.lines().last().context("no statistics")?;
    let name = if layers == "all" { "annexa, all layers" } else { "annexa, patterns alone" };
    figures(name, &serde_json::from_str(stats).with_context(|| format!("in `{stats}`"))?)
}

fn figures(name: &'static str, stats: &Value) -> Result<Read> {
    let number = |key: &str| stats.get(key).and_then(Value::as_f64).with_context(|| format!("no `{key}`"));
    let start = number("startup_seconds")?;
    Ok(Read {
        name,
        kb: number("kb")?,
        cpu: number("cpu_seconds")? - start,
        start,
        peak: number("peak_rss_mb")?,
    })
}

fn presidio(file: &Path) -> Result<Read> {
    let yard = Yard::new(&source::root(), false);
    let python = yard.presidio()?;
    let script = yard.root.join("tests/python/presidio_speed.py");
    let out = Command::new("taskset").args(["-c", "1"]).arg(python).arg(script).arg(file).output()?;
    if !out.status.success() {
        bail!("Presidio failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    figures("Presidio, en_core_web_sm", &serde_json::from_slice(&out.stdout)?)
}

/// Prompts through a gateway with all layers: CPU time of the whole gateway for each.
fn prompts(binary: &Path, upstream: SocketAddr, scratch: &Path, full: bool) -> Result<()> {
    let gateway = process::both(binary, upstream, &scratch.join("data-language"), "all")?;
    let texts = annexa_detect::throughput::prose(2_000_000);
    let long = |from: usize, bytes: usize| {
        let joined: String = texts.iter().skip(from).take(bytes / 2_000 + 1).map(String::as_str).collect();
        joined.chars().take(bytes).collect::<String>()
    };
    let count = if full { 200 } else { 60 };
    let (mut cold, mut second) = (Vec::new(), Vec::new());
    cost(&gateway, &[&long(600, 4_000)])?;
    for at in 0..count {
        let first = unlike(at, &long(at * 2, 4_000));
        cold.push(cost(&gateway, &[&first])?);
        let more = format!("Thank you. Please say it once more, in other words, for reader {at}.");
        second.push(cost(&gateway, &[&first, "It is done.", &more])?);
    }
    cold.sort_unstable();
    second.sort_unstable();
    let large = cost(&gateway, &[&long(300, 100_000)])?;
    println!("\n### A prompt in a gateway with all layers: CPU time of the whole gateway\n");
    println!("| prompt | p50 ms | p99 ms |\n|---|---|---|");
    for (name, times) in [("4 KB, never seen", &cold), ("the next turn, with 4 KB seen before", &second)] {
        println!(
            "| {name} | {:.1} | {:.1} |",
            millis(percentile(times, 0.5)),
            millis(percentile(times, 0.99))
        );
    }
    println!("| 100 KB, never seen | {:.0} | |", millis(large));
    println!("\nResident afterwards: {:.1} MB.", megabytes(gateway.resident()?));
    Ok(())
}

/// Sentences come again and again in generated prose: a number in each makes windows that nobody has read.
fn unlike(at: usize, text: &str) -> String {
    let mut count = at * 1_000;
    let number = |sentence: &str| {
        count += 1;
        format!("{sentence} (note {count}). ")
    };
    text.split_inclusive(". ").map(number).collect::<String>().chars().take(4_000).collect()
}

/// CPU time that the gateway takes for a conversation, whose turns are the caller's and the model's by turns.
fn cost(gateway: &process::Both, turns: &[&str]) -> Result<Duration> {
    let role = |at: usize| if at.is_multiple_of(2) { "user" } else { "assistant" };
    let messages: Vec<_> =
        turns.iter().enumerate().map(|(at, text)| json!({"role": role(at), "content": text})).collect();
    let body = json!({"model": "m", "messages": messages}).to_string();
    let before = gateway.cpu()?;
    let status = gateway.post("openai", &body)?;
    anyhow::ensure!(status == 200, "a prompt of {} bytes got status {status}", body.len());
    Ok(gateway.cpu()? - before)
}
