//! `annexa edm build` and `annexa fingerprint build`: the organisation's own secrets made into files of keyed hashes,
//! and such files loaded for a detector.

use std::io::Write;
use std::path::{Path, PathBuf};

use annexa_detect::own::{Columns, FingerprintsBuilder, ListBuilder, Own, OwnKey};
use annexa_extract::{Extracted, Limits};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::files;
use crate::rows;
use crate::secret;

/// `annexa edm …`
#[derive(Subcommand)]
pub(crate) enum Edm {
    /// Build a list of keyed hashes from the values of a table; no plaintext is kept
    Build {
        #[command(flatten)]
        named: Named,
        /// Columns to look for, and with + those that must stand together, e.g. account,email,name+birth_date
        #[arg(long)]
        columns: String,
        /// The table: CSV with names in its first row, or Parquet
        table: PathBuf,
        /// The file to write
        out: PathBuf,
    },
}

/// `annexa fingerprint …`
#[derive(Subcommand)]
pub(crate) enum Fingerprint {
    /// Build fingerprints of documents that must not leave; no plaintext is kept
    Build {
        #[command(flatten)]
        named: Named,
        /// File whose words may leave (a template, terms, a press release); may be given more than once
        #[arg(long)]
        except: Vec<PathBuf>,
        /// The documents, files or folders, and last the file to write
        #[arg(required = true, num_args = 2..)]
        files: Vec<PathBuf>,
    },
}

/// A name and a key.
#[derive(Args)]
pub(crate) struct Named {
    /// Name that findings give: letters, digits, - and _
    #[arg(long)]
    name: String,
    /// File with the key, at least 32 characters, e.g. of `openssl rand -hex 32`
    #[arg(long, required_unless_present = "key", conflicts_with = "key")]
    key_file: Option<PathBuf>,
    /// The key by reference: env:NAME or file:PATH
    #[arg(long)]
    key: Option<String>,
}

/// A file of hashes as the configuration names it.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnFile {
    /// What `annexa edm build` or `annexa fingerprint build` wrote.
    pub file: PathBuf,
    /// Reference to the key that it was built with.
    pub key: String,
}

/// Loads files of hashes; relative paths lie beside the configuration.
pub(crate) fn load(files: &[OwnFile], beside: &Path) -> Result<Vec<Own>> {
    files.iter().map(|f| load_one(f, beside).context("in `detect.own`")).collect()
}

fn load_one(own: &OwnFile, beside: &Path) -> Result<Own> {
    let key = OwnKey::new(secret::read(&own.key, beside)?.as_bytes())?;
    let path = beside.join(&own.file);
    let bytes = std::fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(Own::read(&path.display().to_string(), &bytes, &key)?)
}

/// Runs `annexa edm`.
pub(crate) fn edm(command: &Edm) -> Result<()> {
    let Edm::Build { named, columns, table, out } = command;
    named.check()?;
    let key = named.key()?;
    let mut builder = None;
    let mut rows_read = 0_u64;
    rows::each(table, |header, row| {
        let builder = match &mut builder {
            Some(builder) => builder,
            None => builder.insert(ListBuilder::new(&named.name, &key, Columns::parse(columns, header)?)),
        };
        builder.push(row);
        rows_read += 1;
        Ok(())
    })?;
    let builder = builder.with_context(|| format!("{} has no rows", table.display()))?;
    let (list, refused) = builder.finish()?;
    let bytes = list.to_bytes()?;
    write(out, &bytes)?;
    println!("list {} with key {}: {rows_read} rows, {} bytes", list.name(), key.id(), bytes.len());
    list.columns().for_each(|(names, values)| println!("  {names}: {values} different values"));
    println!("  not taken: {refused}");
    Ok(())
}

/// Runs `annexa fingerprint`.
pub(crate) fn fingerprint(command: &Fingerprint) -> Result<()> {
    let Fingerprint::Build { named, except, files } = command;
    named.check()?;
    let key = named.key()?;
    let (out, files) = files.split_last().context("name documents, and last the file to write")?;
    let except = texts(except)?;
    let except: Vec<&str> = except.iter().map(|(_, text)| text.as_str()).collect();
    let mut builder = FingerprintsBuilder::new(&named.name, &key, &except);
    for (path, text) in texts(files)? {
        match builder.push(&text) {
            Some(number) => println!("document {number}: {}", path.display()),
            None => println!("not taken, fewer than 24 words of its own: {}", path.display()),
        }
    }
    let prints = builder.finish()?;
    let bytes = prints.to_bytes()?;
    write(out, &bytes)?;
    let (documents, hashes) = prints.size();
    println!(
        "fingerprints {} with key {}: {documents} documents, {hashes} hashes, {} bytes",
        named.name,
        key.id(),
        bytes.len()
    );
    Ok(())
}

/// The whole text of each file. What can't be read ends the command: a document left out would leave unseen.
fn texts(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    let walked = files::walk(paths, Limits::default());
    walked.map(|w| Ok((w.path, whole(&w.outcome?)))).collect()
}

fn whole(extracted: &Extracted) -> String {
    extracted.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn write(out: &Path, bytes: &[u8]) -> Result<()> {
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let can_not = || format!("can't write {}", out.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(can_not)?;
    file.write_all(bytes).with_context(can_not)?;
    file.as_file().sync_all().with_context(can_not)?;
    file.persist(out).with_context(can_not)?;
    Ok(())
}

impl Named {
    fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(plain) {
            bail!("`--name` stands in findings: use up to 64 letters, digits, `-` and `_`");
        }
        Ok(())
    }

    fn key(&self) -> Result<OwnKey> {
        let file = self.key_file.as_ref().map(|path| format!("file:{}", path.display()));
        let reference = file.or_else(|| self.key.clone()).unwrap_or_default();
        Ok(OwnKey::new(secret::read(&reference, Path::new("."))?.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use annexa_detect::{Around, Detector};

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn named(dir: &Path) -> Named {
        std::fs::write(dir.join("key"), KEY).unwrap();
        Named { name: "customers".into(), key_file: Some(dir.join("key")), key: None }
    }

    fn kinds(dir: &Path, file: &str, text: &str) -> Vec<String> {
        let own = load(&[OwnFile { file: file.into(), key: "file:key".into() }], dir).unwrap();
        let detector = Detector::builtin().unwrap().with_own(own);
        detector.scan(text, &Around::default()).unwrap().iter().map(|f| f.kind.to_string()).collect()
    }

    #[test]
    //= iso27001-2022:A.8.12
    fn a_list_is_built_from_a_table_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let (table, out) = (dir.path().join("c.csv"), dir.path().join("c.edm"));
        std::fs::write(&table, "number;name;born\nK-20714-B;Anna Keller;12.03.1980\n").unwrap();
        let columns = "number,name+born".to_owned();
        let command =
            Edm::Build { named: named(dir.path()), columns, table: table.clone(), out: out.clone() };
        edm(&command).unwrap();
        assert!(!String::from_utf8_lossy(&std::fs::read(&out).unwrap()).contains("20714"));
        assert_eq!(kinds(dir.path(), "c.edm", "see K 20714 B"), ["EXACT_MATCH"]);
        assert_eq!(kinds(dir.path(), "c.edm", "Keller, no; Anna Keller, 1980-03-12").len(), 2);
        let wrong = Edm::Build { named: named(dir.path()), columns: "nummer".into(), table, out };
        let error = format!("{:#}", edm(&wrong).unwrap_err());
        assert!(error.contains("c.csv") && error.contains("number, name, born"), "{error}");
    }

    #[test]
    //= iso27001-2022:A.8.12
    fn documents_are_fingerprinted_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let words: Vec<String> = (0..60).map(|n| format!("word{n}")).collect();
        std::fs::write(dir.path().join("d.txt"), words.join(" ")).unwrap();
        let files = vec![dir.path().join("d.txt"), dir.path().join("d.fpr")];
        fingerprint(&Fingerprint::Build { named: named(dir.path()), except: Vec::new(), files }).unwrap();
        assert_eq!(kinds(dir.path(), "d.fpr", &words[10..50].join("\n")), ["DOCUMENT_MATCH"]);
    }

    #[test]
    fn a_damaged_file_and_a_wrong_name_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        named(dir.path());
        std::fs::write(dir.path().join("x.edm"), "annexEDM").unwrap();
        let error =
            load(&[OwnFile { file: "x.edm".into(), key: "file:key".into() }], dir.path()).unwrap_err();
        assert!(format!("{error:#}").contains("x.edm"), "{error:#}");
        let bad = Named { name: "a b".into(), ..named(dir.path()) };
        assert!(bad.check().unwrap_err().to_string().contains("--name"));
    }
}
