//! Starts a provider, asks it, and reads what comes back.

use std::time::Duration;

use annexa_practice::{Practice, serve};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A dialect's route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenAi,
    Anthropic,
}

pub(crate) const DIALECTS: [Dialect; 2] = [Dialect::OpenAi, Dialect::Anthropic];

/// A provider that serves for as long as this lives.
pub(crate) struct Provider {
    address: std::net::SocketAddr,
    _stop: watch::Sender<bool>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the body ended as HTTP says it should.
    pub(crate) whole: bool,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let none = Duration::ZERO;
        tokio::spawn(serve(
            listener,
            Practice { first: none, between: none, long_wait: Duration::from_millis(1) },
            stopped,
        ));
        Self { address, _stop: stop }
    }

    /// Asks with a prompt; `more` is merged into the body.
    pub(crate) async fn ask(&self, dialect: Dialect, prompt: &str, more: Value) -> Reply {
        let mut body = json!({"model": "practice-d0-i0", "max_tokens": 100, "messages": [{"role": "user", "content": prompt}]});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let path = match dialect {
            Dialect::OpenAi => "/v1/chat/completions",
            Dialect::Anthropic => "/v1/messages",
        };
        self.send(Request::post(path), body.to_string()).await
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: http::request::Builder, body: String) -> Reply {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driven = tokio::spawn(connection);
        let request = request.header("host", "localhost").body(Full::new(Bytes::from(body))).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let (parts, mut body) = response.into_parts();
        let (mut bytes, mut whole) = (Vec::new(), true);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => bytes.extend(frame.into_data().unwrap()),
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        driven.abort();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body: bytes, whole }
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The events of a stream: name and data, data as JSON where it is.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = String::from_utf8(self.body.clone()).unwrap();
        let of = |block: &str| {
            let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)).map(str::to_owned);
            let data = field("data: ").unwrap_or_default();
            let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
            json!({"event": field("event: "), "data": data})
        };
        text.split("\n\n").filter(|b| !b.is_empty()).map(of).collect()
    }

    /// The text of a whole or streamed answer, in order; thinking and arguments have their own kind.
    pub(crate) fn text(&self, kind: Kind) -> String {
        let streamed = self.headers["content-type"].to_str().unwrap().starts_with("text/event-stream");
        if streamed {
            self.events().iter().map(|e| kind.of_event(&e["data"])).collect()
        } else {
            kind.of_whole(&self.json())
        }
    }
}

/// A kind of text in an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Thinking,
    Arguments,
}

impl Kind {
    fn of_event(self, data: &Value) -> String {
        let places: &[&str] = match self {
            Self::Text => &["/choices/0/delta/content", "/delta/text"],
            Self::Thinking => &["/choices/0/delta/reasoning_content", "/delta/thinking"],
            Self::Arguments => &["/choices/0/delta/tool_calls/0/function/arguments", "/delta/partial_json"],
        };
        places.iter().filter_map(|p| data.pointer(p)?.as_str()).collect()
    }

    fn of_whole(self, body: &Value) -> String {
        let openai = match self {
            Self::Text => "/choices/0/message/content",
            Self::Thinking => "/choices/0/message/reasoning_content",
            Self::Arguments => "/choices/0/message/tool_calls/0/function/arguments",
        };
        if let Some(text) = body.pointer(openai).and_then(Value::as_str) {
            return text.to_owned();
        }
        let blocks = body["content"].as_array().cloned().unwrap_or_default();
        let of = |b: &Value| match self {
            Self::Text => b["text"].as_str().map(str::to_owned),
            Self::Thinking => b["thinking"].as_str().map(str::to_owned),
            Self::Arguments => b.get("input").map(Value::to_string),
        };
        blocks.iter().filter_map(of).collect()
    }
}
