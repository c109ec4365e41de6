//! A tenant's key and what is derived from it.
//!
//! Without the salt of a scope, its keys can't be made again, even by someone who has the tenant key: that is how
//! content is erased while the rest of the tenant's stays readable.

use zeroize::Zeroizing;

use crate::derive::derive;
use crate::{HolderError, KeyHolder, Purpose, Random, SALT_LENGTH, SealError, SealingKey, Secret};

/// The key that all of a tenant's keys come from. Only ever stored wrapped.
pub struct TenantKey {
    tenant: String,
    secret: Secret,
}

impl TenantKey {
    /// A new key for this tenant.
    #[must_use]
    pub fn generate(tenant: &str, random: &dyn Random) -> Self {
        Self { tenant: tenant.to_owned(), secret: Secret::generate(random) }
    }

    /// The key wrapped by the tenant's object in the holder, to be stored.
    ///
    /// # Errors
    /// When the holder can't, or the tenant has no object there.
    //= iso27001-2022:A.8.24
    pub fn wrap(&self, holder: &dyn KeyHolder) -> Result<Vec<u8>, HolderError> {
        holder.wrap(&self.tenant, &self.secret)
    }

    /// Opens a wrapped key.
    ///
    /// # Errors
    /// When it wasn't wrapped for this tenant by this holder, is damaged, or the tenant's object is gone.
    //= iso27001-2022:A.8.24
    pub fn unwrap(holder: &dyn KeyHolder, tenant: &str, wrapped: &[u8]) -> Result<Self, HolderError> {
        Ok(Self { tenant: tenant.to_owned(), secret: holder.unwrap(tenant, wrapped)? })
    }

    /// Whose key it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The sealing key for a purpose, as lasting as the tenant.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn sealing(&self, purpose: Purpose) -> Result<SealingKey, SealError> {
        Ok(SealingKey::new(&*self.derived(purpose, "sealing", &[])?, purpose, &self.tenant))
    }

    /// The sealing key for a purpose within a scope: gone when the scope's salt is erased.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    //= iso27001-2022:A.8.10
    pub fn scoped(
        &self,
        purpose: Purpose,
        scope: &str,
        salt: &[u8; SALT_LENGTH],
    ) -> Result<SealingKey, SealError> {
        let block = self.derived(purpose, &format!("scope {scope}"), salt)?;
        Ok(SealingKey::new(&block, purpose, &self.tenant))
    }

    /// 32 bytes derived for a purpose under a label, such as the key of a keyed hash.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn derive(&self, purpose: Purpose, label: &str) -> Result<Secret, SealError> {
        let block = self.derived(purpose, &format!("derive {label}"), &[])?;
        let mut secret = Zeroizing::new([0; 32]);
        secret.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
        Ok(Secret::take(&mut secret))
    }

    fn derived(&self, purpose: Purpose, label: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 64]>, SealError> {
        derive(&self.secret, salt, purpose, &self.tenant, label)
    }
}
