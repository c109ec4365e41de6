//! Which crate may know which: arrows point down only, and heavy dependencies stay where they belong.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Breach;
use crate::source::Source;

/// Each crate with the crates of ours that it may depend on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("annexa-wire", &[]),
    ("annexa-detect", &[]),
    ("annexa-seal", &[]),
    ("annexa-evidence", &[]),
    ("annexa-extract", &[]),
    ("annexa-model", &["annexa-detect"]),
    ("annexa-practice", &["annexa-wire"]),
    ("annexa-policy", &["annexa-detect"]),
    ("annexa-store", &["annexa-evidence", "annexa-seal"]),
    ("annexa-gateway", &["annexa-wire", "annexa-detect", "annexa-policy", "annexa-evidence", "annexa-store"]),
    ("annexa-console", &["annexa-evidence", "annexa-store"]),
    (
        "annexa",
        &[
            "annexa-console",
            "annexa-detect",
            "annexa-model",
            "annexa-evidence",
            "annexa-extract",
            "annexa-gateway",
            "annexa-policy",
            "annexa-practice",
            "annexa-seal",
            "annexa-store",
            "annexa-wire",
        ],
    ),
    ("xtask", &["annexa-detect", "annexa-gateway", "annexa-policy", "annexa-wire"]),
];

/// Dependencies with the only crates that may have them.
const KEPT_APART: &[(&str, &[&str])] = &[
    ("tokio", &["annexa-gateway", "annexa-console", "annexa-store", "annexa-practice", "annexa"]),
    ("hyper", &["annexa-gateway", "annexa-practice"]),
    ("axum", &["annexa-console", "annexa"]),
    ("rusqlite", &["annexa-store"]),
    ("cedar-policy", &["annexa-policy"]),
    ("lopdf", &["annexa-extract"]),
    ("parquet", &["annexa"]),
    ("anyhow", &["annexa", "xtask"]),
    ("async-trait", &[]),
    ("ring", &[]),
    ("openssl", &[]),
    ("rand", &[]),
];

/// Tables of a manifest that name dependencies; tests may not point upwards either.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Arrows that point the wrong way.
pub(crate) fn check(files: &[Source]) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for source in files.iter().filter(|f| f.path.ends_with("Cargo.toml") && f.path != "Cargo.toml") {
        let manifest: Table = source.text.parse().with_context(|| format!("{} is no TOML", source.path))?;
        breaches.extend(manifest_breaches(source, &manifest));
    }
    Ok(breaches)
}

fn manifest_breaches(source: &Source, manifest: &Table) -> Vec<Breach> {
    let name =
        manifest.get("package").and_then(|p| p.get("name")).and_then(Value::as_str).unwrap_or_default();
    let folder = source.path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default();
    let mut breaches = Vec::new();
    if name != folder {
        breaches.push(Breach::new(
            source,
            1,
            format!("package `{name}` lies in folder `{folder}`; give both one name"),
        ));
    }
    let Some((_, may_use)) = MAY_USE.iter().find(|(crate_name, _)| *crate_name == name) else {
        let what = format!(
            "crate `{name}` has no place in the house; add it to xtask/src/tidy/arrows.rs and ARCHITECTURE.md"
        );
        breaches.push(Breach::new(source, 1, what));
        return breaches;
    };
    for dependency in dependencies(manifest) {
        let line = line_naming(&source.text, dependency);
        if dependency.starts_with("annexa") && !may_use.contains(&dependency) {
            let what = format!(
                "`{name}` may not depend on `{dependency}`; arrows point down only, move what is shared below both"
            );
            breaches.push(Breach::new(source, line, what));
        }
        let kept = KEPT_APART.iter().find(|(kept, _)| *kept == dependency);
        if kept.is_some_and(|(_, users)| !users.contains(&name)) {
            let what = format!(
                "`{dependency}` does not belong in `{name}`; pass in what it gives, or do it in the crate that has it"
            );
            breaches.push(Breach::new(source, line, what));
        }
    }
    breaches
}

fn dependencies(manifest: &Table) -> impl Iterator<Item = &str> {
    let tables = TABLES.iter().filter_map(|t| manifest.get(*t).and_then(Value::as_table));
    tables.flat_map(|t| t.keys().map(String::as_str))
}

fn line_naming(text: &str, dependency: &str) -> usize {
    let names =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    text.lines().position(names).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, manifest: &str) -> Vec<String> {
        check(&[Source::new(path, manifest.as_bytes())]).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_upwards_is_found_also_in_tests() {
        for table in ["dependencies", "dev-dependencies"] {
            let found = breaches(
                "crates/annexa-wire/Cargo.toml",
                &format!("[package]\nname = \"annexa-wire\"\n[{table}]\nannexa-policy.workspace = true\n"),
            );
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("crates/annexa-wire/Cargo.toml:4:"), "{found:?}");
        }
    }

    #[test]
    fn heavy_dependencies_stay_where_they_belong() {
        let found = breaches(
            "crates/annexa-detect/Cargo.toml",
            "[package]\nname = \"annexa-detect\"\n[dependencies]\ntokio = \"1\"\n",
        );
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn an_unlisted_crate_and_a_crooked_name_are_found() {
        assert_eq!(breaches("crates/annexa-x/Cargo.toml", "[package]\nname = \"annexa-y\"\n").len(), 2);
    }
}
