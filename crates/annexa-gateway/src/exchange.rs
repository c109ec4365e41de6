//! The way of an exchange: each step takes what the step before made, so none can be skipped.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use annexa_evidence::Ended;
use annexa_wire::Dialect;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use hyper::body::Incoming;

use crate::admit::Admitted;
use crate::decode::{self, Asked};
use crate::deliver::{self, Payload};
use crate::forward::{self, Unanswered};
use crate::inspect::inspect;
use crate::observe::NO_EVIDENCE;
use crate::open::Evidenced;
use crate::refusal::Refusal;
use crate::settings::Live;
use crate::trail::{CallerTrail, Trail};
use crate::{Gateway, answer, authenticate, commit, decide, record};

const PURPOSE: &str = "annexa-purpose";
const REASON: &str = "annexa-reason";
const STATED_BYTES: usize = 500;

/// Serves one exchange, whatever comes of it.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Payload> {
    let id = gateway.new_id();
    let (head, body) = request.into_parts();
    let trail = match receive(&gateway, &head.method, &head.uri, &head.headers, peer, &id) {
        Ok(trail) => trail,
        Err(refused) => return deliver::refuse(refused.0, &refused.1, &id),
    };
    let dialect = trail.dialect;
    match run(gateway, trail, &head.headers, body).await {
        Ok(response) => response,
        Err(refusal) => deliver::refuse(dialect, &refusal, &id),
    }
}

async fn run(
    gateway: Arc<Gateway>,
    trail: Trail,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Response<Payload>, Refusal> {
    let admitted = gateway
        .admission
        .exchange(trail.live.limits.concurrent)
        .inspect_err(|_| gateway.metrics.overloaded())?;
    let caller = identify(&gateway, &trail, headers)?;
    let asked = decode(&gateway, trail, caller, headers, body).await?;
    let inspected = match inspect(asked).await {
        Ok(inspected) => inspected,
        Err(failed) => {
            return Err(refuse_early(&gateway, &failed.trail, &failed.caller, failed.refusal).await);
        }
    };
    let cleared = match decide::decide(&gateway, inspected) {
        Ok(cleared) => cleared,
        Err(denied) => return Err(refuse(&gateway, &denied).await),
    };
    let noted = record::intent(&gateway, cleared).map_err(|error| no_evidence(&error))?;
    commit::gather(&gateway).await;
    let evidenced = noted.written().map_err(|error| no_evidence(&error))?;
    send(&gateway, evidenced, admitted).await
}

/// Forwards, and answers only when the intent is durable.
async fn send(
    gateway: &Arc<Gateway>,
    evidenced: Evidenced,
    admitted: Admitted,
) -> Result<Response<Payload>, Refusal> {
    let seq = evidenced.seq;
    let answered = commit::meanwhile(&gateway.store, seq, forward::forward(evidenced)).await;
    match answered.map_err(|error| no_evidence(&error))? {
        Ok(answered) => answer::serve(answered, admitted).await,
        Err(unanswered) => Err(give_up(*unanswered).await),
    }
}

/// Finds out from the path alone where an exchange is to go.
fn receive(
    gateway: &Gateway,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    peer: IpAddr,
    id: &str,
) -> Result<Trail, (Dialect, Refusal)> {
    let live = gateway.live.load_full();
    let path = uri.path();
    let (name, rest) = prefix(&live, path);
    let guess = name
        .and_then(|n| live.provider(Some(n), Dialect::OpenAiChat))
        .map_or(Dialect::OpenAiChat, |p| p.dialect);
    let refuse = |refusal| (guess, refusal);
    if headers.contains_key(header::UPGRADE) {
        return Err(refuse(Refusal::new(
            400,
            "annexa_upgrade",
            "WebSocket and other upgrades can't be inspected and are not served",
        )));
    }
    let route = annexa_wire::route(method.as_str(), rest)
        .map_err(|error| refuse(Refusal::new(error.status(), "annexa_route", error.to_string())))?;
    let provider = live.provider(name, route.dialect).cloned().ok_or_else(|| {
        refuse(Refusal::new(
            404,
            "annexa_no_provider",
            "no provider is configured for this path: see `[[provider]]` in the configuration",
        ))
    })?;
    if provider.dialect != route.dialect {
        return Err(refuse(Refusal::new(
            404,
            "annexa_route",
            "the provider that this path names does not speak this dialect",
        )));
    }
    let query = if uri.query() == Some("beta=true") { "?beta=true" } else { "" };
    Ok(Trail {
        id: id.to_owned(),
        arrived: Instant::now(),
        peer,
        dialect: route.dialect,
        operation: route.operation.name(),
        path: format!("{rest}{query}"),
        provider,
        live,
    })
}

/// Splits `/{provider}/v1/…` into the provider's name and the rest; a bare `/v1/…` names none.
fn prefix<'a>(live: &Live, path: &'a str) -> (Option<&'a str>, &'a str) {
    let Some(inner) = path.strip_prefix('/') else { return (None, path) };
    let Some((first, _)) = inner.split_once('/') else { return (None, path) };
    if !live.providers.iter().any(|p| p.name == first) {
        return (None, path);
    }
    (Some(first), inner.strip_prefix(first).unwrap_or(path))
}

fn identify(gateway: &Gateway, trail: &Trail, headers: &HeaderMap) -> Result<CallerTrail, Refusal> {
    let grant =
        authenticate::authenticate(&gateway.store, headers, gateway.now_ms()).inspect_err(|refusal| {
            gateway.metrics.unauthenticated();
            let count = gateway.failures.report(trail.peer, trail.arrived);
            if count > 0 {
                record::authentication_failed(gateway, trail.peer.to_string(), refusal.code, count);
            }
        })?;
    Ok(CallerTrail {
        grant,
        end_user: None,
        purpose: stated(headers, PURPOSE).filter(|purpose| says_nothing(trail, purpose)),
        reason: stated(headers, REASON),
    })
}

/// What an application states about an exchange in a header; it stays inside the gateway.
fn stated(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.chars().take(STATED_BYTES).collect())
}

/// A purpose stands in events, where no content may stand: one that holds a finding counts as not stated.
fn says_nothing(trail: &Trail, purpose: &str) -> bool {
    let around = annexa_detect::Around::default();
    trail.live.detector.scan(purpose, &around).is_ok_and(|found| found.is_empty())
}

async fn decode(
    gateway: &Gateway,
    trail: Trail,
    mut caller: CallerTrail,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Asked, Refusal> {
    let read = read(&trail, headers, body).await;
    let request = match read {
        Ok(request) => request,
        Err(refusal) => return Err(refuse_early(gateway, &trail, &caller, refusal).await),
    };
    if let Some(user) = request.end_user() {
        let pseudonym = gateway.store.pseudonym(&caller.grant.tenant, user);
        let pseudonym = pseudonym.inspect_err(|_| trail.count(&gateway.metrics, NO_EVIDENCE, 503));
        caller.end_user = Some(pseudonym.map_err(|e| no_evidence(&e))?);
    }
    Ok(Asked { headers: decode::outward_headers(headers), trail, caller, request })
}

async fn read(trail: &Trail, headers: &HeaderMap, body: Incoming) -> Result<annexa_wire::Request, Refusal> {
    let limits = &trail.live.limits;
    let bytes = decode::read_body(body, headers, limits).await?;
    let rest = trail.path.split('?').next().unwrap_or_default();
    let route =
        annexa_wire::route("POST", rest).map_err(|e| Refusal::new(404, "annexa_route", e.to_string()))?;
    annexa_wire::Request::read(route, bytes, &limits.wire())
        .map_err(|error| Refusal::new(400, "annexa_body", format!("the body can't be read: {error}")))
}

/// Refuses what was not understood or not inspected. The caller is known: that it tried is part of the record.
async fn refuse_early(gateway: &Gateway, trail: &Trail, caller: &CallerTrail, refusal: Refusal) -> Refusal {
    let written = record::refused_early(gateway, trail, caller, &refusal);
    told(gateway, trail, written, refusal).await
}

async fn refuse(gateway: &Gateway, denied: &decide::Denied) -> Refusal {
    let written = record::refused(gateway, denied);
    told(gateway, &denied.asked.trail, written, denied.refusal.clone()).await
}

/// What the caller is told once the refusal is durable.
async fn told(
    gateway: &Gateway,
    trail: &Trail,
    written: Result<u64, annexa_store::StoreError>,
    refusal: Refusal,
) -> Refusal {
    let mut counted = Refused { gateway, trail, ended: "refused", status: refusal.status };
    let evidence = match written {
        Ok(seq) => commit::durable(gateway, seq).await,
        Err(error) => Err(error),
    };
    evidence.map(|()| refusal).unwrap_or_else(|error| {
        (counted.ended, counted.status) = (NO_EVIDENCE, 503);
        no_evidence(&error)
    })
}

/// A refusal that is counted when the caller is told, or hangs up before.
struct Refused<'a> {
    gateway: &'a Gateway,
    trail: &'a Trail,
    ended: &'static str,
    status: u16,
}

impl Drop for Refused<'_> {
    fn drop(&mut self) {
        self.trail.count(&self.gateway.metrics, self.ended, self.status);
    }
}

async fn give_up(unanswered: Unanswered) -> Refusal {
    let Unanswered { mut evidenced, refusal, timeout } = unanswered;
    let ended = if timeout { Ended::Timeout } else { Ended::UpstreamFault };
    answer::conclude(&mut evidenced.open, None, ended, refusal).await
}

/// Nothing is sent or said without evidence; the operator's log says what is wrong with it.
pub(crate) fn no_evidence(error: &annexa_store::StoreError) -> Refusal {
    tracing::error!(error = %forward::chain(error), "evidence could not be written");
    Refusal::no_evidence()
}
