//! The smallest client that can ask: one connection, one request, the answer read to its end.

use std::io;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Posts JSON to a plain HTTP address and reads what comes back; gives the status.
pub(crate) async fn post(url: &str, key: &str, body: &Value) -> io::Result<u16> {
    let uri: Uri = url.parse().map_err(io::Error::other)?;
    let host = uri.authority().ok_or_else(|| io::Error::other("the address has no host"))?.as_str();
    let stream = TcpStream::connect(host).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let request = Request::post(uri.path())
        .header(HOST, host)
        .header(AUTHORIZATION, format!("Bearer {key}"))
        .header("anthropic-version", "2023-06-01")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(io::Error::other)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            frame.map_err(io::Error::other)?;
        }
        Ok(status)
    };
    tokio::select! {
        answered = exchange => answered,
        ended = connection => Err(ended.err().map_or_else(|| io::Error::other("the connection ended"), io::Error::other)),
    }
}
