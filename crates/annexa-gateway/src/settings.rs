//! What an operator may set about the data plane, as plain values.
//!
//! The binary reads its TOML into these structs and swaps them in whole ([`Live`]); nothing here reads
//! files or the environment, and a running exchange keeps the settings that it started with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annexa_detect::Detector;
use annexa_policy::PolicySet;
use annexa_wire::Dialect;
use http::HeaderValue;

use crate::upstream::Pool;

/// One address to listen on; `tls` is needed outside loopback.
#[derive(Clone)]
pub struct Listen {
    /// Where to bind.
    pub address: SocketAddr,
    /// Server configuration, TLS 1.3 only, or `None` for plain HTTP on loopback.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

/// Bounds on what a caller and a provider may send. Sizes in bytes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest request body as it arrives.
    pub body_bytes: usize,
    /// Largest request body after decompression.
    pub expanded_bytes: usize,
    /// Largest answer that is not streamed, and largest undecided part of one that is.
    pub answer_bytes: usize,
    /// Longest arguments of one tool call, and longest signed thinking block, held to be read whole.
    pub held_bytes: usize,
    /// Deepest nesting of a body.
    pub depth: usize,
    /// Largest request head.
    pub head_bytes: usize,
    /// Time for a caller to send its request head.
    pub head_timeout: Duration,
    /// Time for a caller to send its whole body.
    pub body_timeout: Duration,
    /// Time for a provider to accept a connection.
    pub connect_timeout: Duration,
    /// Time for a provider to begin its answer.
    pub first_byte_timeout: Duration,
    /// Longest silence inside an answer.
    pub stall_timeout: Duration,
    /// Longest whole exchange.
    pub total_timeout: Duration,
    /// Pause after which a held stream gets a keep-alive.
    pub keep_alive: Duration,
    /// Exchanges under way at once; more get 503 before work starts.
    pub concurrent: usize,
    /// Connections open at once.
    pub connections: usize,
    /// CPU time for one inspection, and more for each MiB; what costs more is refused.
    pub inspect_cpu: Duration,
    /// CPU time for each MiB of what is inspected.
    pub inspect_cpu_per_mib: Duration,
    /// Bytes of one request, and of one channel of an answer, that the encoder reads; the rest is read by patterns alone
    /// and counted as `LANGUAGE_NOT_READ`, of which policy decides.
    pub language_bytes: usize,
    /// CPU time for each KiB that the encoder reads.
    pub language_cpu_per_kib: Duration,
    /// Passages longer than this together are inspected off the reactor.
    pub inline_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_bytes: 16 << 20,
            expanded_bytes: 32 << 20,
            answer_bytes: 16 << 20,
            held_bytes: 256 << 10,
            depth: 64,
            head_bytes: 32 << 10,
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(600),
            stall_timeout: Duration::from_secs(120),
            total_timeout: Duration::from_secs(3600),
            keep_alive: Duration::from_secs(5),
            concurrent: 1024,
            connections: 4096,
            inspect_cpu: Duration::from_millis(500),
            inspect_cpu_per_mib: Duration::from_secs(2),
            language_bytes: 512 << 10,
            language_cpu_per_kib: Duration::from_millis(100),
            inline_bytes: 64 << 10,
        }
    }
}

impl Limits {
    /// CPU time that the encoder may take for a text of so many bytes; none where there is no encoder.
    #[must_use]
    pub fn language_cpu(&self, detector: &Detector, bytes: usize) -> Duration {
        let kib = u32::try_from(bytes.min(self.language_bytes).div_ceil(1024)).unwrap_or(u32::MAX);
        detector.tagger().map_or(Duration::ZERO, |_| self.language_cpu_per_kib.saturating_mul(kib))
    }

    /// The part that the wire crate enforces.
    #[must_use]
    pub fn wire(&self) -> annexa_wire::Limits {
        annexa_wire::Limits {
            depth: self.depth,
            frame_bytes: self.answer_bytes.min(4 << 20),
            held_bytes: self.answer_bytes,
            ..annexa_wire::Limits::default()
        }
    }
}

/// One provider as the gateway reaches it.
pub struct Provider {
    /// First segment of the path that callers use, e.g. `openai`.
    pub name: String,
    /// The company as the registers know it.
    pub supplier: String,
    /// Wire format it speaks.
    pub dialect: Dialect,
    /// Header that carries the credential, with its value, e.g. `authorization: Bearer …`.
    pub credential: Option<(http::HeaderName, HeaderValue)>,
    /// Connections to it.
    pub pool: Pool,
}

/// Everything that a reload replaces at once.
pub struct Live {
    /// Bounds.
    pub limits: Limits,
    /// Providers by name.
    pub providers: Vec<Arc<Provider>>,
    /// Policies in force.
    pub policy: Arc<PolicySet>,
    /// Detectors in force.
    pub detector: Arc<Detector>,
    /// Version of the detectors, for events.
    pub detectors: String,
    /// Hash of the configuration, for events.
    pub configuration: String,
    /// SHA-256 of the administrator's key, for `/metrics` outside loopback.
    pub admin_key: Option<[u8; 32]>,
}

impl Live {
    /// The provider that a path prefix names, or for a bare `/v1/…` path the first that speaks the dialect.
    #[must_use]
    pub fn provider(&self, name: Option<&str>, dialect: Dialect) -> Option<&Arc<Provider>> {
        match name {
            Some(name) => self.providers.iter().find(|p| p.name == name),
            None => self.providers.iter().find(|p| p.dialect == dialect),
        }
    }
}
