//! Which exchanges a page shows, kept in its address.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::encode;
use crate::story::{Exchange, Verdict};

/// The query of the live page and of the API.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    /// Only this tenant's.
    pub(crate) tenant: Option<String>,
    /// Only with this verdict.
    pub(crate) verdict: Option<String>,
}

/// One choice of a filter, as a link.
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) count: usize,
    pub(crate) current: bool,
}

impl Filter {
    /// Whether this shows an exchange.
    pub(crate) fn shows(&self, exchange: &Exchange) -> bool {
        self.of_tenant(exchange) && self.of_verdict(exchange)
    }

    /// Whether it shows less than all.
    pub(crate) fn is_set(&self) -> bool {
        wanted(&self.tenant).is_some() || wanted(&self.verdict).is_some()
    }

    /// The address that shows the same.
    pub(crate) fn href(&self, page: &str) -> String {
        let pairs = [("tenant", wanted(&self.tenant)), ("verdict", wanted(&self.verdict))];
        let given: Vec<String> =
            pairs.iter().filter_map(|(name, v)| Some(format!("{name}={}", encode::query((*v)?)))).collect();
        if given.is_empty() { page.to_owned() } else { format!("{page}?{}", given.join("&")) }
    }

    /// The tenants there are, with how many exchanges each would show.
    pub(crate) fn tenants(&self, all: &[Exchange]) -> Vec<Choice> {
        let shown: Vec<&Exchange> = all.iter().filter(|e| self.of_verdict(e)).collect();
        let mut counts: BTreeMap<&str, usize> = all.iter().map(|e| (e.tenant.as_str(), 0)).collect();
        for exchange in &shown {
            *counts.entry(&exchange.tenant).or_default() += 1;
        }
        let to = |tenant: Option<&str>| Self { tenant: tenant.map(str::to_owned), ..self.clone() };
        let current = wanted(&self.tenant);
        let one = |(tenant, count): (&str, usize)| Choice {
            label: tenant.to_owned(),
            href: to(Some(tenant)).href("/live"),
            count,
            current: current == Some(tenant),
        };
        let everyone = Choice {
            label: "All".into(),
            href: to(None).href("/live"),
            count: shown.len(),
            current: current.is_none(),
        };
        std::iter::once(everyone).chain(counts.into_iter().map(one)).collect()
    }

    /// The verdicts there are, with how many exchanges each would show.
    pub(crate) fn verdicts(&self, all: &[Exchange]) -> Vec<Choice> {
        let shown: Vec<&Exchange> = all.iter().filter(|e| self.of_tenant(e)).collect();
        let to =
            |verdict: Option<Verdict>| Self { verdict: verdict.map(|v| v.code().to_owned()), ..self.clone() };
        let current = wanted(&self.verdict);
        let one = |verdict: Verdict| Choice {
            label: verdict.word().to_owned(),
            href: to(Some(verdict)).href("/live"),
            count: shown.iter().filter(|e| e.verdict == verdict).count(),
            current: current == Some(verdict.code()),
        };
        let every = Choice {
            label: "All".into(),
            href: to(None).href("/live"),
            count: shown.len(),
            current: current.is_none(),
        };
        std::iter::once(every)
            .chain(Verdict::KNOWN.map(one).into_iter().filter(|c| c.count > 0 || c.current))
            .collect()
    }

    fn of_tenant(&self, exchange: &Exchange) -> bool {
        wanted(&self.tenant).is_none_or(|t| t == exchange.tenant)
    }

    fn of_verdict(&self, exchange: &Exchange) -> bool {
        wanted(&self.verdict).is_none_or(|v| v == exchange.verdict.code())
    }
}

/// An empty field of a form means no wish.
fn wanted(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_what_is_chosen() {
        let filter = Filter { tenant: Some("a&b".into()), verdict: Some(String::new()) };
        assert_eq!(filter.href("/live"), "/live?tenant=a%26b");
        assert_eq!(Filter::default().href("/live"), "/live");
        assert!(filter.is_set() && !Filter::default().is_set());
    }
}
