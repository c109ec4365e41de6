//! Controls that a policy may name: ids and titles of two standards, as facts.
//!
//! The files are taken from the project's catalogues; the standards' text has to be bought.

const FRAMEWORKS: [(&str, &str); 2] = [
    ("iso27001-2022", include_str!("../data/iso27001-2022.tsv")),
    ("iso42001-2023", include_str!("../data/iso42001-2023.tsv")),
];

/// One control or clause of a standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Standard, e.g. `iso27001-2022`.
    pub framework: &'static str,
    /// Id within it, e.g. `A.8.12`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
}

/// Looks up a name such as `iso27001-2022:A.8.12`.
#[must_use]
pub fn control(name: &str) -> Option<Control> {
    let (framework, id) = name.split_once(':')?;
    let (framework, file) = FRAMEWORKS.into_iter().find(|(f, _)| *f == framework)?;
    let mut rows = file.lines().filter_map(|l| l.split_once('\t'));
    let (id, title) = rows.find(|(i, _)| *i == id)?;
    Some(Control { framework, id, title })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_found_by_name() {
        assert_eq!(control("iso27001-2022:A.8.12").unwrap().title, "Data leakage prevention");
        assert_eq!(control("iso42001-2023:A.9.4").unwrap().title, "Intended use of the AI system");
    }

    #[test]
    fn what_is_no_control_is_not_found() {
        for name in ["A.8.12", "iso27001-2022:A.8.99", "iso27001-2022:", "iso27001-2013:A.8.12", ""] {
            assert_eq!(control(name), None, "{name}");
        }
    }
}
