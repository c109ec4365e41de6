//! Loading: what is refused, and what the refusal names.

use super::*;

fn told(text: &str) -> Vec<String> {
    check(text).iter().map(Problem::to_string).collect()
}

fn check_one(text: &str, policy: Option<&str>, line: usize, says: &str) {
    let problems = check(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let p = &problems[0];
    assert_eq!((p.policy.as_deref(), p.line), (policy, line), "{p}");
    assert!(p.message.contains(says), "{p}");
    assert!(!p.remedy.is_empty());
}

#[test]
fn a_good_file_has_no_problem() {
    assert_eq!(told("@id(\"all\") permit (principal, action, resource);"), Vec::<String>::new());
}

#[test]
fn an_attribute_that_the_schema_lacks_is_named_with_its_line() {
    let text = "// one\n@id(\"a\")\n@why(\"x\")\nforbid (principal, action, resource)\nwhen { context.famly == \"card\" };";
    check_one(text, Some("a"), 5, "famly");
}

#[test]
fn a_syntax_error_is_named_with_its_line() {
    let text = "@id(\"a\") permit (principal, action, resource);\n\n@id(\"b\")\nforbid (principal, actoin, resource);";
    check_one(text, Some("b"), 4, "actoin");
}

#[test]
fn an_open_end_is_refused() {
    let problems = check("@id(\"a\") permit (principal, action, resource)");
    assert!(!problems.is_empty());
}

#[test]
fn an_optional_attribute_needs_its_has() {
    let text = "@id(\"a\") permit (principal, action, resource) when { context.purpose == \"x\" };";
    check_one(text, Some("a"), 1, "purpose");
}

#[test]
fn a_wrong_type_is_refused() {
    check_one(
        "@id(\"a\") permit (principal, action, resource) when { context.count == \"x\" };",
        Some("a"),
        1,
        "",
    );
}

#[test]
fn an_action_that_does_not_exist_is_refused() {
    let problems = check("@id(\"a\") permit (principal, action == Action::\"sned\", resource);");
    assert!(
        problems.iter().any(|p| p.gravity == Gravity::Refused && p.message.contains("sned")),
        "{problems:?}"
    );
}

#[test]
fn two_policies_with_one_id_are_refused() {
    let one = "@id(\"a\") permit (principal, action, resource);";
    check_one(&format!("{one}\n{one}"), Some("a"), 2, "same `@id`");
}

#[test]
fn a_template_is_refused() {
    check_one("@id(\"a\") permit (principal == ?principal, action, resource);", Some("a"), 1, "");
}

#[test]
fn an_empty_file_is_refused() {
    check_one("// nothing\n", None, 1, "everything would be blocked");
}

#[test]
fn a_policy_that_never_applies_is_warned_of() {
    let problems = check("@id(\"a\") permit (principal, action, resource) when { false };");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].gravity, Gravity::Warned);
}
