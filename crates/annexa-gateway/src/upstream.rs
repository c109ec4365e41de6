//! Connections to one provider: a pool of HTTP/1.1 connections over TCP or TLS, directly or through a proxy.
//!
//! It knows nothing of exchanges. A connection goes back to the pool only after its answer was read to the
//! end; a request that an idle connection could not take is sent once more on a fresh one, and only then.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri, uri::Scheme};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const IDLE_FOR: Duration = Duration::from_secs(50);
const IDLE_CONNECTIONS: usize = 256;
const PROXY_HEAD_BYTES: usize = 8 << 10;

/// A forward proxy, from the environment or the configuration.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Host and port.
    pub authority: String,
    /// Value of `proxy-authorization`, if the proxy asks for one.
    pub authorization: Option<String>,
}

/// Why a provider could not be reached; never holds content.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The base URL is not usable.
    #[error("base URL `{0}` is not usable: give http:// or https:// with a host")]
    Base(String),
    /// No connection within the time.
    #[error("no connection to the provider within {0:?}")]
    ConnectTimeout(Duration),
    /// The connection failed.
    #[error("the connection to the provider failed")]
    Connect(#[source] std::io::Error),
    /// The proxy refused the tunnel.
    #[error("the proxy refused the tunnel with status {0}")]
    Proxy(String),
    /// HTTP failed on an open connection.
    #[error("the provider broke the connection")]
    Http(#[source] hyper::Error),
}

/// Connections to one provider.
pub struct Pool {
    base: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    proxy: Option<Proxy>,
    connect_timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    sender: SendRequest<Full<Bytes>>,
    since: Instant,
}

/// The right to give a connection back once its answer was read to the end.
pub struct Lease {
    sender: SendRequest<Full<Bytes>>,
}

impl Pool {
    /// A pool for `base`, e.g. `https://api.openai.com`. `tls` is used when the scheme is https.
    ///
    /// # Errors
    /// When the base URL has no host or another scheme than http or https.
    pub fn new(
        base: Uri,
        tls: Arc<rustls::ClientConfig>,
        proxy: Option<Proxy>,
        connect_timeout: Duration,
    ) -> Result<Self, UpstreamError> {
        let wrong = || UpstreamError::Base(base.to_string());
        let secure = match base.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let host = base.host().ok_or_else(wrong)?.to_owned();
        let port = base.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tls = secure.then(|| TlsConnector::from(tls));
        Ok(Pool { base, host, port, tls, proxy, connect_timeout, idle: Mutex::default() })
    }

    /// The path of the base URL joined with `path`, as the request target.
    #[must_use]
    pub fn target(&self, path: &str) -> String {
        let joined = format!("{}{path}", self.base.path().trim_end_matches('/'));
        if self.tls.is_none() && self.proxy.is_some() {
            return format!("{}://{}{joined}", Scheme::HTTP, self.authority());
        }
        joined
    }

    /// Host with port where it is not the scheme's own, for the `host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        self.base.authority().map_or_else(|| self.host.clone(), |a| a.as_str().to_owned())
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// When no connection can be made or it breaks; nothing is retried that the provider may have seen.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Lease), UpstreamError> {
        let mut request = request;
        while let Some(mut sender) = self.take_idle() {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, Lease { sender })),
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(UpstreamError::Http(failed.into_error())),
                },
            }
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(UpstreamError::Http)?;
        Ok((response, Lease { sender }))
    }

    /// Takes a connection back.
    pub fn give_back(&self, lease: Lease) {
        if lease.sender.is_closed() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(Idle { sender: lease.sender, since: Instant::now() });
        }
    }

    fn take_idle(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|i| !i.sender.is_closed() && i.since.elapsed() < IDLE_FOR);
        let ready = idle.iter().rposition(|i| i.sender.is_ready())?;
        Some(idle.swap_remove(ready).sender)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, UpstreamError> {
        // Boxed: it is large, and most requests go out on a connection that is there.
        tokio::time::timeout(self.connect_timeout, Box::pin(self.dial()))
            .await
            .map_err(|_| UpstreamError::ConnectTimeout(self.connect_timeout))?
    }

    async fn dial(&self) -> Result<SendRequest<Full<Bytes>>, UpstreamError> {
        let mut tcp = match &self.proxy {
            Some(proxy) => TcpStream::connect(&proxy.authority).await,
            None => TcpStream::connect((self.host.as_str(), self.port)).await,
        }
        .map_err(UpstreamError::Connect)?;
        tcp.set_nodelay(true).map_err(UpstreamError::Connect)?;
        let Some(tls) = &self.tls else { return handshake(tcp).await };
        if let Some(proxy) = &self.proxy {
            tunnel(&mut tcp, &self.host, self.port, proxy).await?;
        }
        let name =
            ServerName::try_from(self.host.clone()).map_err(|_| UpstreamError::Base(self.host.clone()))?;
        handshake(tls.connect(name, tcp).await.map_err(UpstreamError::Connect)?).await
    }
}

async fn handshake<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, UpstreamError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(UpstreamError::Http)?;
    // The task ends with the connection: when the sender is dropped, or the provider closes.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to a provider ended");
        }
    });
    Ok(sender)
}

async fn tunnel(tcp: &mut TcpStream, host: &str, port: u16, proxy: &Proxy) -> Result<(), UpstreamError> {
    let mut ask = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
    if let Some(authorization) = &proxy.authorization {
        ask.push_str(&format!("proxy-authorization: {authorization}\r\n"));
    }
    ask.push_str("\r\n");
    tcp.write_all(ask.as_bytes()).await.map_err(UpstreamError::Connect)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < PROXY_HEAD_BYTES {
        // Byte by byte: what follows the head belongs to TLS.
        head.push(tcp.read_u8().await.map_err(UpstreamError::Connect)?);
    }
    let status: String = String::from_utf8_lossy(&head).chars().skip(9).take(3).collect();
    if status.starts_with('2') { Ok(()) } else { Err(UpstreamError::Proxy(status)) }
}
