//! A configuration turned into the settings that exchanges use.

use std::path::Path;
use std::sync::Arc;

use annexa_detect::Detector;
use annexa_gateway::{Limits, Live, Pool, Provider};
use annexa_policy::PolicySet;
use anyhow::{Context, Result};
use aws_lc_rs::digest;
use http::{HeaderName, HeaderValue, Uri};

use crate::config::{self, Layers, Loaded};
use crate::system::SystemRandom;
use crate::{language, own, proxy, secret, tls};

/// Builds everything that a reload replaces; nothing is in force until the caller swaps it in.
pub(crate) fn build(loaded: &Loaded) -> Result<Live> {
    let config = &loaded.config;
    let limits = config.limits.limits();
    let patterns = patterns(config.detect.types.as_deref(), &loaded.beside)?;
    let detector = match config.detect.layers {
        Layers::All => patterns.with_tagger(Arc::new(language::shared(&SystemRandom)?)),
        Layers::Patterns => patterns,
    };
    let detector = detector.with_own(own::load(&config.detect.own, &loaded.beside)?);
    let providers = config
        .providers
        .iter()
        .map(|p| provider(p, &loaded.beside, &limits).with_context(|| format!("in provider `{}`", p.name)))
        .collect::<Result<_>>()?;
    let admin_key = config.console.as_ref().map(|c| admin_key(&c.admin_key, &loaded.beside)).transpose()?;
    Ok(Live {
        limits,
        providers,
        policy: Arc::new(policy(&config.policy.enforced, config.policy.monitor.as_deref(), &loaded.beside)?),
        detectors: detector.version().to_owned(),
        detector: Arc::new(detector),
        configuration: loaded.hash.clone(),
        admin_key,
    })
}

/// The detectors of these layers, for a command that reads one text after the other.
pub(crate) fn detector(types: Option<&Path>, beside: &Path, layers: Layers) -> Result<Detector> {
    let patterns = patterns(types, beside)?;
    Ok(match layers {
        Layers::All => patterns.with_tagger(Arc::new(language::alone()?)),
        Layers::Patterns => patterns,
    })
}

/// Patterns and validators, with types of one's own where a file is named.
fn patterns(types: Option<&Path>, beside: &Path) -> Result<Detector> {
    let Some(path) = types else { return Ok(Detector::builtin()?) };
    let path = beside.join(path);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("can't read the types in {}", path.display()))?;
    Detector::with_custom(&text).with_context(|| format!("in {}", path.display()))
}

/// Policies by name, or from a file.
pub(crate) fn policy(enforced: &str, monitor: Option<&Path>, beside: &Path) -> Result<PolicySet> {
    let read = |path: &Path| {
        let path = beside.join(path);
        std::fs::read_to_string(&path).with_context(|| format!("can't read the policy {}", path.display()))
    };
    let watched = monitor.map(read).transpose()?;
    if let Some(set) = PolicySet::named(enforced) {
        let set = set?;
        return match watched {
            Some(watched) => Ok(set.watching(&watched)?),
            None => Ok(set),
        };
    }
    let text = read(Path::new(enforced)).with_context(|| {
        format!("`{enforced}` is no named policy (default, answers-only, monitor) and no file")
    })?;
    PolicySet::parse(&text, watched.as_deref().unwrap_or_default())
        .with_context(|| format!("in the policy `{enforced}`"))
}

/// SHA-256 of the key behind a reference.
pub(crate) fn admin_key(reference: &str, beside: &Path) -> Result<[u8; 32]> {
    let key = secret::read(reference, beside).context("in `console.admin_key`")?;
    anyhow::ensure!(
        key.len() >= 24,
        "the key behind `console.admin_key` is shorter than 24 characters: `annexa init` makes one"
    );
    Ok(sha256(key.as_bytes()))
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

fn provider(p: &config::Provider, beside: &Path, limits: &Limits) -> Result<Arc<Provider>> {
    let base = p.base_url.trim_end_matches('/');
    // SDKs' base URLs end in /v1 for OpenAI; our paths begin with it.
    let base = base.strip_suffix("/v1").unwrap_or(base);
    let uri: Uri = base.parse().context("`base_url` can't be read")?;
    let secure = uri.scheme_str() == Some("https");
    let proxy =
        proxy::choose(p.proxy.as_deref(), uri.host().unwrap_or_default(), secure).context("in `proxy`")?;
    let tls = tls::client(secure, p.ca.as_deref(), p.client_certificate.as_ref(), beside)?;
    let key = p.key.as_deref().map(|k| secret::read(k, beside)).transpose().context("in `key`")?;
    Ok(Arc::new(Provider {
        name: p.name.clone(),
        supplier: p.supplier.clone().unwrap_or_else(|| supplier(p.dialect).to_owned()),
        dialect: p.dialect.into(),
        credential: key.map(|k| credential(p.dialect, &k)).transpose()?,
        pool: Pool::new(uri, tls, proxy, limits.connect_timeout)?,
    }))
}

fn supplier(dialect: config::Dialect) -> &'static str {
    match dialect {
        config::Dialect::OpenaiChat => "OpenAI",
        config::Dialect::AnthropicMessages => "Anthropic",
    }
}

fn credential(dialect: config::Dialect, key: &str) -> Result<(HeaderName, HeaderValue)> {
    let (name, value) = match dialect {
        config::Dialect::OpenaiChat => ("authorization", format!("Bearer {key}")),
        config::Dialect::AnthropicMessages => ("x-api-key", key.to_owned()),
    };
    let mut value = HeaderValue::try_from(value)
        .context("the provider's key holds characters that no header can carry")?;
    value.set_sensitive(true);
    Ok((HeaderName::from_static(name), value))
}
