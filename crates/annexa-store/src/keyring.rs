//! The keys in use: tenants' keys, and the keys of scopes, for sealing and for opening. All are kept once unwrapped.
//!
//! A scope is what is erased as one: the events of one month, or the records of one mode and day, each of one person.
//! Its row with its salt is durable before anything is sealed under it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use annexa_seal::{Binding, FileHolder, Purpose, Random, SealingKey, Secret, TenantKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::calendar;
use crate::digest::{hex, mac};
use crate::registers::TenantRow;
use crate::state::{ScopeRow, State};
use crate::system::System;
use crate::{SYSTEM_TENANT, StoreError};

/// The kind of scope that events lie in; records' are the names of recording modes.
pub(crate) const EVENTS: &str = "event";
/// Who a scope is of when it is of nobody in particular.
pub(crate) const NOBODY: &str = "-";
pub(crate) const TENANT: &str = "tenant";
const PSEUDONYM: &str = "pseudonym";
/// What is kept in memory is dropped and read again past this many entries.
const KEPT: usize = 8192;

/// The state, until the store is closed.
pub(crate) struct StateCell(Mutex<Option<State>>);

/// A scope's key.
pub(crate) struct Scope {
    pub(crate) id: u64,
    pub(crate) tenant: String,
    pub(crate) key: SealingKey,
    /// The day that it was looked up for.
    day: i64,
}

/// What a tenant's key gives.
pub(crate) struct TenantKeys {
    key: Arc<TenantKey>,
    state: SealingKey,
    tokens: Secret,
    pseudonyms: Secret,
}

/// All keys in use.
pub(crate) struct Keyring {
    pub(crate) holder: FileHolder,
    pub(crate) state: Arc<StateCell>,
    system: Arc<System>,
    random: Arc<dyn Random>,
    tenants: RwLock<HashMap<String, Arc<TenantKeys>>>,
    sealing: RwLock<HashMap<String, Arc<Scope>>>,
    opening: RwLock<HashMap<u64, Arc<Scope>>>,
    pseudonyms: RwLock<HashMap<String, String>>,
}

impl StateCell {
    pub(crate) fn new(state: State) -> Self {
        Self(Mutex::new(Some(state)))
    }

    /// Works on the state, one at a time.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.as_mut().ok_or(StoreError::Stopped).and_then(work)
    }

    /// Closes the database.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Keyring {
    pub(crate) fn new(
        holder: FileHolder,
        state: Arc<StateCell>,
        system: Arc<System>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (tenants, sealing, opening, pseudonyms) = Default::default();
        Self { holder, state, system, random, tenants, sealing, opening, pseudonyms }
    }

    /// The key to seal with for this scope at this time.
    pub(crate) fn sealing(
        &self,
        kind: &str,
        tenant: &str,
        person: &str,
        at: i64,
    ) -> Result<Arc<Scope>, StoreError> {
        let day = calendar::day_number(at);
        let name = [kind, tenant, person].join("\n");
        let kept = get(&self.sealing, name.as_str()).filter(|scope| scope.day == day);
        if let Some(scope) = kept {
            return Ok(scope);
        }
        let period = if kind == EVENTS { calendar::month(at) } else { calendar::day(at) };
        let row = self.row([tenant, kind, &period, person])?;
        let scope = Arc::new(self.scope(&row, day)?);
        put(&self.sealing, name, scope.clone());
        Ok(scope)
    }

    /// The key to open what was sealed under this scope.
    pub(crate) fn opening(&self, id: u64) -> Result<Arc<Scope>, StoreError> {
        if let Some(scope) = get(&self.opening, &id) {
            return Ok(scope);
        }
        let row = self.state.with(|state| state.scope_by_id(id))?;
        let row = row.ok_or_else(|| StoreError::missing("scope", &id.to_string()))?;
        let scope = Arc::new(self.scope(&row, 0)?);
        put(&self.opening, id, scope.clone());
        Ok(scope)
    }

    fn row(&self, name: [&str; 4]) -> Result<ScopeRow, StoreError> {
        // Nothing may be sealed for a tenant that isn't there.
        self.tenant(name[0])?;
        self.state.with(|state| match state.scope(name)? {
            Some(row) => Ok(row),
            None => {
                let salt = Secret::generate(&*self.random);
                state.change(|change| change.add_scope(name, *salt.expose()))
            }
        })
    }

    //= iso27001-2022:A.8.24
    fn scope(&self, row: &ScopeRow, day: i64) -> Result<Scope, StoreError> {
        let salt = row.salt.ok_or(StoreError::Erased)?;
        let purpose = if row.kind == EVENTS { Purpose::Event } else { Purpose::Record };
        let name = format!("{}/{}/{}", row.kind, row.period, row.person);
        let key = self.tenant(&row.tenant)?.key.scoped(purpose, &name, &salt)?;
        Ok(Scope { id: row.id, tenant: row.tenant.clone(), key, day })
    }

    /// A tenant's keys.
    pub(crate) fn tenant(&self, tenant: &str) -> Result<Arc<TenantKeys>, StoreError> {
        if let Some(keys) = get(&self.tenants, tenant) {
            return Ok(keys);
        }
        let key =
            if tenant == SYSTEM_TENANT { self.system.tenant.clone() } else { Arc::new(self.unwrap(tenant)?) };
        let keys = Arc::new(TenantKeys {
            state: key.sealing(Purpose::State)?,
            tokens: key.derive(Purpose::Tokens, "tokens")?,
            pseudonyms: key.derive(Purpose::Tokens, "pseudonyms")?,
            key,
        });
        put(&self.tenants, tenant.to_owned(), keys.clone());
        Ok(keys)
    }

    fn unwrap(&self, tenant: &str) -> Result<TenantKey, StoreError> {
        let row = self.state.with(|state| state.entry::<TenantRow>(TENANT, tenant))?;
        let row = row.ok_or_else(|| StoreError::missing(TENANT, tenant))?;
        if row.tenant.destroyed {
            return Err(StoreError::Erased);
        }
        // What is not base64 doesn't open as a wrapped key either.
        let wrapped = STANDARD.decode(&row.key).unwrap_or_default();
        Ok(TenantKey::unwrap(&self.holder, tenant, &wrapped)?)
    }

    /// The key that a tenant's tokens are made with.
    pub(crate) fn tokens(&self, tenant: &str) -> Result<[u8; 32], StoreError> {
        Ok(*self.tenant(tenant)?.tokens.expose())
    }

    /// The pseudonym of an end user: random, and the same from the first time on until it is erased.
    pub(crate) fn pseudonym(&self, tenant: &str, user: &str) -> Result<String, StoreError> {
        let name = [tenant, user].join("\n");
        if let Some(pseudonym) = get(&self.pseudonyms, name.as_str()) {
            return Ok(pseudonym);
        }
        let keys = self.tenant(tenant)?;
        let id = pseudonym_id(tenant, &keys, user);
        let pseudonym = self.state.with(|state| match state.entry::<String>(PSEUDONYM, &id)? {
            Some(sealed) => read_pseudonym(&keys, &id, &sealed),
            None => {
                let mut random = [0; 10];
                self.random.fill(&mut random);
                let pseudonym = format!("p-{}", hex(&random));
                let plain = [user, pseudonym.as_str()].join("\n");
                let sealed =
                    keys.state.seal(Binding { id: &id, sequence: 0 }, plain.as_bytes(), &*self.random)?;
                state.change(|change| change.put(PSEUDONYM, &id, &STANDARD.encode(sealed)))?;
                Ok(pseudonym)
            }
        })?;
        put(&self.pseudonyms, name, pseudonym.clone());
        Ok(pseudonym)
    }

    /// The pseudonym that an end user has, if any, and the id of its entry.
    pub(crate) fn known(&self, tenant: &str, user: &str) -> Result<Option<(String, String)>, StoreError> {
        let keys = self.tenant(tenant)?;
        let id = pseudonym_id(tenant, &keys, user);
        let sealed = self.state.with(|state| state.entry::<String>(PSEUDONYM, &id))?;
        sealed.map(|sealed| Ok((read_pseudonym(&keys, &id, &sealed)?, id))).transpose()
    }

    /// Forgets all keys and pseudonyms in memory: what was erased must not be used again.
    //= iso27001-2022:A.8.10
    pub(crate) fn forget(&self) {
        clear(&self.tenants);
        clear(&self.sealing);
        clear(&self.opening);
        clear(&self.pseudonyms);
    }
}

/// Forgets an erased person's mapping within a change.
pub(crate) fn delete_pseudonyms(
    change: &mut crate::state::Change<'_>,
    beginning: &str,
) -> Result<usize, StoreError> {
    change.delete(PSEUDONYM, beginning)
}

/// The name is a keyed hash, so that the table doesn't tell who is in it.
fn pseudonym_id(tenant: &str, keys: &TenantKeys, user: &str) -> String {
    format!("{tenant}/{}", hex(&mac(keys.pseudonyms.expose(), user.as_bytes())))
}

fn read_pseudonym(keys: &TenantKeys, id: &str, sealed: &str) -> Result<String, StoreError> {
    let envelope = STANDARD.decode(sealed).unwrap_or_default();
    let plain = keys.state.open(Binding { id, sequence: 0 }, &envelope)?;
    let text = String::from_utf8_lossy(&plain);
    Ok(text.rsplit('\n').next().unwrap_or_default().to_owned())
}

fn get<K, Q, V>(from: &RwLock<HashMap<K, V>>, key: &Q) -> Option<V>
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
    V: Clone,
{
    from.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

fn put<K: std::hash::Hash + Eq, V>(to: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut to = to.write().unwrap_or_else(PoisonError::into_inner);
    if to.len() >= KEPT {
        to.clear();
    }
    to.insert(key, value);
}

fn clear<K, V>(map: &RwLock<HashMap<K, V>>) {
    map.write().unwrap_or_else(PoisonError::into_inner).clear();
}
