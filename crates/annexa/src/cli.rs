//! The command line. Names and forms here are stable: scripts and auditors' notes refer to them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::own;

/// Annexa: a gateway between applications and AI providers whose records are computed from what it really did.
#[derive(Parser)]
#[command(name = "annexa", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// All commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run gateway, practice provider, console and sample traffic in one process
    Demo(Demo),
    /// Run the gateway and the console from a configuration file
    Serve(ConfigFile),
    /// Write a commented configuration file and an admin key
    Init(Init),
    /// Check a configuration file offline: providers, policies, types, certificates, secrets
    Check(ConfigFile),
    /// Find sensitive values in a file, or in standard input with `-`
    Scan(Scan),
    /// Print a text with its sensitive values masked
    Redact(Redact),
    /// Say which layer found what in a file and why, and what the encoder saw that was not reported; never the value
    Explain(Explain),
    /// List all types that can be found, with their standards and their Presidio, Google and AWS names
    Types(Types),
    /// Lists of the organisation's own values, found exactly and kept as keyed hashes
    #[command(subcommand)]
    Edm(own::Edm),
    /// Fingerprints of documents that must not leave
    #[command(subcommand)]
    Fingerprint(own::Fingerprint),
    /// Verify, export and prove the evidence log
    #[command(subcommand)]
    Log(Log),
    /// Open the sealed record of an exchange; opening is itself an event
    #[command(subcommand)]
    Record(Record),
    /// Show, check, explain and replay policies
    #[command(subcommand)]
    Policy(Policy),
    /// Tenants: the customers or business units whose data and keys are their own
    #[command(subcommand)]
    Tenant(Tenant),
    /// Applications: what holds gateway keys
    #[command(subcommand)]
    App(App),
    /// Gateway keys
    #[command(subcommand)]
    Key(Key),
    /// Scoped exceptions from policy, with owner, reason and end
    #[command(subcommand)]
    Exception(Exception),
    /// Open emergency access: a named person, a scope, at most four hours
    BreakGlass(BreakGlass),
    /// Make a running gateway read its configuration again
    Reload(DataDir),
}

/// `annexa demo`
#[derive(Args)]
pub(crate) struct Demo {
    /// Port of the gateway on 127.0.0.1; the console takes the next one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Data directory; without it a temporary one that is removed at the end
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Named policy (default, answers-only, monitor) or a Cedar file
    #[arg(long, default_value = "default")]
    pub policy: String,
    /// Use a real provider, e.g. openai=https://api.openai.com (its key comes from OPENAI_API_KEY or ANTHROPIC_API_KEY)
    #[arg(long, value_name = "NAME=URL")]
    pub upstream: Vec<String>,
    /// Send no sample traffic
    #[arg(long)]
    pub no_traffic: bool,
    /// When evidence counts as written: commit (survives power loss) or interval (survives a killed process)
    #[arg(long, default_value = "commit", value_parser = ["commit", "interval"])]
    pub durability: String,
    /// Layers of detection: all, or patterns alone
    #[arg(long, value_enum, default_value_t = crate::config::Layers::Patterns)]
    pub layers: crate::config::Layers,
}

/// A configuration file.
#[derive(Args)]
pub(crate) struct ConfigFile {
    /// The TOML file
    #[arg(long, default_value = "annexa.toml")]
    pub config: PathBuf,
}

/// A data directory.
#[derive(Args, Clone)]
pub(crate) struct DataDir {
    /// Data directory of the gateway, running or not
    #[arg(long)]
    pub data: PathBuf,
}

/// `annexa init`
#[derive(Args)]
pub(crate) struct Init {
    /// Folder to write annexa.toml and admin.key into
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

/// `annexa scan`
#[derive(Args)]
pub(crate) struct Scan {
    /// Read lines of {"id","text"} and write lines of {"id","spans"} with Unicode code point offsets
    #[arg(long)]
    pub jsonl: bool,
    /// TOML file with types of one's own
    #[arg(long)]
    pub types: Option<PathBuf>,
    /// List the types that can be found, with their Presidio, Google and AWS names
    #[arg(long)]
    pub list: bool,
    /// With --jsonl: give each span the layer's own word for how sure it is, as "score"
    #[arg(long, requires = "jsonl")]
    pub scores: bool,
    /// How findings are written: one a line, with the text around them marked, as JSON lines, or as SARIF 2.1.0
    #[arg(long, value_enum, default_value_t = Format::Lines, conflicts_with = "jsonl")]
    pub format: Format,
    #[command(flatten)]
    pub reading: Reading,
    /// Files and folders, or - for standard input; text, JSON, CSV, HTML, PDF, office files, archives
    #[arg(default_value = "-")]
    pub files: Vec<PathBuf>,
}

/// How findings are written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One finding a line: place, type, confidence, why; never the value.
    Lines,
    /// The text with its findings marked, for the eyes of whoever may see it.
    Pretty,
    /// One JSON object a file; never a value.
    Json,
    /// One SARIF 2.1.0 log; never a value.
    Sarif,
}

/// Which layers read, and what is told of it.
#[derive(Args)]
pub(crate) struct Reading {
    /// Which layers read: all of them, or patterns alone
    #[arg(long, value_enum, default_value_t = crate::config::Layers::All)]
    pub layers: crate::config::Layers,
    /// Write one line of JSON to standard error at the end: kb, cpu_seconds, startup_seconds, peak_rss_mb
    #[arg(long)]
    pub stats: bool,
}

/// `annexa redact`
#[derive(Args)]
pub(crate) struct Redact {
    /// TOML file with types of one's own
    #[arg(long)]
    pub types: Option<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    /// The file, or - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
}

/// `annexa explain`
#[derive(Args)]
pub(crate) struct Explain {
    /// TOML file with types of one's own
    #[arg(long)]
    pub types: Option<PathBuf>,
    /// Which layers read: all of them, or patterns alone
    #[arg(long, value_enum, default_value_t = crate::config::Layers::All)]
    pub layers: crate::config::Layers,
    /// The file, or - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
}

/// `annexa types`
#[derive(Args)]
pub(crate) struct Types {
    /// TOML file with types of one's own
    #[arg(long)]
    pub types: Option<PathBuf>,
}

/// `annexa log …`
#[derive(Subcommand)]
pub(crate) enum Log {
    /// Check every file of a data directory; exit 0 only when all holds (read-only, safe while live)
    Verify(DataDir),
    /// Export one tenant's events with the log's public part, for a stranger's verifier
    Export {
        #[command(flatten)]
        data: DataDir,
        /// Tenant whose events are disclosed
        #[arg(long)]
        tenant: String,
        /// Folder to write
        out: PathBuf,
    },
    /// Print the proof (C2SP tlog-proof) that an event is in the log
    Prove {
        #[command(flatten)]
        data: DataDir,
        /// Position of the event in the log
        seq: u64,
    },
    /// Verify an export without a data directory or keys
    VerifyExport {
        /// Folder of the export
        folder: PathBuf,
    },
}

/// `annexa record …`
#[derive(Subcommand)]
pub(crate) enum Record {
    /// Print the record of an exchange
    Show {
        #[command(flatten)]
        data: DataDir,
        #[arg(long)]
        tenant: String,
        /// Why it is opened; stands in the event
        #[arg(long)]
        reason: String,
        /// Id of the exchange
        exchange: String,
    },
}

/// `annexa policy …`
#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Print what a policy decides for each family of findings and direction
    Table {
        /// Named policy or Cedar file
        #[arg(default_value = "default")]
        policy: String,
        /// Print Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// Check a Cedar file against the schema
    Check {
        /// The file
        file: PathBuf,
    },
    /// Explain a decision: a question as JSON from an event, or from a file
    Explain {
        /// Named policy or Cedar file
        #[arg(long, default_value = "default")]
        policy: String,
        /// File with a question, or - for standard input
        #[arg(default_value = "-")]
        question: PathBuf,
    },
    /// Decide again what the log's exchanges asked, under another policy, and print what would change
    Replay {
        #[command(flatten)]
        data: DataDir,
        #[arg(long)]
        tenant: String,
        /// Named policy or Cedar file
        #[arg(long)]
        policy: String,
    },
}

/// `annexa tenant …`
#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Create a tenant with its own keys
    Create {
        #[command(flatten)]
        data: DataDir,
        /// Short id: letters, digits, - and _
        id: String,
        /// Name as people know it
        #[arg(long)]
        name: Option<String>,
    },
    /// List tenants
    List(DataDir),
}

/// `annexa app …`
#[derive(Subcommand)]
pub(crate) enum App {
    /// Create an application
    Create {
        #[command(flatten)]
        data: DataDir,
        #[arg(long)]
        tenant: String,
        /// Id of the AI system that it belongs to; the application's own id without it
        #[arg(long)]
        system: Option<String>,
        /// event, masked, or full:UNTIL:OWNER:PURPOSE with UNTIL as YYYY-MM-DD
        #[arg(long, default_value = "masked")]
        recording: String,
        /// Short id: letters, digits, - and _
        id: String,
    },
    /// List applications
    List(DataDir),
}

/// `annexa key …`
#[derive(Subcommand)]
pub(crate) enum Key {
    /// Issue a key; it is shown once and stored only as a hash
    Issue {
        #[command(flatten)]
        data: DataDir,
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        app: String,
        /// Days until it expires
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Revoke a key at once
    Revoke {
        #[command(flatten)]
        data: DataDir,
        /// Id of the key, as `annexa key list` shows it
        key: String,
    },
    /// List keys by id
    List(DataDir),
}

/// `annexa exception …`
#[derive(Subcommand)]
pub(crate) enum Exception {
    /// Request an exception, from an exchange's id or by scope
    Request {
        #[command(flatten)]
        data: DataDir,
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        app: Option<String>,
        /// Types that it lifts, e.g. EMAIL,IBAN
        #[arg(long, value_delimiter = ',')]
        kinds: Vec<String>,
        /// Provider that it is for; all without it
        #[arg(long)]
        provider: Option<String>,
        /// Exchange whose refusal it answers; fills application, types and provider
        #[arg(long)]
        exchange: Option<String>,
        /// Who answers for it
        #[arg(long)]
        owner: String,
        #[arg(long)]
        reason: String,
        /// Days until it ends
        #[arg(long)]
        days: u32,
    },
    /// Grant or refuse a request; a second person decides
    Decide {
        #[command(flatten)]
        data: DataDir,
        /// Id of the request
        id: String,
        #[arg(long, conflicts_with = "refuse", required_unless_present = "refuse")]
        grant: bool,
        #[arg(long)]
        refuse: bool,
        /// Who decides
        #[arg(long)]
        by: String,
    },
    /// List exceptions
    List(DataDir),
}

/// `annexa break-glass`
#[derive(Args)]
pub(crate) struct BreakGlass {
    #[command(flatten)]
    pub data: DataDir,
    #[arg(long)]
    pub tenant: String,
    #[arg(long)]
    pub app: Option<String>,
    /// The person who opens it
    #[arg(long)]
    pub person: String,
    #[arg(long)]
    pub reason: String,
    /// At most 240
    #[arg(long, default_value_t = 60)]
    pub minutes: u32,
}

/// Where the console listens when the gateway listens at `address`.
pub(crate) fn console_address(address: SocketAddr) -> SocketAddr {
    let port = if address.port() == 0 { 0 } else { address.port().checked_add(1).unwrap_or(0) };
    SocketAddr::new(address.ip(), port)
}
