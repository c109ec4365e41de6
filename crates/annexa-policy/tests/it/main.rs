//! The documents about policy say what is so: their examples load, their tables are current.

use annexa_policy::{Gravity, PolicySet, SCHEMA, check};

const GUIDE: &str = include_str!("../../../../docs/policy.md");
const TABLE: &str = include_str!("../../../../docs/policy-table.md");

fn examples() -> Vec<&'static str> {
    GUIDE.split("```cedar\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_example_of_the_guide_is_valid() {
    let examples = examples();
    assert_eq!(examples.len(), 5);
    for example in examples {
        assert_eq!(check(example), [], "{example}");
    }
}

#[test]
fn the_guide_names_every_attribute_of_the_schema() {
    let code = SCHEMA.lines().map(str::trim).filter(|l| !l.starts_with("//"));
    let attributes = code.filter_map(|l| l.split_once(": ")).filter(|(_, of)| of.ends_with([',', ';']));
    let mut seen = 0;
    for (name, _) in attributes.filter(|(name, _)| !["principal", "resource", "context"].contains(name)) {
        let name = name.trim_end_matches('?');
        assert!(GUIDE.contains(&format!("`{name}`")), "docs/policy.md says nothing of `{name}`");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

/// `annexa policy table --markdown > docs/policy-table.md` makes it current.
//= iso27001-2022:A.8.12
#[test]
fn the_table_of_the_default_policy_is_current() {
    let table = PolicySet::named("default").unwrap().unwrap().table().markdown();
    assert_eq!(TABLE, table, "write the output of `annexa policy table --markdown` to docs/policy-table.md");
}

#[test]
fn the_built_in_policies_have_no_problem() {
    for name in ["default", "answers-only", "monitor"] {
        let set = PolicySet::named(name).unwrap().unwrap();
        assert_eq!(set.name(), name);
        assert_eq!(check(set.text()), [], "{name}");
        assert_eq!(set.warnings().count(), 0);
    }
    assert!(PolicySet::named("no-such-policy").is_none());
}

//= iso27001-2022:A.8.9
#[test]
fn a_refusal_names_policy_line_and_remedy() {
    let text = "@id(\"all\")\npermit (principal, action, resource);\n@id(\"x\")\n@verdict(\"redact\")\n@why(\"y\")\nforbid (principal, action, resource);";
    let told = PolicySet::parse(text, "").unwrap_err().to_string();
    assert!(
        told.contains("line 3, policy `x`: the verdict `redact` is not known; use one of mask"),
        "{told}"
    );
    assert!(check(text).iter().all(|p| p.gravity == Gravity::Refused));
}

#[test]
fn the_table_as_text_has_a_line_for_each_family_and_policy() {
    let table = PolicySet::named("default").unwrap().unwrap().table();
    let text = table.text();
    assert_eq!(text.lines().count(), 2 + 1 + table.rows.len() + 1 + 1 + table.rules.len());
    assert!(text.contains("card            financial     block     mask     mask"), "{text}");
}
