//! The store's own keys: `system.key` holds the system tenant's wrapped key and, sealed under it, the log's signing key.
//!
//! One line of JSON in exactly this form:
//!
//! ```text
//! {"v":1,"log":"<verifying key of the log>","key":"<base64: wrapped key>","seed":"<base64: envelope of 32 bytes>"}
//! ```
//!
//! The seed's envelope is bound to the verifying key's text, so no byte can change without notice.

use std::sync::Arc;

use annexa_evidence::{SigningKey, VerifyingKey};
use annexa_seal::{Binding, KeyHolder, Purpose, Random, SealingKey, Secret, TenantKey, TenantState};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::io;
use crate::layout::{self, Layout};
use crate::{Notice, SYSTEM_TENANT, StoreError};

const VERSION: u16 = 1;

/// The store's own keys, opened.
pub(crate) struct System {
    /// The log's name.
    pub(crate) origin: String,
    /// Signs checkpoints.
    pub(crate) signing: SigningKey,
    /// Seals rows of state.
    pub(crate) state: SealingKey,
    /// Authenticates `state.sum`.
    pub(crate) sum: Secret,
    /// The system tenant's key.
    pub(crate) tenant: Arc<TenantKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u16,
    log: String,
    key: String,
    seed: String,
}

impl System {
    /// Reads the keys; nothing when there are none yet.
    pub(crate) fn read(layout: &Layout, holder: &dyn KeyHolder) -> Result<Option<Self>, StoreError> {
        let path = layout.system();
        let Some(bytes) = layout::read(&path).map_err(io(&path))? else { return Ok(None) };
        let damaged =
            || StoreError::Damaged(Notice::at(layout.name(&path), 0, "the store's own keys are damaged"));
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if stored.v != VERSION || stored.text().as_bytes() != bytes {
            return Err(damaged());
        }
        let wrapped = STANDARD.decode(&stored.key).map_err(|_| damaged())?;
        let tenant = TenantKey::unwrap(holder, SYSTEM_TENANT, &wrapped).map_err(|_| damaged())?;
        let sealing = tenant.sealing(Purpose::State)?;
        let envelope = STANDARD.decode(&stored.seed).map_err(|_| damaged())?;
        let seed = sealing.open(seed_of(&stored.log), &envelope).map_err(|_| damaged())?;
        let verifying: VerifyingKey = stored.log.parse().map_err(|_| damaged())?;
        let seed = seed.as_array::<32>().ok_or_else(damaged)?;
        let system = Self::new(verifying.name(), seed, tenant)?;
        if *system.signing.verifying() == verifying { Ok(Some(system)) } else { Err(damaged()) }
    }

    /// Makes new keys and keeps them.
    //= iso27001-2022:A.8.24
    pub(crate) fn create(
        layout: &Layout,
        holder: &dyn KeyHolder,
        origin: &str,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        if holder.state(SYSTEM_TENANT)? == TenantState::Absent {
            holder.create(SYSTEM_TENANT)?;
        }
        let tenant = TenantKey::generate(SYSTEM_TENANT, random);
        let key = STANDARD.encode(tenant.wrap(holder)?);
        let seed = Secret::generate(random);
        let system = Self::new(origin, seed.expose(), tenant)?;
        let log = system.signing.verifying().to_string();
        let envelope = system.state.seal(seed_of(&log), seed.expose(), random)?;
        let stored = Stored { v: VERSION, log, key, seed: STANDARD.encode(envelope) };
        let path = layout.system();
        layout::replace(&path, stored.text().as_bytes()).map_err(io(&path))?;
        Ok(system)
    }

    fn new(origin: &str, seed: &[u8; 32], tenant: TenantKey) -> Result<Self, StoreError> {
        let name = |_| StoreError::Refused(format!("`{origin}` can't be the name of a log"));
        Ok(Self {
            origin: origin.to_owned(),
            signing: SigningKey::from_seed(origin, seed).map_err(name)?,
            state: tenant.sealing(Purpose::State)?,
            sum: tenant.derive(Purpose::State, "state.sum")?,
            tenant: Arc::new(tenant),
        })
    }
}

impl Stored {
    fn text(&self) -> String {
        // A struct of a number and strings always serialises.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

fn seed_of(log: &str) -> Binding<'_> {
    Binding { id: log, sequence: 0 }
}
