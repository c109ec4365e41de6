//! The forward proxy for providers, from the environment as other tools read it, or from the configuration.

use annexa_gateway::Proxy;
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;

/// The proxy for `host`: `setting` is a URL, `none`, or nothing for the environment's.
pub(crate) fn choose(setting: Option<&str>, host: &str, secure: bool) -> Result<Option<Proxy>> {
    match setting {
        Some("none") => Ok(None),
        Some(url) => parse(url).map(Some),
        None => from_environment(host, secure, |name| std::env::var(name).ok()),
    }
}

fn from_environment(host: &str, secure: bool, get: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let either = |name: &str| get(name).or_else(|| get(&name.to_uppercase())).filter(|v| !v.is_empty());
    // HTTP_PROXY in capitals is not read: behind CGI a caller could set it.
    let plain = || get("http_proxy").filter(|v| !v.is_empty());
    let url = if secure { either("https_proxy") } else { plain() }.or_else(|| either("all_proxy"));
    let Some(url) = url else { return Ok(None) };
    if either("no_proxy").is_some_and(|list| excepted(&list, host)) || loopback(host) {
        return Ok(None);
    }
    parse(&url).map(Some)
}

fn loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn excepted(list: &str, host: &str) -> bool {
    list.split(',').map(str::trim).any(|entry| {
        let suffix = entry.trim_start_matches('.');
        entry == "*" || (!suffix.is_empty() && (host == suffix || host.ends_with(&format!(".{suffix}"))))
    })
}

fn parse(url: &str) -> Result<Proxy> {
    let with_scheme = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Uri = with_scheme.parse().context("the proxy's URL can't be read: write http://host:port")?;
    if uri.scheme_str() != Some("http") {
        bail!("only http:// proxies are supported (the tunnel inside is TLS all the same)");
    }
    let authority = uri.authority().context("the proxy's URL has no host")?.as_str();
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:3128") };
    Ok(Proxy { authority: host, authorization: user.map(|u| format!("Basic {}", STANDARD.encode(u))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
    }

    #[test]
    fn the_environment_names_the_proxy_and_its_exceptions() {
        let vars =
            env(&[("HTTPS_PROXY", "http://me:pw@proxy.bank:8080"), ("no_proxy", ".internal,direct.bank")]);
        let proxy = from_environment("api.openai.com", true, &vars).unwrap().unwrap();
        assert_eq!(proxy.authority, "proxy.bank:8080");
        assert_eq!(proxy.authorization.as_deref(), Some("Basic bWU6cHc="));
        for host in ["llm.internal", "direct.bank", "localhost", "127.0.0.1"] {
            assert!(from_environment(host, true, &vars).unwrap().is_none(), "{host}");
        }
        assert!(from_environment("api.openai.com", false, &vars).unwrap().is_none());
    }

    #[test]
    fn a_proxy_that_can_not_be_used_is_refused() {
        assert!(parse("socks5://proxy:1080").is_err());
        assert_eq!(parse("proxy").unwrap().authority, "proxy:3128");
    }
}
