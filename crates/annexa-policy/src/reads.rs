//! Which attributes of a finding the policies in force can tell apart at all.
//!
//! A decision can't depend on an attribute that no policy reads, so a remembered decision stays right when only
//! such attributes differ: the growing count of a streamed answer costs nothing unless a policy asks for counts.

use std::collections::BTreeSet;

use cedar_policy::PolicySet as CedarSet;
use serde_json::Value;

/// Attributes of the context that are read.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Reads {
    everything: bool,
    names: BTreeSet<String>,
}

impl Reads {
    /// Reads what the policies of all sets read.
    pub(crate) fn of<'a>(sets: impl IntoIterator<Item = &'a CedarSet>) -> Self {
        let mut reads = Reads::default();
        for policy in sets.into_iter().flat_map(CedarSet::policies) {
            match policy.to_json() {
                Ok(json) => reads.walk(&json),
                Err(_) => reads.everything = true,
            }
        }
        reads
    }

    /// As if every attribute were read.
    #[cfg(test)]
    pub(crate) fn everything() -> Self {
        Reads { everything: true, ..Reads::default() }
    }

    /// Whether a decision can depend on an attribute.
    pub(crate) fn reads(&self, name: &str) -> bool {
        self.everything || self.names.contains(name)
    }

    fn walk(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, inner)| self.field(key, inner)),
            Value::Array(items) => items.iter().for_each(|i| self.walk(i)),
            _ => {}
        }
    }

    fn field(&mut self, key: &str, inner: &Value) {
        let of_context =
            inner.get("left").and_then(|l| l.get("Var")).and_then(Value::as_str) == Some("context");
        match (key, inner.get("attr")) {
            ("." | "has", Some(Value::String(name))) if of_context => {
                self.names.insert(name.clone());
            }
            // The context as a whole, compared or passed on: anything in it can matter.
            ("Var", _) if inner.as_str() == Some("context") => self.everything = true,
            _ => self.walk(inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, reads: &[&str], does_not: &[&str]) {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        let set: CedarSet = text.parse().unwrap();
        let found = Reads::of([&set]);
        reads.iter().for_each(|r| assert!(found.reads(r), "{condition} reads {r}"));
        does_not.iter().for_each(|r| assert!(!found.reads(r), "{condition} does not read {r}"));
    }

    #[test]
    fn attributes_are_found_wherever_they_stand() {
        check("context.family == \"card\"", &["family"], &["count"]);
        check("if context has purpose then context.count > 3 else true", &["purpose", "count"], &["at"]);
        check("[1, context.at].contains(2) || {a: context.count}.a == 3", &["at", "count"], &["kind"]);
        check(
            "context[\"confidence\"] > 3 && context.facts.flags.contains(context.kind)",
            &["confidence", "kind"],
            &["at"],
        );
        check("context has facts && principal.system like \"a*\"", &["facts"], &["count"]);
    }

    #[test]
    fn the_context_as_a_whole_reads_everything() {
        check("context == context", &["count", "at"], &[]);
        check("[context].contains({a: 1})", &["count", "at"], &[]);
        check("(if true then context else context).kind == \"A\"", &["kind", "count"], &[]);
    }

    #[test]
    fn the_built_in_policies_read_no_counts() {
        let set = crate::PolicySet::named("default").unwrap().unwrap();
        assert!(!set.reads().reads("count") && !set.reads().reads("at") && set.reads().reads("family"));
    }
}
