//! Administration from the command line: asks the running gateway, or opens the data directory when none runs.

use std::path::Path;
use std::sync::Arc;

use annexa_store::{Durability, Options, Store};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::ask::{Ask, Desk, Wish};
use crate::cli::{App, BreakGlass, DataDir, Exception, Key, Record, Tenant};
use crate::socket;
use crate::system::{SystemClock, SystemRandom};

/// Name of a log that is made by a command before any gateway ran on the directory.
const ORIGIN: &str = "annexa.invalid/log";

/// Asks, and prints the answer as JSON.
pub(crate) fn ask_and_print(dir: &Path, ask: Ask) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(&ask_gateway(dir, ask)?)?);
    Ok(())
}

/// Asks the gateway that runs on `dir`, or does it here.
pub(crate) fn ask_gateway(dir: &Path, ask: Ask) -> Result<Value> {
    ensure!(dir.is_dir(), "there is no data directory {}: `annexa serve` makes it", dir.display());
    match socket::ask(dir, &ask)? {
        Some(answer) => Ok(answer),
        None => alone(dir, ask),
    }
}

fn alone(dir: &Path, ask: Ask) -> Result<Value> {
    let options = Options {
        durability: Durability::Commit,
        origin: ORIGIN.into(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let opened = Store::open(dir, options)
        .with_context(|| format!("can't open the data directory {}", dir.display()))?;
    for notice in &opened.notices {
        eprintln!("warning: {notice}");
    }
    let desk = Desk {
        store: &opened.store,
        gateway: None,
        reload: None,
        clock: &SystemClock,
        random: &SystemRandom,
    };
    let answer = desk.perform(ask, &format!("admin:{}", user()));
    opened.store.close()?;
    answer
}

fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "command-line".into())
}

/// Runs `annexa record …`.
pub(crate) fn record(command: Record) -> Result<()> {
    let Record::Show { data, tenant, reason, exchange } = command;
    ask_and_print(&data.data, Ask::RecordShow { tenant, exchange, reason })
}

/// Runs `annexa tenant …`.
pub(crate) fn tenant(command: Tenant) -> Result<()> {
    match command {
        Tenant::Create { data, id, name } => {
            let name = name.unwrap_or_else(|| id.clone());
            ask_and_print(&data.data, Ask::TenantCreate { id, name })
        }
        Tenant::List(data) => ask_and_print(&data.data, Ask::TenantList),
    }
}

/// Runs `annexa app …`.
pub(crate) fn app(command: App) -> Result<()> {
    match command {
        App::Create { data, tenant, system, recording, id } => {
            let system = system.unwrap_or_else(|| id.clone());
            ask_and_print(&data.data, Ask::AppCreate { tenant, id, system, recording })
        }
        App::List(data) => ask_and_print(&data.data, Ask::AppList),
    }
}

/// Runs `annexa key …`.
pub(crate) fn key(command: Key) -> Result<()> {
    match command {
        Key::Issue { data, tenant, app, days } => {
            ask_and_print(&data.data, Ask::KeyIssue { tenant, app, days })
        }
        Key::Revoke { data, key } => ask_and_print(&data.data, Ask::KeyRevoke { key }),
        Key::List(data) => ask_and_print(&data.data, Ask::KeyList),
    }
}

/// Runs `annexa exception …`.
pub(crate) fn exception(command: Exception) -> Result<()> {
    match command {
        Exception::Request { data, tenant, app, kinds, provider, exchange, owner, reason, days } => {
            let wish = Wish { tenant, app, kinds, provider, exchange, owner, reason, days };
            ask_and_print(&data.data, Ask::ExceptionRequest(wish))
        }
        Exception::Decide { data, id, grant, by, .. } => {
            ask_and_print(&data.data, Ask::ExceptionDecide { id, grant, by })
        }
        Exception::List(data) => ask_and_print(&data.data, Ask::ExceptionList),
    }
}

/// Runs `annexa break-glass`.
pub(crate) fn break_glass(args: BreakGlass) -> Result<()> {
    let BreakGlass { data, tenant, app, person, reason, minutes } = args;
    ask_and_print(&data.data, Ask::BreakGlass { tenant, app, person, reason, minutes })
}

/// Runs `annexa reload`.
pub(crate) fn reload(data: &DataDir) -> Result<()> {
    ask_and_print(&data.data, Ask::Reload)
}
