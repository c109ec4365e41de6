//! What findings mean together: a name near a health fact is a patient's, a name near a card number its holder's.
//!
//! The relations are data, in the catalogue's form; a customer's types file may add some. A relation looks at the kinds
//! as they were found, never at what another relation made of them, so their order decides nothing but which one holds.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::DetectError;
use crate::finding::Finding;

/// Farthest that a relation may reach, in bytes: what stands before every window of an answer. After it 128 bytes are
/// seen, so a relation that reaches farther forward holds in requests and files alone.
const FARTHEST: usize = 256;

/// One relation, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relation {
    /// Kinds that it turns into another.
    pub(crate) of: Vec<Arc<str>>,
    /// Kinds one of which must stand near.
    #[serde(default)]
    pub(crate) near: Vec<Arc<str>>,
    /// Most bytes between the two.
    #[serde(default)]
    pub(crate) within: usize,
    /// Class that the model must give the window.
    pub(crate) class: Option<Arc<str>>,
    /// Least probability of the class.
    #[serde(default)]
    pub(crate) least: f32,
    /// What a finding becomes.
    pub(crate) becomes: Arc<str>,
    /// Why, in a few words.
    pub(crate) why: Arc<str>,
}

/// What the model says a stretch of text is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Topic {
    /// Where, in bytes of the text.
    pub(crate) range: Range<usize>,
    /// Class, e.g. `inside_information`.
    pub(crate) class: Arc<str>,
    /// Probability, from 0 to 1.
    pub(crate) probability: f32,
}

impl Relation {
    /// Says what is wrong with a relation; `known` tells whether a kind exists.
    pub(crate) fn check(&self, known: impl Fn(&str) -> bool) -> Result<(), DetectError> {
        let named = self.of.iter().chain(&self.near).chain([&self.becomes]);
        if let Some(unknown) = named.into_iter().find(|kind| !known(kind)) {
            return Err(self.wrong(&format!("there is no type `{unknown}`")));
        }
        if self.near.is_empty() && self.class.is_none() {
            return Err(self.wrong("it names neither `near` nor `class`"));
        }
        if self.within > FARTHEST {
            return Err(self.wrong(&format!("`within` is more than {FARTHEST} bytes")));
        }
        Ok(())
    }

    fn wrong(&self, problem: &str) -> DetectError {
        DetectError::Form(format!("in the relation that makes `{}`: {problem}", self.becomes))
    }

    fn holds(&self, at: usize, found: &[Finding], topics: &[Topic]) -> bool {
        let Some(one) = found.get(at).filter(|f| self.of.contains(&f.kind)) else { return false };
        (self.near.is_empty() || self.is_near(at, one, found))
            && self.class.as_ref().is_none_or(|class| self.is_about(class, one, topics))
    }

    /// Is one of the kinds near, before or after? Findings are sorted and do not overlap.
    fn is_near(&self, at: usize, one: &Finding, found: &[Finding]) -> bool {
        let after = found.get(at + 1..).unwrap_or_default().iter();
        let before = found.get(..at).unwrap_or_default().iter().rev();
        let mut after = after.take_while(|f| f.start.saturating_sub(one.end) <= self.within);
        let mut before = before.take_while(|f| one.start.saturating_sub(f.end) <= self.within);
        after.any(|f| self.near.contains(&f.kind)) || before.any(|f| self.near.contains(&f.kind))
    }

    fn is_about(&self, class: &str, one: &Finding, topics: &[Topic]) -> bool {
        let over = |t: &&Topic| t.range.start < one.end && one.start < t.range.end;
        topics.iter().filter(over).any(|t| *t.class == *class && t.probability >= self.least)
    }
}

/// For each finding that a relation turns into another kind, its index and the relation.
pub(crate) fn related<'a>(
    relations: &'a [Relation],
    found: &[Finding],
    topics: &[Topic],
) -> Vec<(usize, &'a Relation)> {
    let first = |at: usize| relations.iter().find(|r| r.holds(at, found, topics)).map(|r| (at, r));
    (0..found.len()).filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Category;

    fn finding(kind: &str, start: usize, end: usize) -> Finding {
        Finding {
            start,
            end,
            kind: kind.into(),
            category: Category::Personal,
            confidence: 0.9,
            detector: "test",
            why: "test".into(),
        }
    }

    fn patient() -> Relation {
        Relation {
            of: vec!["PERSON".into()],
            near: vec!["CONDITION".into()],
            within: 20,
            class: None,
            least: 0.0,
            becomes: "PATIENT_NAME".into(),
            why: "test".into(),
        }
    }

    fn made(relations: &[Relation], found: &[Finding], topics: &[Topic]) -> Vec<usize> {
        related(relations, found, topics).into_iter().map(|(at, _)| at).collect()
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn a_name_near_a_health_fact_is_a_patients_and_one_far_away_is_not() {
        let near = [finding("PERSON", 0, 5), finding("DATE", 8, 10), finding("CONDITION", 25, 30)];
        assert_eq!(made(&[patient()], &near, &[]), [0]);
        let far = [finding("PERSON", 0, 5), finding("CONDITION", 26, 30), finding("PERSON", 50, 55)];
        assert_eq!(made(&[patient()], &far, &[]), [2], "20 bytes after it counts, 21 before it does not");
        assert_eq!(made(&[patient()], &[finding("PERSON", 0, 5)], &[]), [0; 0]);
    }

    #[test]
    fn a_class_counts_where_the_model_is_sure_of_it() {
        let relations =
            [Relation { near: Vec::new(), class: Some("inside".into()), least: 0.8, ..patient() }];
        let topic =
            |start, end, probability| Topic { range: start..end, class: "inside".into(), probability };
        let found = [finding("PERSON", 10, 15)];
        assert_eq!(made(&relations, &found, &[topic(0, 20, 0.9)]), [0]);
        assert!(made(&relations, &found, &[topic(0, 20, 0.7)]).is_empty());
        assert!(made(&relations, &found, &[topic(15, 40, 0.9)]).is_empty());
        assert!(made(&relations, &found, &[]).is_empty());
    }

    #[test]
    fn a_relation_that_can_not_hold_is_refused_with_its_name() {
        let known = |kind: &str| kind != "NOBODY";
        assert!(patient().check(known).is_ok());
        for (wrong, says) in [
            (Relation { of: vec!["NOBODY".into()], ..patient() }, "no type `NOBODY`"),
            (Relation { near: Vec::new(), ..patient() }, "neither `near` nor `class`"),
            (Relation { within: 10_000, ..patient() }, "more than 256"),
        ] {
            let error = wrong.check(known).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("PATIENT_NAME"), "{error}");
        }
    }
}
