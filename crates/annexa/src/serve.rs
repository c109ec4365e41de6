//! A running gateway: store, listeners, console, admin socket, signals. Demo and real use start the same way.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use annexa_evidence::What;
use annexa_gateway::{Gateway, Listen, Live, Serving};
use annexa_store::{Options, Store};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{self, Config, Listener, Loaded, Tls};
use crate::system::{SystemClock, SystemRandom};
use crate::{ask, live, socket, tls};

const GRACE: Duration = Duration::from_secs(30);

/// What a caller needs to know, printed as one line of JSON when all is ready.
#[derive(Serialize)]
pub(crate) struct Ready {
    /// Base URL for OpenAI's SDK.
    pub openai_base_url: Option<String>,
    /// Base URL for Anthropic's SDK.
    pub anthropic_base_url: Option<String>,
    /// A gateway key, where one was made at start.
    pub gateway_key: Option<String>,
    /// The console.
    pub console_url: Option<String>,
    /// The console's key, where one was made at start.
    pub admin_key: Option<String>,
}

/// A gateway that serves.
pub(crate) struct Running {
    /// The data plane.
    pub gateway: Arc<Gateway>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the console listens.
    pub console: Option<SocketAddr>,
    secure: bool,
    config: Config,
    serving: Serving,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Runs `annexa serve`.
pub(crate) async fn serve(path: PathBuf) -> Result<()> {
    let loaded = config::read(&path)?;
    let running = start(loaded, Some(path.clone())).await?;
    println!("{}", serde_json::to_string(&running.ready(None, None))?);
    running.until_stopped(|running| reload(&running.gateway, &path, &running.config)).await
}

/// Opens the store and starts to listen.
pub(crate) async fn start(loaded: Loaded, source: Option<PathBuf>) -> Result<Running> {
    let settings = live::build(&loaded)?;
    let store = open_store(&loaded.config)?;
    let clock = Arc::new(SystemClock);
    let gateway = Gateway::new(settings, store, clock, Arc::new(SystemRandom));
    announce(&gateway, &gateway.live.load(), &loaded.config.author, None)?;
    let listener = annexa_gateway::bind(&listen(&loaded.config.gateway, &loaded)?).await?;
    let address = listener.address;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![socket::listen(&gateway, loaded.config.clone(), source, stopped.clone())?];
    let console = match &loaded.config.console {
        Some(console) => Some(open_console(&gateway, console.listen, stopped, &mut tasks).await?),
        None => None,
    };
    let serving = Serving::start(&gateway, vec![listener]);
    let secure = loaded.config.gateway.tls.is_some();
    Ok(Running { gateway, address, console, secure, config: loaded.config, serving, stop, tasks })
}

fn open_store(config: &Config) -> Result<Arc<Store>> {
    let options = Options {
        durability: config.data.durability.durability(),
        origin: config.data.origin.clone(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let opened = Store::open(&config.data.dir, options)
        .with_context(|| format!("can't open the data directory {}", config.data.dir.display()))?;
    for notice in &opened.notices {
        tracing::error!(%notice, "damage found at start");
    }
    Ok(Arc::new(opened.store))
}

fn listen(listener: &Listener, loaded: &Loaded) -> Result<Listen> {
    let tls = match &listener.tls {
        None => None,
        Some(Tls::Own(pair)) => Some(tls::server(pair, &loaded.beside)?),
        Some(Tls::Generated(g)) => {
            Some(tls::server(&tls::generated(&loaded.beside.join(&g.generate), &g.names)?, &loaded.beside)?)
        }
    };
    Ok(Listen { address: listener.listen, tls })
}

async fn open_console(
    gateway: &Arc<Gateway>,
    address: SocketAddr,
    stopped: watch::Receiver<bool>,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address} for the console"))?;
    let address = listener.local_addr()?;
    let admin_key = gateway.live.load().admin_key.context("`console.admin_key` is missing")?;
    let console = annexa_console::Console::new(
        gateway.store.clone(),
        admin_key,
        Arc::new(SystemRandom),
        Arc::new(SystemClock),
    );
    let router = annexa_console::router(console);
    tasks.push(tokio::spawn(async move {
        let mut stopped = stopped;
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(async move { stopped_signal(&mut stopped).await });
        if let Err(error) = served.await {
            tracing::error!(%error, "the console ended");
        }
    }));
    Ok(address)
}

/// Waits for the word to stop.
pub(crate) async fn stopped_signal(stopped: &mut watch::Receiver<bool>) {
    // What `wait_for` gives holds a lock: it must not live on across an await.
    drop(stopped.wait_for(|s| *s).await);
}

/// Writes the events that say which configuration and policy are in force.
//= iso27001-2022:A.8.9
pub(crate) fn announce(
    gateway: &Gateway,
    settings: &Live,
    author: &str,
    previous: Option<String>,
) -> Result<()> {
    let hash = settings.configuration.clone();
    ask::write(gateway, What::ConfigurationLoaded { hash, author: author.to_owned(), previous })?;
    let policy = &settings.policy;
    if policy.is_for_tests() {
        tracing::warn!(policy = policy.name(), "this policy is for tests: requests leave as they are");
    }
    let what = What::PolicyLoaded {
        version: policy.version().to_owned(),
        name: policy.name().to_owned(),
        author: author.to_owned(),
    };
    ask::write(gateway, what)?;
    Ok(())
}

/// Reads the configuration again and swaps it in, or changes nothing.
//= iso27001-2022:A.8.9
pub(crate) fn reload(gateway: &Gateway, path: &std::path::Path, running: &Config) -> Result<()> {
    let loaded = config::read(path)?;
    let new = &loaded.config;
    let moved = new.data.dir != running.data.dir
        || new.data.durability != running.data.durability
        || new.gateway.listen != running.gateway.listen
        || new.console.as_ref().map(|c| c.listen) != running.console.as_ref().map(|c| c.listen);
    if moved {
        bail!("listeners, the data directory and its durability can't change while running: restart instead");
    }
    let settings = live::build(&loaded)?;
    let previous = gateway.live.load().configuration.clone();
    // In force only once the log says so.
    announce(gateway, &settings, &new.author, Some(previous))?;
    gateway.live.store(Arc::new(settings));
    Ok(())
}

impl Running {
    /// What a caller needs to know.
    pub(crate) fn ready(&self, gateway_key: Option<String>, admin_key: Option<String>) -> Ready {
        let scheme = if self.secure { "https" } else { "http" };
        let base = format!("{scheme}://{}", self.address);
        let of = |dialect: annexa_wire::Dialect, tail: &str| {
            let live = self.gateway.live.load();
            live.provider(None, dialect).map(|p| format!("{base}/{}{tail}", p.name))
        };
        Ready {
            openai_base_url: of(annexa_wire::Dialect::OpenAiChat, "/v1"),
            anthropic_base_url: of(annexa_wire::Dialect::AnthropicMessages, ""),
            gateway_key,
            console_url: self.console.map(|c| format!("http://{c}")),
            admin_key,
        }
    }

    /// Serves until a signal ends it; `on_hup` is what SIGHUP does.
    pub(crate) async fn until_stopped(self, on_hup: impl Fn(&Running) -> Result<()>) -> Result<()> {
        let mut hup = signal(SignalKind::hangup())?;
        let mut term = signal(SignalKind::terminate())?;
        loop {
            tokio::select! {
                _ = hup.recv() => match on_hup(&self) {
                    Ok(()) => tracing::info!("configuration loaded"),
                    Err(error) => tracing::error!(error = format!("{error:#}"), "configuration refused; the old one stays"),
                },
                _ = term.recv() => break,
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        self.shut_down().await
    }

    /// Finishes what runs, then closes the store.
    pub(crate) async fn shut_down(self) -> Result<()> {
        let cut = self.serving.shut_down(&self.gateway, GRACE).await;
        let _ = self.stop.send(true);
        for task in self.tasks {
            // The live stream of an open page never ends by itself.
            if !finished(task, Duration::from_millis(500)).await {
                tracing::debug!("a page was still open");
            }
        }
        ask::write(&self.gateway, What::Shutdown { cut: u32::try_from(cut).unwrap_or(u32::MAX) })?;
        Ok(self.gateway.store.close()?)
    }
}

async fn finished(mut task: JoinHandle<()>, wait: Duration) -> bool {
    let ended = tokio::time::timeout(wait, &mut task).await.is_ok();
    if !ended {
        task.abort();
    }
    ended
}

/// Tasks that a thread runs at most before it looks at the sockets again. More than tokio's 61: exchanges that are ready
/// together go through each step together, see `annexa_gateway`'s `commit`.
const TASKS_IN_A_ROW: u32 = 251;

/// Runs a future on a new runtime.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().event_interval(TASKS_IN_A_ROW).build()?.block_on(work)
}
