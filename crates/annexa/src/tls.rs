//! TLS both ways: certificates for listeners, trust and client certificates for providers.
//!
//! Listeners speak TLS 1.3 only; both sides prefer the hybrid key exchange X25519MLKEM768.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};

/// Paths of a certificate chain and its key, both PEM.
#[derive(serde::Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    /// Chain, leaf first.
    pub certificate: String,
    /// Private key.
    pub key: String,
}

/// A listener's TLS settings.
//= iso27001-2022:A.8.24
pub(crate) fn server(pair: &Pair, beside: &Path) -> Result<Arc<ServerConfig>> {
    let (chain, key) = identity(pair, beside)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and its key don't fit together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Trust for a provider: the system's roots, or only the private CA where one is given; nothing if not `secure`.
pub(crate) fn client(
    secure: bool,
    ca: Option<&str>,
    pair: Option<&Pair>,
    beside: &Path,
) -> Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(if secure { roots(ca, beside)? } else { RootCertStore::empty() });
    let mut config = match pair {
        Some(pair) => {
            let (chain, key) = identity(pair, beside)?;
            builder
                .with_client_auth_cert(chain, key)
                .context("the client certificate and its key don't fit together")?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn provider() -> Arc<crypto::CryptoProvider> {
    Arc::new(crypto::aws_lc_rs::default_provider())
}

fn roots(ca: Option<&str>, beside: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates(&beside.join(path))? {
                roots
                    .add(certificate)
                    .with_context(|| format!("{path} holds a certificate that is no CA"))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}

fn identity(pair: &Pair, beside: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let key = beside.join(&pair.key);
    let key =
        PrivateKeyDer::from_pem_file(&key).with_context(|| format!("no private key in {}", key.display()))?;
    Ok((certificates(&beside.join(&pair.certificate))?, key))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = || format!("can't read certificates from {}", path.display());
    let all: Vec<_> = CertificateDer::pem_file_iter(path)
        .with_context(read)?
        .collect::<Result<_, _>>()
        .with_context(read)?;
    if all.is_empty() {
        bail!("{} holds no certificate", path.display());
    }
    Ok(all)
}

/// Makes a CA and a server certificate in `dir` unless they are there, and gives the server's pair.
/// Callers trust `ca.pem`.
pub(crate) fn generated(dir: &Path, names: &[String]) -> Result<Pair> {
    let path = |name: &str| dir.join(name).display().to_string();
    let pair = Pair { certificate: path("server.pem"), key: path("server.key") };
    if Path::new(&pair.key).exists() {
        return Ok(pair);
    }
    std::fs::create_dir_all(dir).with_context(|| format!("can't make {}", dir.display()))?;
    let ca = authority()?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.subject_alt_names = names.iter().map(|n| subject(n)).collect::<Result<_>>()?;
    let leaf = params.signed_by(&key, &ca)?;
    std::fs::write(path("ca.pem"), ca.pem())?;
    std::fs::write(path("server.pem"), leaf.pem())?;
    private(&path("ca.key"), &ca.key().serialize_pem())?;
    private(&pair.key, &key.serialize_pem())?;
    Ok(pair)
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "Annexa generated CA");
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn subject(name: &str) -> Result<SanType> {
    Ok(match name.parse::<IpAddr>() {
        Ok(ip) => SanType::IpAddress(ip),
        Err(_) => SanType::DnsName(name.try_into().with_context(|| format!("`{name}` is no host name"))?),
    })
}

/// Writes a file that only its owner can read.
pub(crate) fn private(path: &str, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("can't write {path}"))?;
    Ok(file.write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_ca_is_trusted_by_a_client_that_is_given_it() {
        let dir = tempfile::tempdir().unwrap();
        let pair = generated(dir.path(), &["localhost".into(), "127.0.0.1".into()]).unwrap();
        assert!(server(&pair, dir.path()).is_ok());
        assert!(client(true, Some("ca.pem"), None, dir.path()).is_ok());
        let again = generated(dir.path(), &["localhost".into()]).unwrap();
        assert_eq!(pair.key, again.key);
    }

    #[test]
    fn a_missing_certificate_is_named() {
        let pair = Pair { certificate: "none.pem".into(), key: "none.key".into() };
        let error = server(&pair, Path::new("/")).unwrap_err().to_string();
        assert!(error.contains("none.key"), "{error}");
    }
}
