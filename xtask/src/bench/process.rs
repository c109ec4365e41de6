//! Processes under measurement: nginx and our own gateway, each on one core, with their CPU time and memory.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::http;
use super::load::Target;
use crate::source;
use crate::suites::Yard;

/// Core that what is measured runs on; the load takes the others.
const CORE: &str = "1";
const NGINX: &str = include_str!("nginx.conf");

/// A process under measurement.
pub(crate) struct Measured {
    child: Child,
    /// How to reach it.
    pub target: Target,
}

impl Drop for Measured {
    fn drop(&mut self) {
        // nginx needs a signal that it passes on to its worker.
        let _ = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

impl Measured {
    /// CPU time of the process and its children so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let ids = family(self.child.id())?;
        ids.iter().map(|id| cpu_of(*id)).sum()
    }

    /// Resident memory of the process and its children, bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        family(self.child.id())?.iter().map(|id| resident_of(*id)).sum()
    }
}

/// Runs nginx as a pass-through.
pub(crate) fn nginx(upstream: SocketAddr, dir: &Path) -> Result<Measured> {
    install_nginx()?;
    let address = free_address()?;
    let conf = NGINX
        .replace("@UPSTREAM@", &upstream.to_string())
        .replace("@LISTEN@", &address.to_string())
        .replace("@DIR@", &dir.display().to_string());
    let path = dir.join("nginx.conf");
    std::fs::write(&path, conf)?;
    let child =
        pinned("nginx").arg("-c").arg(&path).arg("-p").arg(dir).spawn().context("can't start nginx")?;
    let target = Target { name: "nginx", address, path: "/v1/chat/completions".into(), key: None };
    wait_for(address)?;
    Ok(Measured { child, target })
}

/// Builds the release binary; gives its path.
pub(crate) fn build() -> Result<PathBuf> {
    Yard::new(&source::root(), false).binary()
}

/// Runs our own gateway with its default policy and patterns alone.
pub(crate) fn annexa(
    binary: &Path,
    upstream: SocketAddr,
    data: &Path,
    durability: &'static str,
) -> Result<Measured> {
    let name = if durability == "commit" { "annexa, commit" } else { "annexa, interval" };
    let command = pinned(&binary.display().to_string());
    let (child, ready) = demo(command, upstream, data, durability, "patterns")?;
    let (address, path) = place(&ready, "openai_base_url")?;
    let key = Some(text(&ready, "gateway_key")?);
    let target = Target { name, address, path: format!("/{path}/chat/completions"), key };
    Ok(Measured { child, target })
}

/// A gateway with both dialects in front of one provider.
pub(crate) struct Both {
    child: Child,
    openai: (SocketAddr, String),
    anthropic: (SocketAddr, String),
    key: String,
}

/// Runs a gateway with both dialects in front of one provider.
pub(crate) fn both(binary: &Path, upstream: SocketAddr, data: &Path, layers: &str) -> Result<Both> {
    let (child, ready) = demo(Command::new(binary), upstream, data, "interval", layers)?;
    let openai = place(&ready, "openai_base_url")?;
    let anthropic = place(&ready, "anthropic_base_url")?;
    Ok(Both { child, openai, anthropic, key: text(&ready, "gateway_key")? })
}

impl Both {
    /// CPU time of all its threads so far, to the nanosecond.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut total = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let file = thread?.path().join("schedstat");
            // A thread may end between the two.
            let Ok(text) = std::fs::read_to_string(file) else { continue };
            let on_cpu =
                text.split(' ').next().and_then(|n| n.parse().ok()).context("no time in schedstat")?;
            total += Duration::from_nanos(on_cpu);
        }
        Ok(total)
    }

    /// Resident memory, bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        resident_of(self.child.id())
    }

    /// Posts a body to a dialect's main route; gives the status.
    pub(crate) fn post(&self, dialect: &str, body: &str) -> Result<u16> {
        let ((address, path), route) = match dialect {
            "openai" => (&self.openai, "chat/completions"),
            _ => (&self.anthropic, "v1/messages"),
        };
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "POST /{path}/{route} HTTP/1.1\r\nhost: probe\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )?;
        let answer = http::read_message(&mut BufReader::new(stream))?.context("no answer")?;
        answer.start.split(' ').nth(1).and_then(|s| s.parse().ok()).context("an answer without a status")
    }
}

impl Drop for Both {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the demo without its traffic; gives the process and the line that it prints when it is ready.
fn demo(
    mut command: Command,
    upstream: SocketAddr,
    data: &Path,
    durability: &str,
    layers: &str,
) -> Result<(Child, Value)> {
    let (openai, anthropic) = (format!("openai=http://{upstream}"), format!("anthropic=http://{upstream}"));
    let mut child = command
        .args(["demo", "--no-traffic", "--port", "0", "--durability", durability, "--data"])
        .arg(data)
        .args(["--layers", layers, "--upstream", &openai, "--upstream", &anthropic])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("can't start the gateway")?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let ready = serde_json::from_str(&line).context("the gateway did not say that it is ready");
    if ready.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    Ok((child, ready?))
}

fn text(ready: &Value, key: &str) -> Result<String> {
    ready
        .get(key)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("no `{key}` in the ready line"))
}

/// Address and path of a base URL.
fn place(ready: &Value, key: &str) -> Result<(SocketAddr, String)> {
    let base = text(ready, key)?;
    let (host, path) = base.trim_start_matches("http://").split_once('/').context("no path in a base URL")?;
    Ok((host.parse()?, path.trim_end_matches('/').to_owned()))
}

fn pinned(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", CORE, program]);
    command
}

fn install_nginx() -> Result<()> {
    if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok() {
        return Ok(());
    }
    eprintln!("installing nginx-light for the baseline");
    let installed = Command::new("apt-get")
        .args(["install", "-y", "-qq", "nginx-light"])
        .stdout(Stdio::null())
        .status()?;
    if !installed.success() {
        bail!("nginx is the baseline and can't be installed: install nginx-light by hand");
    }
    Ok(())
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(address: SocketAddr) -> Result<()> {
    for _ in 0..100 {
        if let Ok(mut stream) = TcpStream::connect(address) {
            return Ok(stream.write_all(b"")?);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("nothing listens on {address}")
}

/// A process and its children.
fn family(id: u32) -> Result<Vec<u32>> {
    let children =
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).context("the process has ended")?;
    Ok(std::iter::once(id).chain(children.split_whitespace().filter_map(|c| c.parse().ok())).collect())
}

fn cpu_of(id: u32) -> Result<Duration> {
    // schedstat counts nanoseconds; stat counts ticks of 10 ms, too coarse for short runs.
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

fn resident_of(id: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0");
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024)
}
