//! What is known of an exchange so far, carried from step to step so that every outcome can be recorded.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use annexa_policy::{Caller, Decision, Destination, Question, Seen, Verdict};
use annexa_store::KeyGrant;
use annexa_wire::Dialect;

use crate::observe::Metrics;
use crate::settings::{Live, Provider};

/// An exchange that has just come in.
#[derive(Clone)]
pub(crate) struct Trail {
    /// 32 hexadecimal digits; the caller gets them with every answer and refusal.
    pub id: String,
    /// When its head arrived.
    pub arrived: Instant,
    /// Address of the peer.
    pub peer: IpAddr,
    /// Settings that the exchange started with.
    pub live: Arc<Live>,
    /// Wire format, known from the path alone.
    pub dialect: Dialect,
    /// Operation, e.g. `chat`.
    pub operation: &'static str,
    /// Provider, known from the path alone.
    pub provider: Arc<Provider>,
    /// Path to send on, after the provider's prefix, with the permitted query.
    pub path: String,
}

/// Who asks: the application behind a gateway key, and the end user it names.
#[derive(Clone)]
pub(crate) struct CallerTrail {
    /// What the gateway key grants.
    pub grant: Arc<KeyGrant>,
    /// Random pseudonym of the end user.
    pub end_user: Option<String>,
    /// Purpose that the application states in a header.
    pub purpose: Option<String>,
    /// Reason that the application states in a header; sealed with the record, never in an event.
    pub reason: Option<String>,
}

impl Trail {
    /// Counts how the exchange ended.
    pub(crate) fn count(&self, metrics: &Metrics, ended: &'static str, status: u16) {
        let took = self.arrived.elapsed();
        metrics.exchange(self.dialect.name(), &self.provider.name, ended, status, took);
    }
}

impl CallerTrail {
    /// The caller as policies see it.
    #[must_use]
    pub(crate) fn as_caller(&self) -> Caller {
        Caller {
            tenant: self.grant.tenant.clone(),
            application: self.grant.application.clone(),
            system: self.grant.system.clone(),
            end_user: self.end_user.clone(),
            purpose: self.purpose.clone(),
            reason_given: self.reason.is_some(),
        }
    }
}

impl Trail {
    /// The destination as policies see it.
    #[must_use]
    pub(crate) fn destination(&self, model: &str, tool: Option<&str>) -> Destination {
        Destination {
            supplier: self.provider.supplier.clone(),
            provider: self.provider.name.clone(),
            model: model.to_owned(),
            tool: tool.map(str::to_owned),
            domain: None,
        }
    }
}

/// Findings of one direction with the question they raised and what policy decided.
#[derive(Default)]
pub(crate) struct Judged {
    /// What was found, by kind.
    pub seen: Vec<Seen>,
    /// Questions put to policy, one a direction.
    pub questions: Vec<Question>,
    /// Its decisions, in the same order.
    pub decisions: Vec<Decision>,
}

impl Judged {
    /// The strictest verdict.
    #[must_use]
    pub(crate) fn verdict(&self) -> Verdict {
        self.decisions.iter().map(|d| d.verdict).max().unwrap_or(Verdict::Allow)
    }

    /// Ids of the policies that determined it, once each.
    #[must_use]
    pub(crate) fn policies(&self) -> Vec<String> {
        self.collect(|k| &k.policies)
    }

    /// Controls that those policies carry, once each.
    #[must_use]
    pub(crate) fn controls(&self) -> Vec<String> {
        self.collect(|k| &k.controls)
    }

    fn collect(&self, of: fn(&annexa_policy::KindDecision) -> &Vec<String>) -> Vec<String> {
        let mut all: Vec<String> =
            self.decisions.iter().flat_map(|d| &d.kinds).flat_map(|k| of(k).iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}
