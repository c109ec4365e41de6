//! `annexa policy …`: show, check, explain and replay policies.

use std::io::Read;
use std::path::Path;

use annexa_policy::Question;
use anyhow::{Context, Result};

use crate::admin;
use crate::ask::Ask;
use crate::cli::Policy;
use crate::live;

/// Runs `annexa policy …`.
pub(crate) fn run(command: Policy) -> Result<()> {
    match command {
        Policy::Table { policy, markdown } => table(&policy, markdown),
        Policy::Check { file } => check(&file),
        Policy::Explain { policy, question } => explain(&policy, &question),
        Policy::Replay { data, tenant, policy } => {
            let set = live::policy(&policy, None, Path::new("."))?;
            admin::ask_and_print(
                &data.data,
                Ask::Replay { tenant, policy: set.text().to_owned(), name: policy },
            )
        }
    }
}

fn table(policy: &str, markdown: bool) -> Result<()> {
    let table = live::policy(policy, None, Path::new("."))?.table();
    print!("{}", if markdown { table.markdown() } else { table.text() });
    Ok(())
}

fn check(file: &Path) -> Result<()> {
    let set = live::policy(&file.display().to_string(), None, Path::new("."))?;
    for warning in set.warnings() {
        println!("warning: {warning}");
    }
    println!("{} is good ({})", file.display(), set.version());
    Ok(())
}

fn explain(policy: &str, question: &Path) -> Result<()> {
    let mut text = String::new();
    if question == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(question)
            .with_context(|| format!("can't read {}", question.display()))?;
    }
    let question: Question = serde_json::from_str(&text).context("that is no question as events carry it")?;
    print!("{}", live::policy(policy, None, Path::new("."))?.explain(&question));
    Ok(())
}
