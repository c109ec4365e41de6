//! The admin socket: one process holds the data directory, and other commands ask it there.
//!
//! One request and one answer a connection, each a line of JSON. Only the user who runs the gateway (and root)
//! can open the socket; the kernel says who asks, and that stands in the events.

use std::io::{BufRead, BufReader as StdBufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annexa_gateway::Gateway;
use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ask::{Ask, Desk};
use crate::config::Config;
use crate::serve;
use crate::system::{SystemClock, SystemRandom};

const NAME: &str = "admin.sock";
const LONGEST_ASK: u64 = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(Value),
    Refused(String),
}

/// Starts to answer on the socket in the data directory.
///
/// # Errors
/// When the socket can't be made.
pub(crate) fn listen(
    gateway: &Arc<Gateway>,
    config: Config,
    source: Option<PathBuf>,
    mut stopped: watch::Receiver<bool>,
) -> Result<JoinHandle<()>> {
    let path = config.data.dir.join(NAME);
    // The directory is locked, so a socket that is there belongs to nobody any more.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .with_context(|| format!("can't open the admin socket {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let office = Arc::new(Office { gateway: gateway.clone(), config, source });
    Ok(tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = serve::stopped_signal(&mut stopped) => break,
            };
            if let Ok((stream, _)) = accepted {
                let office = office.clone();
                // Ends by itself: one request, within its time.
                tokio::spawn(async move {
                    if let Err(error) = serve_one(&office, stream).await {
                        tracing::debug!(error = format!("{error:#}"), "an admin request broke off");
                    }
                });
            }
        }
        let _ = std::fs::remove_file(&path);
    }))
}

struct Office {
    gateway: Arc<Gateway>,
    config: Config,
    source: Option<PathBuf>,
}

async fn serve_one(office: &Arc<Office>, stream: UnixStream) -> Result<()> {
    let by = format!("admin:uid-{}", stream.peer_cred()?.uid());
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    tokio::time::timeout(PATIENCE, BufReader::new(read.take(LONGEST_ASK)).read_line(&mut line)).await??;
    let office = office.clone();
    // The store's work is synchronous: off the reactor.
    let reply = tokio::task::spawn_blocking(move || office.answer(&line, &by)).await?;
    let mut bytes = serde_json::to_vec(&reply)?;
    bytes.push(b'\n');
    write.write_all(&bytes).await?;
    Ok(write.shutdown().await?)
}

impl Office {
    fn answer(&self, line: &str, by: &str) -> Reply {
        let done = serde_json::from_str::<Ask>(line)
            .context("the request can't be read: is this command of another version?")
            .and_then(|ask| self.perform(ask, by));
        done.map_or_else(|error| Reply::Refused(format!("{error:#}")), Reply::Done)
    }

    fn perform(&self, ask: Ask, by: &str) -> Result<Value> {
        let reload = self.source.as_ref().map(|path| || serve::reload(&self.gateway, path, &self.config));
        let desk = Desk {
            store: &self.gateway.store,
            gateway: Some(&self.gateway),
            reload: reload.as_ref().map(|r| r as &dyn Fn() -> Result<()>),
            clock: &SystemClock,
            random: &SystemRandom,
        };
        desk.perform(ask, by)
    }
}

/// Asks the gateway that runs on a data directory, or gives nothing when none runs.
///
/// # Errors
/// When it refuses or does not answer.
pub(crate) fn ask(dir: &Path, ask: &Ask) -> Result<Option<Value>> {
    let Ok(mut stream) = StdUnixStream::connect(dir.join(NAME)) else { return Ok(None) };
    let mut bytes = serde_json::to_vec(ask)?;
    bytes.push(b'\n');
    stream.write_all(&bytes)?;
    let mut line = String::new();
    StdBufReader::new(stream).read_line(&mut line)?;
    if line.is_empty() {
        bail!("the gateway closed the admin socket without an answer: see its log");
    }
    match serde_json::from_str(&line)? {
        Reply::Done(value) => Ok(Some(value)),
        Reply::Refused(why) => Err(anyhow!(why)),
    }
}
