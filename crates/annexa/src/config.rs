//! The one TOML file. Unknown keys are errors, secrets are references, paths are relative to the file.
//!
//! This module only reads and checks; `live` turns a configuration into settings in force.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annexa_gateway::Limits;
use annexa_store::Durability;
use anyhow::{Context, Result, bail};
use aws_lc_rs::digest;
use serde::Deserialize;

use crate::own::OwnFile;
use crate::tls::Pair;

/// A configuration as read, with the place that its paths are relative to.
pub(crate) struct Loaded {
    /// The file's content.
    pub config: Config,
    /// Folder of the file.
    pub beside: PathBuf,
    /// SHA-256 of the file's text, hexadecimal.
    pub hash: String,
}

/// The file.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Who answers for this configuration; stands in the event that says it was loaded.
    pub author: String,
    /// Where evidence and state live.
    pub data: Data,
    /// The data plane's listener.
    pub gateway: Listener,
    /// The console's listener.
    pub console: Option<Console>,
    /// Policies.
    #[serde(default)]
    pub policy: Policy,
    /// Detectors.
    #[serde(default)]
    pub detect: Detect,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitsTable,
    /// Providers.
    #[serde(default, rename = "provider")]
    pub providers: Vec<Provider>,
}

/// Where evidence and state live.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// The data directory.
    pub dir: PathBuf,
    /// `commit` survives power loss, `interval` survives a killed process.
    #[serde(default)]
    pub durability: Lasting,
    /// Name of this node's log, e.g. a domain you own and a path.
    #[serde(default = "default_origin")]
    pub origin: String,
}

/// When evidence counts as written.
#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lasting {
    /// After the disk says so.
    #[default]
    Commit,
    /// After the kernel has it; the disk follows each second.
    Interval,
}

impl Lasting {
    /// The store's word for it.
    pub(crate) fn durability(self) -> Durability {
        match self {
            Lasting::Commit => Durability::Commit,
            Lasting::Interval => Durability::Interval,
        }
    }
}

/// A listener.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// Address and port.
    pub listen: SocketAddr,
    /// Needed outside loopback.
    pub tls: Option<Tls>,
}

/// A certificate of one's own, or one made here.
#[derive(Deserialize, Clone, Debug)]
#[serde(
    untagged,
    expecting = "write `tls = { certificate = \"…\", key = \"…\" }` or `tls = { generate = \"folder\", names = [\"host\"] }`"
)]
pub(crate) enum Tls {
    /// PEM files.
    Own(Pair),
    /// A CA and a certificate made in a folder at the first start.
    Generated(Generate),
}

/// What a generated certificate is for.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// Folder for `ca.pem`, `server.pem` and their keys.
    pub generate: PathBuf,
    /// Host names and addresses in the certificate.
    pub names: Vec<String>,
}

/// The console.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Console {
    /// Address and port; loopback only in this version.
    pub listen: SocketAddr,
    /// Reference to the administrator's key.
    pub admin_key: String,
}

/// Which policies are in force.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// A named policy (`default`, `answers-only`, `monitor`) or a Cedar file.
    #[serde(rename = "use")]
    pub enforced: String,
    /// A Cedar file that is only watched.
    pub monitor: Option<PathBuf>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { enforced: "default".into(), monitor: None }
    }
}

/// Detectors.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Detect {
    /// A TOML file with types of one's own.
    pub types: Option<PathBuf>,
    /// Which layers read.
    #[serde(default)]
    pub layers: Layers,
    /// Lists and fingerprints of the organisation's own.
    #[serde(default)]
    pub own: Vec<OwnFile>,
}

/// Which layers of detection read a text.
#[derive(Deserialize, clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layers {
    /// Patterns, validators and the encoder.
    All,
    /// Patterns and validators alone.
    #[default]
    Patterns,
}

impl Layers {
    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Layers::All => "all",
            Layers::Patterns => "patterns",
        }
    }
}

/// One provider.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    /// First part of the path that callers use.
    pub name: String,
    /// Wire format.
    pub dialect: Dialect,
    /// Base URL.
    pub base_url: String,
    /// The company as the registers know it.
    pub supplier: Option<String>,
    /// Reference to the credential.
    pub key: Option<String>,
    /// PEM file with the CA to trust instead of the system's.
    pub ca: Option<String>,
    /// Client certificate.
    pub client_certificate: Option<Pair>,
    /// `none`, or a proxy's URL; without it the environment's.
    pub proxy: Option<String>,
}

/// Wire formats.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// Anthropic Messages.
    AnthropicMessages,
}

impl From<Dialect> for annexa_wire::Dialect {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenaiChat => annexa_wire::Dialect::OpenAiChat,
            Dialect::AnthropicMessages => annexa_wire::Dialect::AnthropicMessages,
        }
    }
}

/// Bounds that differ from the default. Sizes in bytes, times in seconds.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsTable {
    body_bytes: Option<usize>,
    expanded_bytes: Option<usize>,
    answer_bytes: Option<usize>,
    held_bytes: Option<usize>,
    depth: Option<usize>,
    head_bytes: Option<usize>,
    head_seconds: Option<u32>,
    body_seconds: Option<u32>,
    connect_seconds: Option<u32>,
    first_byte_seconds: Option<u32>,
    stall_seconds: Option<u32>,
    total_seconds: Option<u32>,
    keep_alive_seconds: Option<u32>,
    inspect_cpu_milliseconds: Option<u32>,
    inspect_cpu_milliseconds_per_mib: Option<u32>,
    language_bytes: Option<usize>,
    language_cpu_milliseconds_per_kib: Option<u32>,
    concurrent: Option<usize>,
    connections: Option<usize>,
}

impl LimitsTable {
    /// The limits in force.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let sizes = [
            (&mut limits.body_bytes, self.body_bytes),
            (&mut limits.expanded_bytes, self.expanded_bytes),
            (&mut limits.answer_bytes, self.answer_bytes),
            (&mut limits.held_bytes, self.held_bytes),
            (&mut limits.depth, self.depth),
            (&mut limits.language_bytes, self.language_bytes),
            (&mut limits.head_bytes, self.head_bytes),
            (&mut limits.concurrent, self.concurrent),
            (&mut limits.connections, self.connections),
        ];
        sizes.into_iter().for_each(|(to, from)| *to = from.unwrap_or(*to));
        let times = [
            (&mut limits.head_timeout, self.head_seconds),
            (&mut limits.body_timeout, self.body_seconds),
            (&mut limits.connect_timeout, self.connect_seconds),
            (&mut limits.first_byte_timeout, self.first_byte_seconds),
            (&mut limits.stall_timeout, self.stall_seconds),
            (&mut limits.total_timeout, self.total_seconds),
            (&mut limits.keep_alive, self.keep_alive_seconds),
        ];
        times.into_iter().for_each(|(to, from)| *to = from.map_or(*to, |s| Duration::from_secs(s.into())));
        let shorter = [
            (&mut limits.inspect_cpu, self.inspect_cpu_milliseconds),
            (&mut limits.inspect_cpu_per_mib, self.inspect_cpu_milliseconds_per_mib),
            (&mut limits.language_cpu_per_kib, self.language_cpu_milliseconds_per_kib),
        ];
        shorter
            .into_iter()
            .for_each(|(to, from)| *to = from.map_or(*to, |ms| Duration::from_millis(ms.into())));
        limits
    }
}

fn default_origin() -> String {
    "annexa.invalid/log".into()
}

/// Reads and checks a configuration file.
pub(crate) fn read(path: &Path) -> Result<Loaded> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("can't read {}: `annexa init` writes a commented one", path.display()))?;
    let beside = path.parent().unwrap_or(Path::new(".")).to_path_buf();
    parse(&text, beside).with_context(|| format!("in {}", path.display()))
}

/// Reads a configuration from its text.
pub(crate) fn parse(text: &str, beside: PathBuf) -> Result<Loaded> {
    let mut config: Config =
        toml::from_str(text).map_err(|e| anyhow::anyhow!("{}", e.to_string().trim_end()))?;
    config.data.dir = beside.join(&config.data.dir);
    check(&config)?;
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let hash = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Loaded { config, beside, hash })
}

fn check(config: &Config) -> Result<()> {
    if config.author.trim().is_empty() {
        bail!("`author` is empty: name who answers for this configuration");
    }
    if !config.gateway.listen.ip().is_loopback() && config.gateway.tls.is_none() {
        bail!("`gateway.listen` is not loopback, so it needs `gateway.tls`");
    }
    if config.console.as_ref().is_some_and(|c| !c.listen.ip().is_loopback()) {
        bail!("`console.listen` must be a loopback address: reach it through your own proxy or a tunnel");
    }
    for (at, provider) in config.providers.iter().enumerate() {
        check_provider(provider).with_context(|| format!("in provider `{}`", provider.name))?;
        if config.providers.iter().take(at).any(|p| p.name == provider.name) {
            bail!("two providers are named `{}`: the name is the path, so it must be unique", provider.name);
        }
    }
    Ok(())
}

fn check_provider(provider: &Provider) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let reserved = ["v1", "healthz", "readyz", "metrics"];
    if provider.name.is_empty()
        || !provider.name.chars().all(plain)
        || reserved.contains(&provider.name.as_str())
    {
        bail!(
            "`name` is the first part of a path: letters, digits, `-` and `_`, and not one of {reserved:?}"
        );
    }
    let remote = provider.base_url.starts_with("https://");
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|p| provider.base_url.starts_with(p));
    if !remote && !local {
        bail!("`base_url` must start with https://, or be http:// on loopback");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "author = 'a'\n[data]\ndir = 'd'\n[gateway]\nlisten = '127.0.0.1:0'\n";

    fn refused(text: &str) -> String {
        format!("{:#}", parse(text, PathBuf::new()).err().expect("must be refused"))
    }

    #[test]
    fn the_smallest_file_is_enough() {
        let loaded = parse(SMALL, PathBuf::from("/etc/annexa")).unwrap();
        assert_eq!(loaded.config.data.dir, PathBuf::from("/etc/annexa/d"));
        assert_eq!(loaded.hash.len(), 64);
        assert_eq!(loaded.config.policy.enforced, "default");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = refused(&format!("{SMALL}[limits]\nbody_byte = 1\n"));
        assert!(error.contains("body_byte") && error.contains("line 7"), "{error}");
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        assert!(refused(&SMALL.replace("127.0.0.1:0", "0.0.0.0:80")).contains("gateway.tls"));
        let provider = "[[provider]]\nname = 'p'\ndialect = 'openai_chat'\nbase_url = 'http://10.0.0.1'\n";
        assert!(refused(&format!("{SMALL}{provider}")).contains("base_url"));
    }

    #[test]
    fn limits_given_replace_the_default_and_no_other() {
        let loaded =
            parse(&format!("{SMALL}[limits]\nbody_bytes = 7\nstall_seconds = 9\n"), PathBuf::new()).unwrap();
        let limits = loaded.config.limits.limits();
        assert_eq!((limits.body_bytes, limits.stall_timeout), (7, Duration::from_secs(9)));
        assert_eq!(limits.depth, Limits::default().depth);
    }
}
