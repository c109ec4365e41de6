//! `cargo xtask bench [NAME]`: what the gateway costs, as ratios to nginx in the same run.
//!
//! nginx and the gateway run alone on one core, the load and the provider on the others. Figures that a busy
//! machine disturbs least come first: CPU time. A run prints Markdown for `docs/benchmarks.md`.

pub(crate) mod http;
mod language;
mod load;
pub(crate) mod process;
mod upstream;

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use load::{Ask, percentile};
use process::Measured;

const SMALL: Ask = Ask { prompt: 512, pieces: 0, pause: 0 };
const LARGE: Ask = Ask { prompt: 32 << 10, pieces: 0, pause: 0 };
const NAMES: [&str; 8] = ["detect", "cpu", "rate", "chunks", "latency", "pace", "memory", "language"];

/// What a benchmark runs on.
struct Rig {
    upstream: upstream::Upstream,
    binary: PathBuf,
    scratch: PathBuf,
    full: bool,
}

/// Runs one benchmark or all.
pub(crate) fn run(name: Option<&str>, full: bool) -> Result<()> {
    if let Some(unknown) = name.filter(|n| !NAMES.contains(n)) {
        bail!("no benchmark `{unknown}`: there are {}", NAMES.join(", "));
    }
    let wanted = |n: &str| name.is_none_or(|wanted| wanted == n);
    let binary = process::build()?;
    let scratch = std::env::temp_dir().join(format!("annexa-bench-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let rig = Rig { upstream: upstream::start()?, binary, scratch, full };
    let outcome = NAMES.into_iter().filter(|n| wanted(n)).try_for_each(|n| one(n, &rig));
    std::fs::remove_dir_all(&rig.scratch)?;
    outcome
}

fn one(name: &str, rig: &Rig) -> Result<()> {
    match name {
        "detect" => detect(rig.full),
        "cpu" => cpu(rig),
        "rate" => rate(rig),
        "chunks" => chunks(rig),
        "latency" => latency(rig),
        "pace" => pace(rig),
        "language" => language::run(&rig.binary, rig.upstream.address, &rig.scratch, rig.full),
        _ => memory(rig),
    }
}

fn detect(full: bool) -> Result<()> {
    let bytes = if full { 64 << 20 } else { 8 << 20 };
    let measured = annexa_detect::throughput::measure(bytes).context("the detectors failed")?;
    println!("\n### Detection on mixed prose, one core\n");
    println!("| text | detectors, MB per s | bare aho-corasick, MB per s | ratio |\n|---|---|---|---|");
    for m in measured {
        println!("| {} | {:.1} | {:.1} | {:.2} |", m.text, m.detect, m.bare, m.detect / m.bare);
    }
    Ok(())
}

impl Rig {
    fn nginx(&self) -> Result<Measured> {
        process::nginx(self.upstream.address, &self.scratch)
    }

    fn annexa(&self, durability: &'static str) -> Result<Measured> {
        let data = self.scratch.join(format!("data-{durability}-{}", fresh()));
        process::annexa(&self.binary, self.upstream.address, &data, durability)
    }

    fn times(&self, usual: usize) -> usize {
        if self.full { usual * 4 } else { usual }
    }
}

/// A number that no earlier call gave.
fn fresh() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn cpu(rig: &Rig) -> Result<()> {
    println!("\n### CPU per request and requests per second, 16 connections, one core\n");
    println!(
        "| prompt | gateway | CPU µs per request | × nginx | p50 ms | p99 ms | requests per s |\n|---|---|---|---|---|---|---|"
    );
    for (label, ask, count) in [("512 B", SMALL, rig.times(8000)), ("32 KB", LARGE, rig.times(2000))] {
        let mut base = None;
        for measured in [rig.nginx()?, rig.annexa("interval")?, rig.annexa("commit")?] {
            load::closed_loop(&measured.target, ask, 16, count / 8)?;
            let before = measured.cpu()?;
            let run = load::closed_loop(&measured.target, ask, 16, count)?;
            let each = micros(measured.cpu()? - before) / run.times.len() as f64;
            let base = *base.get_or_insert(each);
            println!(
                "| {label} | {} | {each:.1} | {:.2} | {:.2} | {:.2} | {:.0} |",
                measured.target.name,
                each / base,
                millis(run.percentile(0.5)),
                millis(run.percentile(0.99)),
                run.times.len() as f64 / run.took.as_secs_f64()
            );
        }
    }
    Ok(())
}

/// Under the same load each gateway wakes its peers as often as the other: what one request costs in a service that
/// is not saturated.
fn rate(rig: &Rig) -> Result<()> {
    println!("\n### CPU per request at 2,000 requests per s, 16 connections, 512-byte prompt, one core\n");
    println!("| gateway | CPU µs per request | × nginx | p50 ms | p99 ms |\n|---|---|---|---|---|");
    let count = rig.times(6000);
    let mut base = None;
    for measured in [rig.nginx()?, rig.annexa("interval")?, rig.annexa("commit")?] {
        load::paced_loop(&measured.target, SMALL, 16, count / 8, 2000)?;
        let before = measured.cpu()?;
        let run = load::paced_loop(&measured.target, SMALL, 16, count, 2000)?;
        let each = micros(measured.cpu()? - before) / run.times.len() as f64;
        let base = *base.get_or_insert(each);
        let (p50, p99) = (millis(run.percentile(0.5)), millis(run.percentile(0.99)));
        println!("| {} | {each:.1} | {:.2} | {p50:.2} | {p99:.2} |", measured.target.name, each / base);
    }
    Ok(())
}

/// Streams of two lengths: the difference is what the pieces cost.
fn chunks(rig: &Rig) -> Result<()> {
    println!("\n### CPU per streamed chunk, 16 connections, one core\n");
    println!(
        "| gateway | CPU µs per chunk | × nginx | CPU µs per stream without its chunks |\n|---|---|---|---|"
    );
    let (short, long) =
        (Ask { prompt: 512, pieces: 8, pause: 0 }, Ask { prompt: 512, pieces: 264, pause: 0 });
    let count = rig.times(800);
    let mut base = None;
    for measured in [rig.nginx()?, rig.annexa("interval")?] {
        load::closed_loop(&measured.target, long, 16, count / 4)?;
        let mut each = Vec::new();
        for ask in [short, long] {
            let before = measured.cpu()?;
            let run = load::closed_loop(&measured.target, ask, 16, count)?;
            each.push(micros(measured.cpu()? - before) / run.times.len() as f64);
        }
        let [few, many] = each.as_slice() else { bail!("two lengths were measured") };
        let chunk = (many - few) / (long.pieces - short.pieces) as f64;
        let base = *base.get_or_insert(chunk);
        println!(
            "| {} | {chunk:.2} | {:.2} | {:.1} |",
            measured.target.name,
            chunk / base,
            few - chunk * short.pieces as f64
        );
    }
    Ok(())
}

fn latency(rig: &Rig) -> Result<()> {
    println!("\n### Added latency, one connection, 512-byte prompt\n");
    println!("| gateway | p50 ms | added p50 ms | p99 ms |\n|---|---|---|---|");
    let direct = load::Target {
        name: "direct",
        address: rig.upstream.address,
        path: "/v1/chat/completions".into(),
        key: None,
    };
    let count = rig.times(1500);
    let base = load::closed_loop(&direct, SMALL, 1, count)?;
    let bare = millis(base.percentile(0.5));
    println!("| direct | {bare:.3} | 0 | {:.3} |", millis(base.percentile(0.99)));
    let mut pause = Duration::ZERO;
    for (measured, commits) in
        [(rig.nginx()?, false), (rig.annexa("interval")?, false), (rig.annexa("commit")?, true)]
    {
        load::closed_loop(&measured.target, SMALL, 1, 100)?;
        let run = load::closed_loop(&measured.target, SMALL, 1, count)?;
        let p50 = millis(run.percentile(0.5));
        // An exchange without its commit.
        pause = if commits { pause } else { run.percentile(0.5) };
        println!(
            "| {} | {p50:.3} | {:.3} | {:.3} |",
            measured.target.name,
            p50 - bare,
            millis(run.percentile(0.99))
        );
    }
    // The disk takes longer after a pause: what an exchange waits for is a commit at the pace of exchanges.
    println!(
        "\nOne group commit on this disk (4 KiB behind a log and fdatasync), p50: {:.3} ms one after another, {:.3} ms \
         each after {:.2} ms.",
        millis(group_commit(&rig.scratch, Duration::ZERO)?),
        millis(group_commit(&rig.scratch, pause)?),
        millis(pause)
    );
    Ok(())
}

/// The time that the disk takes to make a small write at the end of a file durable, with a pause after each.
fn group_commit(dir: &Path, pause: Duration) -> Result<Duration> {
    use std::io::Write;
    let mut file = std::fs::File::create(dir.join("commit"))?;
    let mut times = Vec::new();
    for _ in 0..400 {
        let begin = std::time::Instant::now();
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        times.push(begin.elapsed());
        std::thread::sleep(pause);
    }
    times.sort_unstable();
    Ok(percentile(&times, 0.5))
}

/// How long a piece of text is on its way when a piece comes each 5 ms and nothing is found.
fn pace(rig: &Rig) -> Result<()> {
    println!("\n### From the provider to the caller, a piece of text each 5 ms, nothing found\n");
    println!("| gateway | p10 ms | p50 ms | p90 ms | p99 ms | most ms |\n|---|---|---|---|---|---|");
    let ask = Ask { prompt: 512, pieces: rig.times(300), pause: 5 };
    for measured in [rig.nginx()?, rig.annexa("interval")?] {
        let arrived = load::arrivals(&measured.target, ask)?;
        let sent = rig.upstream.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        anyhow::ensure!(arrived.len() == ask.pieces, "{} pieces of {} arrived", arrived.len(), ask.pieces);
        let mut ways: Vec<_> =
            arrived.iter().zip(&sent).map(|(a, s)| a.saturating_duration_since(*s)).collect();
        ways.sort_unstable();
        let at = |p| millis(percentile(&ways, p));
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            measured.target.name,
            at(0.1),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
    }
    Ok(())
}

fn memory(rig: &Rig) -> Result<()> {
    println!("\n### Resident memory\n");
    println!("| gateway | at start MB | with 200 open streams MB |\n|---|---|---|");
    for measured in [rig.nginx()?, rig.annexa("interval")?] {
        let start = measured.resident()?;
        let streams = load::open_streams(&measured.target, 200)?;
        std::thread::sleep(Duration::from_secs(3));
        let open = measured.resident()?;
        println!("| {} | {:.1} | {:.1} |", measured.target.name, megabytes(start), megabytes(open));
        drop(streams);
    }
    Ok(())
}

fn micros(d: Duration) -> f64 {
    d.as_secs_f64() * 1e6
}

fn millis(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
