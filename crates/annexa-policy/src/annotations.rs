//! The annotations of a policy, read strictly: an unknown one is refused, since a misspelt remedy is no remedy.

use cedar_policy::{Effect, Policy};
use serde::{Deserialize, Serialize};

use crate::controls::control;
use crate::question::Verdict;

const KNOWN: [&str; 6] = ["id", "verdict", "severity", "control", "why", "liftable"];
const LONGEST_ID: usize = 64;
const LONGEST_WHY: usize = 160;

/// How much it matters when a policy applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a look.
    Medium,
    /// Needs somebody's attention.
    High,
    /// Needs it now.
    Critical,
}

/// What may lift a policy's remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lift {
    /// An exception that a second person granted.
    Exception,
    /// A reason that the application sends.
    Reason,
    /// Emergency access of a named person.
    BreakGlass,
}

/// What a policy's annotations say.
#[derive(Debug, Clone)]
pub(crate) struct Annotations {
    pub(crate) id: String,
    pub(crate) verdict: Verdict,
    pub(crate) severity: Option<Severity>,
    pub(crate) controls: Vec<String>,
    pub(crate) why: Option<String>,
    pub(crate) liftable: Vec<Lift>,
}

/// A fault of an annotation: what is wrong and what to do.
pub(crate) type Fault = (String, String);

impl Severity {
    /// All of them, from low to critical.
    pub const ALL: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The name in policies and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Lift {
    /// All of them, from the quietest to the loudest.
    pub const ALL: [Lift; 3] = [Lift::Exception, Lift::Reason, Lift::BreakGlass];

    /// The name in policies and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lift::Exception => "exception",
            Lift::Reason => "reason",
            Lift::BreakGlass => "break_glass",
        }
    }
}

/// Reads all annotations of a policy and collects every fault.
pub(crate) fn read(policy: &Policy) -> Result<Annotations, Vec<Fault>> {
    let mut faults = Vec::new();
    faults.extend(policy.annotations().filter(|(k, _)| !KNOWN.contains(k)).map(|(k, _)| unknown(k)));
    let permits = policy.effect() == Effect::Permit;
    if permits {
        let forbids_only =
            ["verdict", "severity", "liftable"].into_iter().filter(|k| policy.annotation(k).is_some());
        faults.extend(forbids_only.map(on_permit));
    }
    let annotations = Annotations {
        id: kept(id(policy), &mut faults),
        verdict: if permits { Verdict::Allow } else { kept(verdict(policy), &mut faults) },
        severity: kept(severity(policy), &mut faults),
        controls: kept(controls(policy), &mut faults),
        why: kept(why(policy, permits), &mut faults),
        liftable: kept(liftable(policy), &mut faults),
    };
    if faults.is_empty() { Ok(annotations) } else { Err(faults) }
}

/// Keeps what was read, or notes the fault; the default then never gets into force.
fn kept<T: Default>(read: Result<T, Fault>, faults: &mut Vec<Fault>) -> T {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        T::default()
    })
}

impl Default for Verdict {
    /// A policy that names no remedy blocks.
    fn default() -> Self {
        Verdict::Block
    }
}

fn unknown(key: &str) -> Fault {
    (format!("the annotation `@{key}` is not known"), format!("use one of @{}", KNOWN.join(", @")))
}

fn on_permit(key: &str) -> Fault {
    (
        format!("a permit has no `@{key}`"),
        "a permit lets pass in the clear: remove it, or write a forbid".to_owned(),
    )
}

fn id(policy: &Policy) -> Result<String, Fault> {
    let remedy =
        || format!("begin the policy with @id(\"a-short-name\"): at most {LONGEST_ID} of a-z, 0-9 and -");
    let Some(id) = policy.annotation("id") else {
        return Err(("the policy has no `@id`".to_owned(), remedy()));
    };
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let begins = id.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if plain && begins && id.len() <= LONGEST_ID {
        return Ok(id.to_owned());
    }
    Err(("its `@id` is no plain name".to_owned(), remedy()))
}

fn verdict(policy: &Policy) -> Result<Verdict, Fault> {
    let Some(name) = policy.annotation("verdict") else { return Ok(Verdict::Block) };
    let remedies = Verdict::ALL.into_iter().filter(|v| *v != Verdict::Allow);
    remedies.clone().find(|v| v.name() == name).ok_or_else(|| {
        let names: Vec<&str> = remedies.map(Verdict::name).collect();
        (format!("the verdict `{name}` is not known"), format!("use one of {}", names.join(", ")))
    })
}

fn severity(policy: &Policy) -> Result<Option<Severity>, Fault> {
    let Some(name) = policy.annotation("severity") else { return Ok(None) };
    Severity::ALL.into_iter().find(|s| s.name() == name).map(Some).ok_or_else(|| {
        (format!("the severity `{name}` is not known"), "use one of low, medium, high, critical".to_owned())
    })
}

fn controls(policy: &Policy) -> Result<Vec<String>, Fault> {
    let names: Vec<String> = listed(policy.annotation("control")).map(str::to_owned).collect();
    match names.iter().find(|n| control(n).is_none()) {
        None => Ok(names),
        Some(name) => Err((
            format!("there is no control `{name}`"),
            "name it with its standard, such as iso27001-2022:A.8.12 or iso42001-2023:A.9.4".to_owned(),
        )),
    }
}

fn why(policy: &Policy, permits: bool) -> Result<Option<String>, Fault> {
    let remedy =
        format!("give @why(\"…\"), one sentence of at most {LONGEST_WHY} characters that callers may read");
    match policy.annotation("why") {
        None if permits => Ok(None),
        None => Err(("a forbid says no `@why`".to_owned(), remedy)),
        Some(why)
            if why.trim().is_empty()
                || why.chars().count() > LONGEST_WHY
                || why.chars().any(char::is_control) =>
        {
            Err(("its `@why` is empty, too long or more than a line".to_owned(), remedy))
        }
        Some(why) => Ok(Some(why.to_owned())),
    }
}

fn liftable(policy: &Policy) -> Result<Vec<Lift>, Fault> {
    let one = |name: &str| {
        Lift::ALL.into_iter().find(|l| l.name() == name).ok_or_else(|| {
            (
                format!("nothing called `{name}` lifts a remedy"),
                "use some of exception, reason, break_glass".to_owned(),
            )
        })
    };
    listed(policy.annotation("liftable")).map(one).collect()
}

fn listed(value: Option<&str>) -> impl Iterator<Item = &str> {
    value.into_iter().flat_map(|v| v.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(annotations: &str, effect: &str) -> Vec<String> {
        let text = format!("{annotations}\n{effect}(principal, action, resource);");
        match read(&Policy::parse(None, text).unwrap()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|(message, _)| message).collect(),
        }
    }

    #[test]
    fn a_whole_forbid_is_read() {
        let text = r#"@id("a") @verdict("tokenise") @severity("high") @why("so it is") @liftable("reason, exception")
            @control("iso27001-2022:A.8.12,iso27001-2022:A.8.11") forbid(principal, action, resource);"#;
        let read = read(&Policy::parse(None, text).unwrap()).unwrap();
        assert_eq!(
            (read.id.as_str(), read.verdict, read.severity),
            ("a", Verdict::Tokenise, Some(Severity::High))
        );
        assert_eq!(read.liftable, [Lift::Reason, Lift::Exception]);
        assert_eq!(read.controls, ["iso27001-2022:A.8.12", "iso27001-2022:A.8.11"]);
    }

    #[test]
    fn a_forbid_without_verdict_blocks() {
        let policy =
            Policy::parse(None, r#"@id("a") @why("x") forbid(principal, action, resource);"#).unwrap();
        assert_eq!(read(&policy).unwrap().verdict, Verdict::Block);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let good = r#"@id("a") @why("x") "#;
        for (more, says) in [
            (r#"@verdikt("mask")"#, "the annotation `@verdikt` is not known"),
            (r#"@verdict("redact")"#, "the verdict `redact` is not known"),
            (r#"@verdict("allow")"#, "the verdict `allow` is not known"),
            (r#"@severity("huge")"#, "the severity `huge` is not known"),
            (r#"@control("A.8.12")"#, "there is no control `A.8.12`"),
            (r#"@control("iso27001-2022:A.8.12,")"#, "there is no control ``"),
            (r#"@liftable("anyone")"#, "nothing called `anyone` lifts a remedy"),
        ] {
            assert_eq!(faults(&format!("{good}{more}"), "forbid"), [says]);
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        assert_eq!(faults(r#"@verdict("no") @x("y")"#, "forbid").len(), 4);
        assert_eq!(faults(r#"@id("A b") @why("")"#, "permit").len(), 2);
        assert_eq!(faults(r#"@id("a") @verdict("mask")"#, "permit"), ["a permit has no `@verdict`"]);
    }
}
