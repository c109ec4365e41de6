//! `state.sum`: a hash of each page of `state.db`, so that a byte flipped anywhere in it is known and named, also in the
//! free space that no row lies in.
//!
//! SQLite only writes to the main file when the store copies the write-ahead log into it. That goes in three steps, with
//! no change of state in between: copy; write the sum; empty the log. Whenever the process ends, each page is either as
//! the sum has it or as the log has it.
//!
//! ```text
//! annexa-state-sum v1
//! <page size> <number of pages> <changes>
//! <base64: first 16 bytes of SHA-256 of page number (32 bits, from 1) and page>   one line for each page
//! mac <hex: HMAC-SHA256 of all before>
//! ```

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::digest::{array, hex, mac, sha256};
use crate::error::io;
use crate::layout::{self, Layout};
use crate::system::System;
use crate::wal::Wal;
use crate::{Notice, StoreError};

const HEAD: &str = "annexa-state-sum v1";
/// The size of the database's pages.
pub(crate) const PAGE: usize = 4096;

/// The sums of the pages.
pub(crate) struct Sum {
    /// How often the state had changed.
    pub(crate) changes: u64,
    pages: Vec<[u8; 16]>,
}

/// What is wrong with the state's files as files, and what of them holds.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) problems: Vec<Notice>,
    pub(crate) notices: Vec<Notice>,
    /// How often the state had changed when the sum was taken; at least so many changes must be there.
    pub(crate) changes: u64,
}

impl Sum {
    pub(crate) fn of(database: &[u8], changes: u64) -> Self {
        let pages = database.chunks(PAGE).zip(1_u32..).map(|(page, number)| hash(number, page)).collect();
        Self { changes, pages }
    }

    pub(crate) fn write(&self, layout: &Layout, system: &System) -> Result<(), StoreError> {
        let mut text = format!("{HEAD}\n{PAGE} {} {}\n", self.pages.len(), self.changes);
        for page in &self.pages {
            text.push_str(&STANDARD_NO_PAD.encode(page));
            text.push('\n');
        }
        let mac = hex(&mac(system.sum.expose(), text.as_bytes()));
        // Writing to a String can't fail.
        let _ = writeln!(text, "mac {mac}");
        let path = layout.sum();
        layout::replace(&path, text.as_bytes()).map_err(io(&path))
    }

    fn parse(text: &[u8], system: &System) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let at = text.strip_suffix('\n')?.rfind('\n')? + 1;
        let (content, last) = text.split_at_checked(at)?;
        let expected = hex(&mac(system.sum.expose(), content.as_bytes()));
        if last.strip_suffix('\n')?.strip_prefix("mac ") != Some(expected.as_str()) {
            return None;
        }
        let mut lines = content.lines();
        lines.next().filter(|line| *line == HEAD)?;
        let changes = lines.next()?.rsplit(' ').next()?.parse().ok()?;
        let pages = lines.map(|line| Some(array(&STANDARD_NO_PAD.decode(line).ok()?)));
        Some(Self { changes, pages: pages.collect::<Option<_>>()? })
    }
}

/// Checks `state.db` and its write-ahead log against the sum.
//= iso27001-2022:A.5.33
pub(crate) fn check(layout: &Layout, system: &System) -> Result<Checked, StoreError> {
    let read = |path: std::path::PathBuf| layout::read(&path).map_err(io(&path));
    let mut checked = Checked::default();
    let log = read(layout.wal())?.unwrap_or_default();
    let wal = Wal::parse(&log);
    if let Some(at) = wal.damage {
        let name = layout.name(&layout.wal());
        checked.problems.push(Notice::at(
            name,
            at as u64,
            "the write-ahead log is damaged; what follows is lost",
        ));
    }
    let name = layout.name(&layout.sum());
    let Some(sum) = read(layout.sum())? else {
        checked.problems.push(Notice::new(name, "", "is missing: `state.db` can only be checked row by row"));
        return Ok(checked);
    };
    let Some(sum) = Sum::parse(&sum, system) else {
        checked.problems.push(Notice::at(name, 0, "is damaged: `state.db` can only be checked row by row"));
        return Ok(checked);
    };
    checked.changes = sum.changes;
    let database = read(layout.state())?.unwrap_or_default();
    pages(layout, &sum, &database, (&wal, &log), &mut checked);
    Ok(checked)
}

fn pages(layout: &Layout, sum: &Sum, database: &[u8], (wal, log): (&Wal, &[u8]), checked: &mut Checked) {
    let mut damaged = |number: u32, problem: &str| {
        let first = (u64::from(number) - 1) * PAGE as u64;
        let place = format!("bytes {first} to {} (page {number})", first + PAGE as u64 - 1);
        checked.problems.push(Notice::new(layout.name(&layout.state()), place, problem));
    };
    for (page, number) in database.chunks(PAGE).zip(1_u32..) {
        let summed = (number as usize).checked_sub(1).and_then(|at| sum.pages.get(at));
        let in_log = wal.pages.get(&number).and_then(|range| log.get(range.clone()));
        if summed != Some(&hash(number, page)) && in_log != Some(page) {
            damaged(number, "the page is not as it was written");
        }
    }
    let have = database.len().div_ceil(PAGE);
    for number in have + 1..=sum.pages.len() {
        damaged(u32::try_from(number).unwrap_or(u32::MAX), "the page is missing");
    }
}

fn hash(number: u32, page: &[u8]) -> [u8; 16] {
    array(&sha256(&[&number.to_be_bytes(), page]))
}
