//! The kinds of event. A kind's name stands in the clear in its leaf, so it says what sort of thing happened and
//! nothing about whom.

use serde::{Deserialize, Serialize};

use crate::{Intent, Outcome, Refused};

/// What happened. In JSON an object whose `kind` is the variant's name in snake case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// An exchange was decided on and is about to be forwarded.
    ExchangeIntent(Box<Intent>),
    /// An exchange was refused.
    ExchangeRefused(Box<Refused>),
    /// A forwarded exchange ended.
    ExchangeOutcome(Box<Outcome>),
    /// A key was not accepted.
    AuthenticationFailed {
        /// Where it came from.
        source: String,
        /// Why not.
        reason: String,
        /// The part of a key that may be shown.
        key_hint: Option<String>,
    },
    /// The gateway started.
    Started {
        /// The release.
        version: String,
        /// What was noticed at start.
        notices: Vec<String>,
    },
    /// The gateway shut down.
    Shutdown {
        /// How many exchanges were cut off.
        cut: u32,
    },
    /// A configuration came into force.
    ConfigurationLoaded {
        /// Its hash.
        hash: String,
        /// Who wrote or loaded it.
        author: String,
        /// The hash of the one before.
        previous: Option<String>,
    },
    /// A policy set came into force.
    PolicyLoaded {
        /// Its version.
        version: String,
        /// Its name.
        name: String,
        /// Who wrote or loaded it.
        author: String,
    },
    /// A tenant was created.
    TenantCreated {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A tenant's keys were destroyed, and with them all content it had.
    TenantDestroyed {
        /// Its id.
        id: String,
        /// Why.
        reason: String,
    },
    /// An application was created.
    ApplicationCreated {
        /// Its id.
        id: String,
        /// The AI system it is registered for.
        system: String,
        /// Its recording mode.
        recording: String,
    },
    /// A gateway key was issued.
    KeyIssued {
        /// The key's id, never the key.
        key: String,
        /// The application that holds it.
        application: String,
        /// When it ends, in milliseconds since the Unix epoch.
        expires: Option<i64>,
    },
    /// A gateway key was revoked.
    KeyRevoked {
        /// The key's id.
        key: String,
        /// The application that held it.
        application: String,
    },
    /// An exception was asked for.
    ExceptionRequested {
        /// The exception's id.
        exception: String,
        /// The application it is for; all of the tenant's when none.
        application: Option<String>,
        /// The finding types it is for.
        kinds: Vec<String>,
        /// The provider it is for; all when none.
        provider: Option<String>,
        /// Who answers for it.
        owner: String,
        /// Why.
        reason: String,
        /// When it ends, in milliseconds since the Unix epoch.
        until: i64,
    },
    /// An exception was decided by a second person.
    ExceptionDecided {
        /// The exception's id.
        exception: String,
        /// Whether it was granted.
        granted: bool,
    },
    /// A person broke the glass.
    BreakGlassOpened {
        /// Who.
        person: String,
        /// For what.
        scope: String,
        /// Why.
        reason: String,
        /// When it ends, in milliseconds since the Unix epoch.
        until: i64,
    },
    /// A sealed record is about to be opened.
    RecordOpened {
        /// The exchange whose record it is.
        exchange: String,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// A tenant's log was exported.
    LogExported {
        /// The tenant.
        tenant: String,
        /// The tree size that the export stands at.
        size: u64,
        /// How many events it discloses.
        events: u64,
    },
    /// A scope's salt was deleted, so that its bodies and salts can't be read again.
    Erased {
        /// The scope.
        scope: String,
        /// Why: a retention that ended, a person's request.
        reason: String,
    },
    /// Stored data was found damaged or lost.
    DamageFound {
        /// The file and position.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl What {
    /// The kind's name, as it stands in the event and in its leaf.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ExchangeIntent(_) => "exchange_intent",
            Self::ExchangeRefused(_) => "exchange_refused",
            Self::ExchangeOutcome(_) => "exchange_outcome",
            Self::AuthenticationFailed { .. } => "authentication_failed",
            Self::Started { .. } => "started",
            Self::Shutdown { .. } => "shutdown",
            Self::ConfigurationLoaded { .. } => "configuration_loaded",
            Self::PolicyLoaded { .. } => "policy_loaded",
            Self::TenantCreated { .. } => "tenant_created",
            Self::TenantDestroyed { .. } => "tenant_destroyed",
            Self::ApplicationCreated { .. } => "application_created",
            Self::KeyIssued { .. } => "key_issued",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::ExceptionRequested { .. } => "exception_requested",
            Self::ExceptionDecided { .. } => "exception_decided",
            Self::BreakGlassOpened { .. } => "break_glass_opened",
            Self::RecordOpened { .. } => "record_opened",
            Self::LogExported { .. } => "log_exported",
            Self::Erased { .. } => "erased",
            Self::DamageFound { .. } => "damage_found",
        }
    }
}
