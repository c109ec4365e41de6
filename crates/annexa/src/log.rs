//! `annexa log …`: verify, export and prove the evidence log.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::admin;
use crate::ask::Ask;
use crate::cli::Log;

/// Runs `annexa log …`.
pub(crate) fn run(command: Log) -> Result<()> {
    match command {
        Log::Verify(data) => verify(&data.data),
        Log::Export { data, tenant, out } => {
            let out = std::path::absolute(&out)?;
            admin::ask_and_print(&data.data, Ask::LogExport { tenant, out })
        }
        Log::Prove { data, seq } => prove(&data.data, seq),
        Log::VerifyExport { folder } => verify_export(&folder),
    }
}

//= iso27001-2022:A.8.15
fn verify(dir: &Path) -> Result<()> {
    let verified = annexa_store::verify(dir).with_context(|| format!("{} does not verify", dir.display()))?;
    println!("all holds: {} events", verified.events);
    println!("  tree size  {}", verified.size);
    println!("  root       {}", verified.root);
    for notice in &verified.notices {
        println!("  note       {notice}");
    }
    Ok(())
}

fn prove(dir: &Path, seq: u64) -> Result<()> {
    let answer = admin::ask_gateway(dir, Ask::LogProve { seq })?;
    let Some(proof) = answer.get("proof").and_then(|p| p.as_str()) else {
        bail!("the gateway gave no proof")
    };
    print!("{proof}");
    Ok(())
}

fn verify_export(folder: &Path) -> Result<()> {
    let verified = annexa_evidence::verify_export(folder, None)
        .with_context(|| format!("{} does not verify", folder.display()))?;
    println!("all holds: {} events of tenant `{}`", verified.events, verified.tenant);
    println!("  tree size  {}", verified.size);
    println!("  root       {}", verified.root);
    Ok(())
}
