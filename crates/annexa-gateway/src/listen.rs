//! Listeners: plain HTTP on loopback, TLS 1.3 elsewhere; connections are counted, timed and drained.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::patience::Patient;
use crate::settings::{Limits, Listen};
use crate::{Gateway, admit, exchange, health};

const DROPPED_WITHIN: Duration = Duration::from_secs(5);
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

/// Why a listener can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address can't be bound.
    #[error("can't listen on {0}: is another process there?")]
    Bind(SocketAddr, #[source] io::Error),
    /// Plain HTTP outside loopback.
    #[error("{0} is not loopback, so it needs TLS: give the listener a certificate or `tls = \"generated\"`")]
    Plain(SocketAddr),
}

/// A bound listener that does not accept yet.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    /// The address as bound.
    pub address: SocketAddr,
}

/// Binds a listener.
///
/// # Errors
/// When the address is taken, or plain HTTP would leave the machine.
//= iso27001-2022:A.8.24
pub async fn bind(listen: &Listen) -> Result<Listener, ListenError> {
    if listen.tls.is_none() && !listen.address.ip().is_loopback() {
        return Err(ListenError::Plain(listen.address));
    }
    let wrong = |error| ListenError::Bind(listen.address, error);
    let socket = TcpListener::bind(listen.address).await.map_err(wrong)?;
    let address = socket.local_addr().map_err(wrong)?;
    Ok(Listener { socket, tls: listen.tls.clone().map(TlsAcceptor::from), address })
}

/// Connections being served.
pub struct Serving {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Serving {
    /// Starts to accept on all listeners.
    #[must_use]
    pub fn start(gateway: &Arc<Gateway>, listeners: Vec<Listener>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(gateway.clone(), listener, stopped.clone()));
        }
        Serving { tasks, stop }
    }

    /// Stops accepting, lets exchanges finish for as long as `grace`, then ends what is left.
    /// Gives how many exchanges were cut off.
    pub async fn shut_down(mut self, gateway: &Gateway, grace: Duration) -> usize {
        gateway.drain();
        let _ = self.stop.send(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, finished).await.is_ok() {
            return 0;
        }
        let cut = gateway.running();
        self.tasks.shutdown().await;
        // What was cut off writes its outcome as it is dropped, on whichever thread it ran.
        let dropped = async {
            while gateway.running() > 0 {
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        };
        let _ = tokio::time::timeout(DROPPED_WITHIN, dropped).await;
        cut
    }
}

async fn accept(gateway: Arc<Gateway>, listener: Listener, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = told(&mut stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors or the like: trying again at once would only spin.
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            continue;
        };
        let limit = gateway.live.load().limits.connections;
        if let Some(admitted) = gateway.admission.connection(limit) {
            connections.spawn(connection(
                gateway.clone(),
                stream,
                peer.ip(),
                listener.tls.clone(),
                stop.clone(),
                admitted,
            ));
        } else {
            gateway.metrics.overloaded();
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    peer: IpAddr,
    tls: Option<TlsAcceptor>,
    stop: watch::Receiver<bool>,
    _admitted: admit::Admitted,
) {
    // Small frames of a stream must not wait for each other.
    let _ = stream.set_nodelay(true);
    let limits = gateway.live.load().limits.clone();
    let stream = Patient::new(stream, limits.stall_timeout);
    let Some(tls) = tls else { return talk(gateway, stream, peer, stop, &limits).await };
    match tokio::time::timeout(limits.head_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => Box::pin(talk(gateway, stream, peer, stop, &limits)).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn talk<S>(
    gateway: Arc<Gateway>,
    stream: S,
    peer: IpAddr,
    mut stop: watch::Receiver<bool>,
    limits: &Limits,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let gateway = gateway.clone();
        async move {
            let operational =
                health::serve(&gateway, request.method(), request.uri().path(), request.headers(), peer);
            Ok::<_, std::convert::Infallible>(match operational {
                Some(response) => response,
                // Boxed: it is large, and a connection whose answer streams must not keep room for it.
                None => Box::pin(exchange::serve(gateway, request, peer)).await,
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_bytes.max(8192))
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Waits for the word to stop, or for the one who would say it to be gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    // What `wait_for` gives holds a lock: it must not live on across an await.
    drop(stop.wait_for(|s| *s).await);
}
