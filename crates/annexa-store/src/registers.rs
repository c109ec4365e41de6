//! Tenants, applications, gateway keys and exceptions: what is kept of them, and the copy in memory that exchanges read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Recording;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was created, in milliseconds since the Unix epoch.
    pub created: i64,
    /// Whether its keys were destroyed.
    pub destroyed: bool,
}

/// An application: what holds gateway keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its tenant.
    pub tenant: String,
    /// Its id within the tenant.
    pub id: String,
    /// The AI system that it belongs to.
    pub system: String,
    /// What is kept of its exchanges.
    pub recording: Recording,
}

/// A gateway key, for lists. The key itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Its tenant.
    pub tenant: String,
    /// Its application.
    pub application: String,
    /// When it was issued, in milliseconds since the Unix epoch.
    pub issued: i64,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires: Option<i64>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What a gateway key lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    /// The key's id.
    pub key: String,
    /// The tenant.
    pub tenant: String,
    /// The application.
    pub application: String,
    /// The application's AI system.
    pub system: String,
    /// Whether the key was revoked.
    pub revoked: bool,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires: Option<i64>,
    /// What is kept of exchanges.
    pub recording: Recording,
}

/// A wish for an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRequest {
    /// The tenant.
    pub tenant: String,
    /// The application; all of the tenant's when none.
    pub application: Option<String>,
    /// The finding types.
    pub kinds: Vec<String>,
    /// The provider; all when none.
    pub provider: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When it ends, in milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// An exception and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: String,
    /// What was asked for.
    #[serde(flatten)]
    pub request: ExceptionRequest,
    /// Who asked.
    pub requested_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub requested_at: i64,
    /// What was decided; nothing while it waits for a second person.
    pub granted: Option<bool>,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// An exception in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionGrant {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// The application; all of the tenant's when none.
    pub application: Option<String>,
    /// The finding types.
    pub kinds: Vec<String>,
    /// The provider; all when none.
    pub provider: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// When it ends, in milliseconds since the Unix epoch.
    pub until_ms: i64,
}

/// A tenant as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TenantRow {
    #[serde(flatten)]
    pub(crate) tenant: Tenant,
    /// The wrapped key, in base64.
    pub(crate) key: String,
}

/// A gateway key as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyRow {
    #[serde(flatten)]
    pub(crate) key: Key,
    /// SHA-256 of the key.
    pub(crate) sha256: [u8; 32],
}

/// All of it in memory. Changed by copying, so readers hold one that stays as it is.
#[derive(Clone, Default)]
pub(crate) struct Registers {
    pub(crate) tenants: BTreeMap<String, TenantRow>,
    pub(crate) applications: BTreeMap<(String, String), Application>,
    pub(crate) keys: BTreeMap<String, KeyRow>,
    pub(crate) exceptions: BTreeMap<String, Exception>,
    grants: HashMap<[u8; 32], Arc<KeyGrant>>,
}

impl Registers {
    /// What a key with this hash lets its holder do.
    pub(crate) fn grant(&self, sha256: &[u8; 32]) -> Option<Arc<KeyGrant>> {
        self.grants.get(sha256).cloned()
    }

    /// The exceptions in force for an application.
    pub(crate) fn active(&self, tenant: &str, application: &str, now_ms: i64) -> Vec<ExceptionGrant> {
        let active = self.exceptions.values().filter(|e| {
            let wide = e.request.application.as_ref().is_none_or(|a| a == application);
            e.granted == Some(true) && e.request.until_ms > now_ms && e.request.tenant == tenant && wide
        });
        active.map(Exception::grant).collect()
    }

    /// Makes the table of grants anew; without it no key is known.
    pub(crate) fn indexed(mut self) -> Self {
        self.grants =
            self.keys.values().filter_map(|row| Some((row.sha256, Arc::new(self.of(&row.key)?)))).collect();
        self
    }

    fn of(&self, key: &Key) -> Option<KeyGrant> {
        let application = self.applications.get(&(key.tenant.clone(), key.application.clone()))?;
        let gone = self.tenants.get(&key.tenant).is_none_or(|row| row.tenant.destroyed);
        Some(KeyGrant {
            key: key.id.clone(),
            tenant: key.tenant.clone(),
            application: key.application.clone(),
            system: application.system.clone(),
            revoked: key.revoked || gone,
            expires: key.expires,
            recording: application.recording.clone(),
        })
    }
}

impl Exception {
    fn grant(&self) -> ExceptionGrant {
        let ExceptionRequest { tenant, application, kinds, provider, owner, until_ms, .. } =
            self.request.clone();
        ExceptionGrant { id: self.id.clone(), tenant, application, kinds, provider, owner, until_ms }
    }
}
