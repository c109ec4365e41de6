//! What an administrator may ask of a gateway, running or not, and how it is done.
//!
//! Every change is written together with its event. Secrets are made here and shown once; only hashes are kept.

use std::path::PathBuf;
use std::sync::Arc;

use annexa_evidence::{Event, What};
use annexa_gateway::Gateway;
use annexa_policy::BreakGlass;
use annexa_store::{Application, Clock, Draft, ExceptionRequest, Random, Recording, Store};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::live::sha256;
use crate::replay;
use crate::system::fresh_key;

const DAY_MS: i64 = 86_400_000;
const MAX_KEY_DAYS: u32 = 3650;
const MAX_GLASS_MINUTES: u32 = 240;

/// One request to the administration of a gateway.
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// Create a tenant.
    TenantCreate { id: String, name: String },
    /// List tenants.
    TenantList,
    /// Create an application.
    AppCreate { tenant: String, id: String, system: String, recording: String },
    /// List applications.
    AppList,
    /// Issue a gateway key.
    KeyIssue { tenant: String, app: String, days: u32 },
    /// Revoke a key.
    KeyRevoke { key: String },
    /// List keys.
    KeyList,
    /// Request an exception.
    ExceptionRequest(Wish),
    /// Decide about one.
    ExceptionDecide { id: String, grant: bool, by: String },
    /// List exceptions.
    ExceptionList,
    /// Open emergency access.
    BreakGlass { tenant: String, app: Option<String>, person: String, reason: String, minutes: u32 },
    /// Open a sealed record.
    RecordShow { tenant: String, exchange: String, reason: String },
    /// Export a tenant's events.
    LogExport { tenant: String, out: PathBuf },
    /// Prove that an event is in the log.
    LogProve { seq: u64 },
    /// Decide again what was asked, under another policy.
    Replay { tenant: String, policy: String, name: String },
    /// Read the configuration again.
    Reload,
}

/// A wished exception.
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    pub tenant: String,
    pub app: Option<String>,
    pub kinds: Vec<String>,
    pub provider: Option<String>,
    pub exchange: Option<String>,
    pub owner: String,
    pub reason: String,
    pub days: u32,
}

/// What administration works on: always a store, and the gateway where one runs.
pub(crate) struct Desk<'a> {
    /// The store.
    pub store: &'a Store,
    /// The running gateway.
    pub gateway: Option<&'a Arc<Gateway>>,
    /// Reads the configuration again.
    pub reload: Option<&'a dyn Fn() -> Result<()>>,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Randomness for keys.
    pub random: &'a dyn Random,
}

/// A key just issued.
#[derive(Serialize)]
pub(crate) struct Issued {
    /// Its id, for lists and revocation.
    pub id: String,
    /// The key itself, shown this once.
    pub secret: String,
}

impl Desk<'_> {
    /// Does what is asked in the name of `by`.
    ///
    /// # Errors
    /// When the asked thing does not exist, is not allowed, or can't be recorded.
    pub(crate) fn perform(&self, ask: Ask, by: &str) -> Result<Value> {
        Ok(match ask {
            Ask::TenantCreate { id, name } => {
                self.store.create_tenant(&id, &name, by)?;
                json!({"tenant": id})
            }
            Ask::TenantList => serde_json::to_value(self.store.tenants()?)?,
            Ask::AppCreate { tenant, id, system, recording } => {
                let recording = Recording::parse(&recording)?;
                self.store
                    .create_application(Application { tenant, id: id.clone(), system, recording }, by)?;
                json!({"application": id})
            }
            Ask::AppList => serde_json::to_value(self.store.applications()?)?,
            Ask::KeyIssue { tenant, app, days } => {
                serde_json::to_value(self.issue(&tenant, &app, days, by)?)?
            }
            Ask::KeyRevoke { key } => {
                self.store.revoke_key(&key, by)?;
                json!({"revoked": key})
            }
            Ask::KeyList => serde_json::to_value(self.store.keys()?)?,
            Ask::ExceptionRequest(wish) => {
                json!({"exception": self.request(wish, by)?, "state": "waits for a second person"})
            }
            Ask::ExceptionDecide { id, grant, by: person } => {
                self.store.decide_exception(&id, grant, &person)?;
                json!({"exception": id, "state": if grant { "granted" } else { "refused" }})
            }
            Ask::ExceptionList => serde_json::to_value(self.store.exceptions()?)?,
            Ask::BreakGlass { tenant, app, person, reason, minutes } => {
                self.break_glass(tenant, app, person, reason, minutes, by)?
            }
            Ask::RecordShow { tenant, exchange, reason } => {
                self.open_record(&tenant, &exchange, &reason, by)?
            }
            Ask::LogExport { tenant, out } => serde_json::to_value(self.store.export(&tenant, &out, by)?)?,
            Ask::LogProve { seq } => json!({"proof": self.store.prove(seq)?}),
            Ask::Replay { tenant, policy, name } => replay::replay(self.store, &tenant, &policy, &name)?,
            Ask::Reload => {
                let reload = self
                    .reload
                    .context("no gateway with a configuration file runs on this data directory")?;
                reload()?;
                json!({"configuration": "loaded"})
            }
        })
    }

    /// Issues a gateway key.
    ///
    /// # Errors
    /// When the application does not exist or the term is longer than ten years.
    //= iso27001-2022:A.5.17
    pub(crate) fn issue(&self, tenant: &str, app: &str, days: u32, by: &str) -> Result<Issued> {
        ensure!((1..=MAX_KEY_DAYS).contains(&days), "a key is issued for 1 to {MAX_KEY_DAYS} days");
        let secret = fresh_key("annexa-", self.random);
        let expires = self.clock.now_ms() + i64::from(days) * DAY_MS;
        let id = self.store.issue_key(tenant, app, sha256(secret.as_bytes()), Some(expires), by)?;
        Ok(Issued { id, secret })
    }

    fn request(&self, wish: Wish, by: &str) -> Result<String> {
        ensure!((1..=366).contains(&wish.days), "an exception ends within 366 days: give --days 1 to 366");
        let mut request = ExceptionRequest {
            tenant: wish.tenant,
            application: wish.app,
            kinds: wish.kinds,
            provider: wish.provider,
            owner: wish.owner,
            reason: wish.reason,
            until_ms: self.clock.now_ms() + i64::from(wish.days) * DAY_MS,
        };
        if let Some(exchange) = wish.exchange {
            self.fill_from(&exchange, &mut request)?;
        }
        if request.kinds.is_empty() {
            bail!(
                "an exception names the types that it lifts: give --kinds, or --exchange to take them from there"
            );
        }
        Ok(self.store.request_exception(request, by)?)
    }

    /// Takes what is not given from the exchange that was refused or masked.
    fn fill_from(&self, exchange: &str, request: &mut ExceptionRequest) -> Result<()> {
        let events = self.store.exchange(&request.tenant, exchange)?;
        let intent = events.iter().find_map(|e| match &e.event.what {
            What::ExchangeIntent(intent) => Some(intent.as_ref()),
            What::ExchangeRefused(refused) => Some(&refused.intent),
            _ => None,
        });
        let intent =
            intent.with_context(|| format!("tenant `{}` has no exchange `{exchange}`", request.tenant))?;
        request.application.get_or_insert_with(|| intent.application.clone());
        request.provider.get_or_insert_with(|| intent.provider.clone());
        if request.kinds.is_empty() {
            request.kinds = intent.found.iter().map(|f| f.kind.clone()).collect();
        }
        Ok(())
    }

    //= iso27001-2022:A.8.2
    fn break_glass(
        &self,
        tenant: String,
        app: Option<String>,
        person: String,
        reason: String,
        minutes: u32,
        by: &str,
    ) -> Result<Value> {
        let gateway =
            self.gateway.context("no gateway runs on this data directory, so there is nothing to open")?;
        ensure!(
            (1..=MAX_GLASS_MINUTES).contains(&minutes),
            "emergency access lasts 1 to {MAX_GLASS_MINUTES} minutes"
        );
        ensure!(
            !person.trim().is_empty() && !reason.trim().is_empty(),
            "emergency access names a person and a reason"
        );
        ensure!(self.store.tenants()?.iter().any(|t| t.id == tenant), "there is no tenant `{tenant}`");
        let until_ms = self.clock.now_ms() + i64::from(minutes) * 60_000;
        let id = gateway.new_id();
        let scope = app.as_ref().map_or_else(|| tenant.clone(), |app| format!("{tenant}/{app}"));
        let what =
            What::BreakGlassOpened { person: person.clone(), scope, reason: reason.clone(), until: until_ms };
        append(gateway, &tenant, by, what)?;
        tracing::warn!(%tenant, application = app.as_deref().unwrap_or("all"), minutes, "emergency access is open");
        gateway.open_glass(&BreakGlass {
            id: id.clone(),
            person,
            tenant,
            application: app,
            reason,
            until: until_ms / 1000,
        });
        Ok(json!({"break_glass": id, "until_ms": until_ms, "note": "a second person has to review it"}))
    }

    //= iso27001-2022:A.5.15
    fn open_record(&self, tenant: &str, exchange: &str, reason: &str, by: &str) -> Result<Value> {
        ensure!(!reason.trim().is_empty(), "a record is opened for a reason: give --reason");
        let bytes = self.store.open_record(tenant, exchange, reason, by)?;
        serde_json::from_slice(&bytes).context("the record opened, but is no JSON")
    }
}

/// Writes an event of the gateway's own.
///
/// # Errors
/// When the log can't be written.
pub(crate) fn write(gateway: &Gateway, what: What) -> Result<u64> {
    append(gateway, annexa_store::SYSTEM_TENANT, "annexa", what)
}

fn append(gateway: &Gateway, tenant: &str, actor: &str, what: What) -> Result<u64> {
    let event = Event {
        v: annexa_evidence::EVENT_VERSION,
        id: gateway.new_id(),
        at: gateway.now_ms(),
        tenant: tenant.to_owned(),
        exchange: None,
        actor: actor.to_owned(),
        what,
    };
    Ok(gateway.store.append(Draft { event, record: None })?.seq)
}
