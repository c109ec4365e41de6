//! The binary: command line, configuration, wiring.

mod admin;
mod ask;
mod cli;
mod config;
mod demo;
mod explain;
mod files;
mod init;
mod language;
mod live;
mod log;
mod own;
mod policy;
mod pretty;
mod proxy;
mod replay;
mod rows;
mod sarif;
mod scan;
mod secret;
mod seen;
mod serve;
mod socket;
mod stats;
mod system;
mod tls;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

/// The C library's allocator took a fifth of an exchange's CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    log_to_stderr();
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads the output (`| head`) has seen enough.
fn reader_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => serve::block_on(demo::demo(args)),
        Command::Serve(args) => serve::block_on(serve::serve(args.config)),
        Command::Init(args) => init::init(&args.folder),
        Command::Check(args) => init::check(&args.config),
        Command::Scan(args) => scan::scan(&args),
        Command::Redact(args) => scan::redact_file(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Types(args) => explain::types(&args),
        Command::Edm(command) => own::edm(&command),
        Command::Fingerprint(command) => own::fingerprint(&command),
        Command::Log(command) => log::run(command),
        Command::Record(command) => admin::record(command),
        Command::Policy(command) => policy::run(command),
        Command::Tenant(command) => admin::tenant(command),
        Command::App(command) => admin::app(command),
        Command::Key(command) => admin::key(command),
        Command::Exception(command) => admin::exception(command),
        Command::BreakGlass(args) => admin::break_glass(args),
        Command::Reload(data) => admin::reload(&data),
    }
}

/// Structured logs on standard error: JSON for machines, lines for people. They never hold content.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ANNEXA_LOG").unwrap_or_else(|_| "info".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { log.init() } else { log.json().init() }
}
