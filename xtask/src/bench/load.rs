//! Load on a gateway: closed loops over kept connections, and paced streams whose pieces are timed.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::http;

/// Where and how to ask.
#[derive(Clone)]
pub(crate) struct Target {
    /// Name in the report.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// Path of the chat route.
    pub path: String,
    /// Gateway key, if it wants one.
    pub key: Option<String>,
}

/// One kind of request.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    /// Length of the prompt, bytes.
    pub prompt: usize,
    /// Pieces of a streamed answer; 0 for an answer in one.
    pub pieces: usize,
    /// Milliseconds between pieces.
    pub pause: u64,
}

/// Latencies of a run and its length.
pub(crate) struct Run {
    /// Each request's time, sorted.
    pub times: Vec<Duration>,
    /// Whole run.
    pub took: Duration,
}

impl Run {
    /// The latency below which the share `p` of requests lies.
    pub(crate) fn percentile(&self, p: f64) -> Duration {
        percentile(&self.times, p)
    }
}

/// The value below which the share `p` of sorted values lies.
pub(crate) fn percentile(sorted: &[Duration], p: f64) -> Duration {
    let at = (sorted.len().saturating_sub(1) as f64 * p).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

impl Target {
    /// The bytes of a request.
    fn request(&self, ask: &Ask) -> Vec<u8> {
        let prompt: String = prose().chars().cycle().take(ask.prompt).collect();
        let stream = if ask.pieces > 0 { "true" } else { "false" };
        let body = format!(
            "{{\"model\":\"bench-t{}-i{}\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"{prompt}\"}}]}}",
            ask.pieces, ask.pause
        );
        let key = self.key.as_ref().map(|k| format!("authorization: Bearer {k}\r\n")).unwrap_or_default();
        format!(
            "POST {} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{key}content-length: {}\r\n\r\n{body}",
            self.path,
            body.len()
        )
        .into_bytes()
    }

    fn connect(&self) -> Result<(TcpStream, BufReader<TcpStream>)> {
        let stream =
            TcpStream::connect(self.address).with_context(|| format!("{} does not listen", self.name))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok((stream.try_clone()?, BufReader::with_capacity(64 << 10, stream)))
    }
}

fn prose() -> &'static str {
    "Please summarise the minutes below in three sentences, and list what each team promised to do until the next meeting. \
     The operations team will write the new handbook and the audit team will read it. "
}

/// Sends `count` requests over `connections` connections, each its next when the last was answered.
pub(crate) fn closed_loop(target: &Target, ask: Ask, connections: usize, count: usize) -> Result<Run> {
    load(target, ask, connections, count, Duration::ZERO)
}

/// The same at `rate` requests a second, so that what is compared gets the same load.
pub(crate) fn paced_loop(
    target: &Target,
    ask: Ask,
    connections: usize,
    count: usize,
    rate: usize,
) -> Result<Run> {
    let each = Duration::from_secs_f64(connections as f64 / rate as f64);
    load(target, ask, connections, count, each)
}

fn load(target: &Target, ask: Ask, connections: usize, count: usize, every: Duration) -> Result<Run> {
    let start = Instant::now();
    let each = count.div_ceil(connections);
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let target = target.clone();
            thread::spawn(move || worker(&target, &ask, each, every))
        })
        .collect();
    let mut times = Vec::with_capacity(count);
    for worker in workers {
        times.extend(worker.join().map_err(|_| anyhow::anyhow!("a worker failed"))??);
    }
    times.sort_unstable();
    Ok(Run { times, took: start.elapsed() })
}

fn worker(target: &Target, ask: &Ask, count: usize, every: Duration) -> Result<Vec<Duration>> {
    let request = target.request(ask);
    let (mut out, mut reader) = target.connect()?;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begin = Instant::now();
        out.write_all(&request)?;
        let answer = http::read_message(&mut reader)?.context("the connection ended")?;
        times.push(begin.elapsed());
        check(target, ask, &answer)?;
        thread::sleep(every.saturating_sub(begin.elapsed()));
    }
    Ok(times)
}

/// A benchmark of wrong answers would measure nothing.
fn check(target: &Target, ask: &Ask, answer: &http::Message) -> Result<()> {
    let body = String::from_utf8_lossy(&answer.body);
    ensure!(answer.start.contains(" 200 "), "{} answered {}: {body}", target.name, answer.start);
    let complete = if ask.pieces == 0 {
        body.contains("every branch.")
    } else {
        body.ends_with("data: [DONE]\n\n") && body.matches("\"content\"").count() == ask.pieces + 1
    };
    if !complete {
        bail!("{} lost a part of an answer", target.name);
    }
    Ok(())
}

/// One paced stream: when each piece arrived.
pub(crate) fn arrivals(target: &Target, ask: Ask) -> Result<Vec<Instant>> {
    let (mut out, mut reader) = target.connect()?;
    out.write_all(&target.request(&ask))?;
    http::read_head(&mut reader)?.context("no answer")?;
    let mut arrived = Vec::new();
    let mut body = Vec::new();
    let mut seen = 0;
    while http::read_chunk(&mut reader, &mut body)? {
        let now = Instant::now();
        let pieces = String::from_utf8_lossy(&body).matches("{\"content\":\"").count();
        arrived.extend(std::iter::repeat_n(now, pieces - seen));
        seen = pieces;
    }
    Ok(arrived)
}

/// Opens `count` streams that stay open, and gives what holds them open.
pub(crate) fn open_streams(target: &Target, count: usize) -> Result<Vec<BufReader<TcpStream>>> {
    let ask = Ask { prompt: 512, pieces: 600, pause: 50 };
    let request = target.request(&ask);
    (0..count)
        .map(|_| {
            let (mut out, mut reader) = target.connect()?;
            out.write_all(&request)?;
            let (start, _) = http::read_head(&mut reader)?.context("no answer")?;
            ensure!(start.contains(" 200 "), "{} answered {start}", target.name);
            Ok(reader)
        })
        .collect()
}
