//! `annexa demo`: the whole product in one process, with a practice provider and sample traffic.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use annexa_practice::{Player, Practice};
use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::ask::{Ask, Desk};
use crate::config::{self, Loaded};
use crate::serve::{self, Ready, Running};
use crate::system::{SystemClock, SystemRandom, fresh_key};
use crate::{cli, tls};

/// The demo's tenants with their applications; the first one's key is the one that is printed.
const TENANTS: [(&str, &str, &str); 2] =
    [("bank", "Kantonalbank Demo", "advisor-desk"), ("hospital", "Hospital Demo", "ward-assistant")];

/// Who the demo's own changes are made by.
const BY: &str = "admin:demo";

/// A provider of the demo.
struct Upstream {
    name: &'static str,
    dialect: &'static str,
    supplier: &'static str,
    url: String,
    key: Option<&'static str>,
}

/// Runs `annexa demo`.
pub(crate) async fn demo(args: cli::Demo) -> Result<()> {
    let scratch = tempfile::tempdir().context("can't make a temporary folder")?;
    let (stop, stopped) = watch::channel(false);
    let practice = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let practice_url = format!("http://{}", practice.local_addr()?);
    let provider = tokio::spawn(annexa_practice::serve(practice, Practice::default(), stopped.clone()));
    let admin_key = fresh_key("annexa-admin-", &SystemRandom);
    let loaded = configuration(&args, scratch.path(), &practice_url, &admin_key)?;
    let running = serve::start(loaded, None).await?;
    let keys = keys(&running)?;
    let ready = running.ready(keys.first().cloned(), Some(admin_key));
    println!("{}", serde_json::to_string(&ready)?);
    explain(&ready, &args);
    let player =
        (!args.no_traffic).then(|| tokio::spawn(annexa_practice::play(player(&ready, &keys), stopped)));
    let outcome = running.until_stopped(|_| bail!("the demo has no configuration file to read again")).await;
    let _ = stop.send(true);
    for task in [Some(provider), player].into_iter().flatten() {
        task.abort();
    }
    outcome
}

fn configuration(args: &cli::Demo, scratch: &Path, practice: &str, admin_key: &str) -> Result<Loaded> {
    let key = scratch.join("admin.key");
    tls::private(&key.display().to_string(), admin_key)?;
    let data = args.data.clone().unwrap_or_else(|| scratch.join("data"));
    let data = std::path::absolute(data)?;
    let gateway = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let console = free(cli::console_address(gateway));
    let mut text = format!(
        "author = \"demo\"\n[data]\ndir = {}\ndurability = {}\norigin = \"annexa.invalid/demo\"\n[gateway]\nlisten = \"{gateway}\"\n\
         [console]\nlisten = \"{console}\"\nadmin_key = {}\n[policy]\nuse = {}\n[detect]\nlayers = {}\n",
        quoted(&data.display().to_string()),
        quoted(&args.durability),
        quoted(&format!("file:{}", key.display())),
        quoted(&policy(&args.policy)?),
        quoted(args.layers.name()),
    );
    for upstream in upstreams(args, practice)? {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "[[provider]]\nname = {}\ndialect = {}\nsupplier = {}\nbase_url = {}\n",
            quoted(upstream.name),
            quoted(upstream.dialect),
            quoted(upstream.supplier),
            quoted(&upstream.url)
        );
        if let Some(key) = upstream.key {
            let _ = writeln!(text, "key = {}", quoted(key));
        }
    }
    config::parse(&text, PathBuf::from("."))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The console moves to a free port when the one beside the gateway is taken.
fn free(address: SocketAddr) -> SocketAddr {
    let taken = std::net::TcpListener::bind(address).is_err();
    if taken { SocketAddr::new(address.ip(), 0) } else { address }
}

fn policy(named: &str) -> Result<String> {
    let path = Path::new(named);
    Ok(if path.exists() { std::path::absolute(path)?.display().to_string() } else { named.to_owned() })
}

fn upstreams(args: &cli::Demo, practice: &str) -> Result<[Upstream; 2]> {
    let given = |name: &str| {
        args.upstream.iter().find_map(|u| u.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
    };
    if let Some(unknown) =
        args.upstream.iter().find(|u| !u.starts_with("openai=") && !u.starts_with("anthropic="))
    {
        bail!("`--upstream {unknown}` is not understood: write openai=URL or anthropic=URL");
    }
    let one = |name, dialect, supplier, variable: &'static str, reference| {
        let url = given(name);
        let key = (url.is_some() && std::env::var_os(variable).is_some()).then_some(reference);
        let supplier = if url.is_some() { supplier } else { "Annexa practice provider" };
        Upstream { name, dialect, supplier, url: url.unwrap_or_else(|| practice.to_owned()), key }
    };
    Ok([
        one("openai", "openai_chat", "OpenAI", "OPENAI_API_KEY", "env:OPENAI_API_KEY"),
        one("anthropic", "anthropic_messages", "Anthropic", "ANTHROPIC_API_KEY", "env:ANTHROPIC_API_KEY"),
    ])
}

/// Makes the demo's tenants and applications unless an earlier run did, and a fresh key for each.
fn keys(running: &Running) -> Result<Vec<String>> {
    let store = &running.gateway.store;
    let desk = Desk { store, gateway: None, reload: None, clock: &SystemClock, random: &SystemRandom };
    let mut keys = Vec::new();
    for (tenant, name, application) in TENANTS {
        if !store.tenants()?.iter().any(|t| t.id == tenant) {
            desk.perform(Ask::TenantCreate { id: tenant.into(), name: name.into() }, BY)?;
            let (id, system, recording) = (application.into(), application.into(), "masked".into());
            desk.perform(Ask::AppCreate { tenant: tenant.into(), id, system, recording }, BY)?;
        }
        keys.push(desk.issue(tenant, application, 1, BY)?.secret);
    }
    Ok(keys)
}

fn player(ready: &Ready, keys: &[String]) -> Player {
    Player {
        openai_base: ready.openai_base_url.clone().unwrap_or_default(),
        anthropic_base: ready.anthropic_base_url.clone().unwrap_or_default(),
        bank_key: keys.first().cloned().unwrap_or_default(),
        hospital_key: keys.last().cloned().unwrap_or_default(),
        pace: std::time::Duration::from_millis(1500),
    }
}

fn explain(ready: &Ready, args: &cli::Demo) {
    let url = |u: &Option<String>| u.clone().unwrap_or_default();
    eprintln!("Annexa is ready.");
    eprintln!("  console    {}   (key: {})", url(&ready.console_url), url(&ready.admin_key));
    eprintln!("  OpenAI     base_url={} api_key={}", url(&ready.openai_base_url), url(&ready.gateway_key));
    eprintln!("  Anthropic  base_url={} api_key={}", url(&ready.anthropic_base_url), url(&ready.gateway_key));
    eprintln!("  policy     {}", args.policy);
    if args.data.is_none() {
        eprintln!("  evidence is kept in a temporary folder and removed at the end; --data DIR keeps it");
    }
    eprintln!("Stop with Ctrl-C.");
}
