//! Changes of state. Each is one transaction with its event in it (the outbox); the event goes to the log afterwards, and
//! at the next start when the process ends in between.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use annexa_evidence::What;
use annexa_seal::{KeyHolder, TenantKey, TenantState};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::calendar;
use crate::keyring::{TENANT, delete_pseudonyms};
use crate::registers::{KeyRow, Registers, TenantRow};
use crate::state::{Change, ScopeRow};
use crate::store::{Draft, Inner, Store};
use crate::{Application, Exception, ExceptionRequest, Key, SYSTEM_TENANT, StoreError, Tenant};

pub(crate) const APPLICATION: &str = "application";
pub(crate) const KEY: &str = "key";
pub(crate) const EXCEPTION: &str = "exception";
const MASKED: &str = "masked";
/// How long masked records are kept.
const MASKED_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Creates a tenant with a key of its own.
    ///
    /// # Errors
    /// When there is or was one of this id, or the id is not 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`.
    //= iso27001-2022:A.8.24
    pub fn create_tenant(&self, id: &str, name: &str, by: &str) -> Result<(), StoreError> {
        let inner = &self.inner;
        check_id(id)?;
        let what = What::TenantCreated { id: id.to_owned(), name: name.to_owned() };
        inner.change(id, by, what, |registers, change| {
            if registers.tenants.contains_key(id) || id == SYSTEM_TENANT {
                return Err(StoreError::exists(TENANT, id));
            }
            // An object without a tenant is the rest of a creation that didn't come to its end.
            if inner.keyring.holder.state(id)? != TenantState::Held {
                inner.keyring.holder.create(id)?;
            }
            let key = TenantKey::generate(id, &*inner.options.random).wrap(&inner.keyring.holder)?;
            let created = inner.options.clock.now_ms();
            let tenant = Tenant { id: id.to_owned(), name: name.to_owned(), created, destroyed: false };
            let row = TenantRow { tenant, key: STANDARD.encode(key) };
            change.put(TENANT, id, &row)?;
            registers.tenants.insert(id.to_owned(), row);
            Ok(())
        })
    }

    /// Destroys a tenant's key: nothing that it sealed can be read again. Its leaves and their proofs stay.
    ///
    /// # Errors
    /// When there is no such tenant.
    //= iso27001-2022:A.8.10
    pub fn destroy_tenant(&self, id: &str, reason: &str, by: &str) -> Result<(), StoreError> {
        let inner = &self.inner;
        let what = What::TenantDestroyed { id: id.to_owned(), reason: reason.to_owned() };
        // The event is the gateway's own: the tenant can't seal any more.
        inner.change(SYSTEM_TENANT, by, what, |registers, change| {
            let row = registers.tenants.get_mut(id).ok_or_else(|| StoreError::missing(TENANT, id))?;
            inner.keyring.holder.destroy(id)?;
            row.tenant.destroyed = true;
            row.key.clear();
            change.put(TENANT, id, row)?;
            delete_pseudonyms(change, &format!("{id}/"))?;
            Ok(())
        })?;
        inner.keyring.forget();
        Ok(())
    }

    /// Registers an application.
    ///
    /// # Errors
    /// When there is one of this id, or no such tenant.
    pub fn create_application(&self, application: Application, by: &str) -> Result<(), StoreError> {
        let tenant = application.tenant.clone();
        let what = What::ApplicationCreated {
            id: application.id.clone(),
            system: application.system.clone(),
            recording: application.recording.to_string(),
        };
        self.inner.change(&tenant, by, what, |registers, change| {
            check_id(&application.id)?;
            known_tenant(registers, &application.tenant)?;
            let place = (application.tenant.clone(), application.id.clone());
            if registers.applications.contains_key(&place) {
                return Err(StoreError::exists(APPLICATION, &application.id));
            }
            change.put(APPLICATION, &format!("{}/{}", place.0, place.1), &application)?;
            registers.applications.insert(place, application);
            Ok(())
        })
    }

    /// Issues a gateway key, of which only the hash is known here, and gives its id.
    ///
    /// # Errors
    /// When there is no such application, or the key was issued before.
    //= iso27001-2022:A.5.17
    pub fn issue_key(
        &self,
        tenant: &str,
        application: &str,
        key_sha256: [u8; 32],
        expires_ms: Option<i64>,
        by: &str,
    ) -> Result<String, StoreError> {
        let id = self.inner.new_id();
        let what =
            What::KeyIssued { key: id.clone(), application: application.to_owned(), expires: expires_ms };
        self.inner.change(tenant, by, what, |registers, change| {
            known_tenant(registers, tenant)?;
            if !registers.applications.contains_key(&(tenant.to_owned(), application.to_owned())) {
                return Err(StoreError::missing(APPLICATION, application));
            }
            if registers.keys.values().any(|row| row.sha256 == key_sha256) {
                return Err(StoreError::Refused("this key was issued before: make a new one".to_owned()));
            }
            let key = Key {
                id: id.clone(),
                tenant: tenant.to_owned(),
                application: application.to_owned(),
                issued: self.inner.options.clock.now_ms(),
                expires: expires_ms,
                revoked: false,
            };
            let row = KeyRow { key, sha256: key_sha256 };
            change.put(KEY, &id, &row)?;
            registers.keys.insert(id.clone(), row);
            Ok(())
        })?;
        Ok(id)
    }

    /// Revokes a gateway key, at once and for good.
    ///
    /// # Errors
    /// When there is no such key.
    //= iso27001-2022:A.5.17
    pub fn revoke_key(&self, id: &str, by: &str) -> Result<(), StoreError> {
        let missing = || StoreError::missing(KEY, id);
        let key = self.inner.registers().keys.get(id).ok_or_else(missing)?.key.clone();
        let what = What::KeyRevoked { key: id.to_owned(), application: key.application };
        self.inner.change(&key.tenant, by, what, |registers, change| {
            let row = registers.keys.get_mut(id).ok_or_else(missing)?;
            row.key.revoked = true;
            change.put(KEY, id, row)
        })
    }

    /// Asks for an exception, which a second person then decides about; gives its id.
    ///
    /// # Errors
    /// When there is no such tenant or application, or the wish names no type, owner or reason, or has ended.
    pub fn request_exception(&self, request: ExceptionRequest, by: &str) -> Result<String, StoreError> {
        let id = self.inner.new_id();
        let now = self.inner.options.clock.now_ms();
        check_request(&request, now)?;
        let what = What::ExceptionRequested {
            exception: id.clone(),
            application: request.application.clone(),
            kinds: request.kinds.clone(),
            provider: request.provider.clone(),
            owner: request.owner.clone(),
            reason: request.reason.clone(),
            until: request.until_ms,
        };
        let tenant = request.tenant.clone();
        self.inner.change(&tenant, by, what, |registers, change| {
            known_tenant(registers, &request.tenant)?;
            if let Some(application) = &request.application {
                let place = (request.tenant.clone(), application.clone());
                let known = registers.applications.contains_key(&place);
                known.then_some(()).ok_or_else(|| StoreError::missing(APPLICATION, application))?;
            }
            let exception = Exception {
                id: id.clone(),
                request,
                requested_by: by.to_owned(),
                requested_at: now,
                granted: None,
                decided_by: None,
            };
            change.put(EXCEPTION, &id, &exception)?;
            registers.exceptions.insert(id.clone(), exception);
            Ok(())
        })?;
        Ok(id)
    }

    /// Decides about an exception, as a second person.
    ///
    /// # Errors
    /// When there is no such exception, it was decided, or the person asked for it or owns it.
    //= iso27001-2022:A.5.3
    pub fn decide_exception(&self, id: &str, grant: bool, by: &str) -> Result<(), StoreError> {
        let missing = || StoreError::missing(EXCEPTION, id);
        let tenant = self.inner.registers().exceptions.get(id).ok_or_else(missing)?.request.tenant.clone();
        let what = What::ExceptionDecided { exception: id.to_owned(), granted: grant };
        self.inner.change(&tenant, by, what, |registers, change| {
            let exception = registers.exceptions.get_mut(id).ok_or_else(missing)?;
            let same =
                [&exception.requested_by, &exception.request.owner].iter().any(|one| same_person(one, by));
            if same || by.trim().is_empty() {
                let problem =
                    "an exception is decided by a second person: not by who asked for it or owns it";
                return Err(StoreError::Refused(problem.to_owned()));
            }
            if exception.granted.is_some() {
                return Err(StoreError::Refused(format!("exception `{id}` was decided before")));
            }
            exception.granted = Some(grant);
            exception.decided_by = Some(by.to_owned());
            change.put(EXCEPTION, id, exception)
        })
    }

    /// Erases an end user: the pseudonym's mapping, and the content of all events and records of theirs. Every leaf and
    /// proof stays. Gives the number of scopes erased.
    ///
    /// # Errors
    /// When the tenant has no such end user.
    //= iso27001-2022:A.8.10
    pub fn erase_person(
        &self,
        tenant: &str,
        end_user: &str,
        reason: &str,
        by: &str,
    ) -> Result<usize, StoreError> {
        let inner = &self.inner;
        let known = inner.keyring.known(tenant, end_user)?;
        // The name asked for isn't repeated: it is what is to be forgotten.
        let (person, entry) = known.ok_or_else(|| StoreError::missing("end user", "…"))?;
        let scopes = inner.keyring.state.with(|state| state.scopes_of_person(tenant, &person))?;
        let what = What::Erased { scope: format!("person {person}"), reason: reason.to_owned() };
        inner.change(tenant, by, what, |_, change| {
            delete_pseudonyms(change, &entry)?;
            scopes.iter().try_for_each(|scope| change.erase_scope(scope))
        })?;
        inner.keyring.forget();
        inner.settle()?;
        Ok(scopes.len())
    }

    /// All tenants.
    ///
    /// # Errors
    /// Never, as things are.
    pub fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        Ok(self.inner.registers().tenants.values().map(|row| row.tenant.clone()).collect())
    }

    /// All applications.
    ///
    /// # Errors
    /// Never, as things are.
    pub fn applications(&self) -> Result<Vec<Application>, StoreError> {
        Ok(self.inner.registers().applications.values().cloned().collect())
    }

    /// All gateway keys.
    ///
    /// # Errors
    /// Never, as things are.
    pub fn keys(&self) -> Result<Vec<Key>, StoreError> {
        Ok(self.inner.registers().keys.values().map(|row| row.key.clone()).collect())
    }

    /// All exceptions.
    ///
    /// # Errors
    /// Never, as things are.
    pub fn exceptions(&self) -> Result<Vec<Exception>, StoreError> {
        Ok(self.inner.registers().exceptions.values().cloned().collect())
    }
}

impl Inner {
    /// Changes state and registers together with the event that says so, which is durable when this returns.
    pub(crate) fn change(
        &self,
        tenant: &str,
        by: &str,
        what: What,
        work: impl FnOnce(&mut Registers, &mut Change<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.log.healthy() {
            return Err(StoreError::Stopped);
        }
        let event = self.event(tenant, by, what);
        let bytes = event.to_bytes();
        let mut registers = Registers::clone(&self.registers());
        let outbox = self.keyring.state.with(|state| {
            state.change(|change| {
                work(&mut registers, change)?;
                change.send(&bytes)
            })
        })?;
        *self.registers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registers.indexed());
        self.append(Draft { event, record: None }, outbox)?;
        self.log.sync()?;
        self.keyring.state.with(|state| state.drained(outbox))
    }

    /// Erases the masked records whose time is over, one event for each tenant and day.
    //= iso27001-2022:A.8.10
    pub(crate) fn retain(&self) -> Result<(), StoreError> {
        let before = calendar::day(self.options.clock.now_ms() - MASKED_DAYS * DAY_MS);
        let scopes = self.keyring.state.with(|state| state.scopes_before(MASKED, &before))?;
        let days: BTreeSet<_> =
            scopes.iter().map(|scope| (scope.tenant.as_str(), scope.period.as_str())).collect();
        for (tenant, day) in &days {
            let ours: Vec<&ScopeRow> =
                scopes.iter().filter(|s| s.tenant == *tenant && s.period == *day).collect();
            let reason = format!("the {MASKED_DAYS} days of masked records are over");
            let what = What::Erased { scope: format!("{MASKED} records of {day}"), reason };
            // A tenant that was destroyed can't seal an event, and its records are gone already.
            let gone = self.registers().tenants.get(*tenant).is_none_or(|row| row.tenant.destroyed);
            let writer = if gone { SYSTEM_TENANT } else { tenant };
            self.change(writer, "annexa", what, |_, change| {
                ours.iter().try_for_each(|scope| change.erase_scope(scope))
            })?;
        }
        if !days.is_empty() {
            self.keyring.forget();
        }
        Ok(())
    }
}

fn known_tenant(registers: &Registers, tenant: &str) -> Result<(), StoreError> {
    match registers.tenants.get(tenant) {
        Some(row) if row.tenant.destroyed => Err(StoreError::Erased),
        Some(_) => Ok(()),
        None => Err(StoreError::missing(TENANT, tenant)),
    }
}

fn check_id(id: &str) -> Result<(), StoreError> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    let good = (1..=64).contains(&id.len()) && id.bytes().all(fits);
    let problem = || StoreError::Refused("an id is 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`".to_owned());
    good.then_some(()).ok_or_else(problem)
}

fn check_request(request: &ExceptionRequest, now_ms: i64) -> Result<(), StoreError> {
    let named =
        !request.owner.trim().is_empty() && !request.reason.trim().is_empty() && !request.kinds.is_empty();
    let problem = "an exception names types, an owner and a reason, and ends in the future";
    (named && request.until_ms > now_ms).then_some(()).ok_or_else(|| StoreError::Refused(problem.to_owned()))
}

/// Whether two actors are one person: `admin:ada` and `Ada` are.
fn same_person(one: &str, other: &str) -> bool {
    let name = |actor: &str| actor.rsplit(':').next().unwrap_or_default().trim().to_lowercase();
    name(one) == name(other)
}
