//! Reading the log back: events, exchanges, records, proofs and exports. A tenant's reader only ever gets what is the
//! tenant's own; what is another's is not there.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use annexa_evidence::{Event, Exporter, Leaf, Proof, RecordRef, Salt, Tile, What, prove_inclusion};
use annexa_seal::Binding;
use serde::Serialize;

use crate::digest::{array, hex, sha256};
use crate::error::io;
use crate::frame::{Body, EventBody};
use crate::index::{self, Entry};
use crate::segment::{Reader, Step};
use crate::store::{Draft, Inner, Store};
use crate::{Logged, Notice, StoreError};

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Export {
    /// How many events are disclosed.
    pub events: u64,
    /// The tree's size.
    pub size: u64,
    /// The tree's root hash, in base64.
    pub root: String,
}

/// An event's frame, opened.
struct Disclosed {
    tenant: String,
    salt: Salt,
    bytes: Vec<u8>,
}

impl Store {
    /// A tenant's events from this sequence number on, the oldest first, at most so many. Erased ones are left out.
    ///
    /// # Errors
    /// When the log can't be read.
    //= iso27001-2022:A.8.3
    pub fn events(&self, tenant: &str, from_seq: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let mut events = Vec::new();
        if limit == 0 {
            return Ok(events);
        }
        self.inner.walk(from_seq, |leaf, body| {
            if let Some(disclosed) = self.inner.disclose(tenant, leaf.seq, body)? {
                events.push(Logged { seq: leaf.seq, event: parse(leaf.seq, &disclosed.bytes)? });
            }
            Ok(if events.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(events)
    }

    /// The events of one exchange of a tenant, the oldest first; none when there is no such exchange.
    ///
    /// # Errors
    /// When the log can't be read.
    pub fn exchange(&self, tenant: &str, exchange: &str) -> Result<Vec<Logged>, StoreError> {
        let found = self.inner.find(tenant, exchange)?;
        Ok(found.into_iter().map(|(logged, _, _)| logged).collect())
    }

    /// Opens the sealed record of an exchange. That it was opened, by whom and why, is durable in the log before.
    ///
    /// # Errors
    /// When the tenant has no such exchange, it has no record, the record was erased, or it is damaged.
    //= iso27001-2022:A.8.15
    pub fn open_record(
        &self,
        tenant: &str,
        exchange: &str,
        reason: &str,
        by: &str,
    ) -> Result<Vec<u8>, StoreError> {
        let found = self.inner.find(tenant, exchange)?;
        let missing = || StoreError::missing("record of exchange", exchange);
        let last = found.into_iter().rev().find(|(_, _, entry)| entry.record > 0).ok_or_else(missing)?;
        let (logged, segment, entry) = last;
        let what = What::RecordOpened {
            exchange: exchange.to_owned(),
            reason: reason.to_owned(),
            by: by.to_owned(),
        };
        let mut event = self.inner.event(tenant, by, what);
        event.exchange = Some(exchange.to_owned());
        self.inner.append(Draft { event, record: None }, 0)?;
        self.inner.log.sync()?;
        self.inner.record(&logged, &segment, entry)
    }

    /// The proof that an event is in the log, as C2SP `tlog-proof` has it.
    ///
    /// # Errors
    /// When there is no such event, or the tiles can't be read.
    //= iso27001-2022:A.5.33
    pub fn prove(&self, seq: u64) -> Result<String, StoreError> {
        let log = &self.inner.log;
        if seq >= log.size() {
            return Err(StoreError::missing("event", &seq.to_string()));
        }
        log.publish()?;
        let _still = log.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let published = log.published();
        let hashes = prove_inclusion(published.size, seq, &mut |tile| self.tile(tile))?;
        let leaf = crate::tiles::leaf(&self.inner.layout, seq).map_err(io(&self.inner.layout.log()))?;
        Ok(Proof { extra: Some(leaf), index: seq, hashes, checkpoint: published.text.clone() }.to_string())
    }

    /// Exports a tenant's events into a new folder that anyone can verify. Of other tenants' events only leaves are in it.
    ///
    /// # Errors
    /// When there is no such tenant, the folder is not empty, or something can't be read or written.
    //= iso27001-2022:A.5.33
    pub fn export(&self, tenant: &str, out: &Path, by: &str) -> Result<Export, StoreError> {
        let inner = &self.inner;
        inner.keyring.tenant(tenant)?;
        inner.log.publish()?;
        let exported = {
            let _still = inner.log.publishing.lock().unwrap_or_else(PoisonError::into_inner);
            let published = inner.log.published();
            let mut exporter = Exporter::create(out, tenant).map_err(io(out))?;
            inner.walk(0, |leaf, body| {
                if leaf.seq >= published.size {
                    return Ok(ControlFlow::Break(()));
                }
                if let Some(Disclosed { salt, bytes, .. }) = inner.disclose(tenant, leaf.seq, body)? {
                    exporter.event(leaf.seq, &salt, &bytes).map_err(io(out))?;
                }
                Ok(ControlFlow::Continue(()))
            })?;
            let signing = &inner.system.signing;
            exporter.finish(&published.text, signing, &mut |tile| self.tile(tile)).map_err(io(out))?
        };
        let (size, events) = (exported.size, exported.events);
        let what = What::LogExported { tenant: tenant.to_owned(), size, events };
        inner.append(Draft { event: inner.event(tenant, by, what), record: None }, 0)?;
        inner.log.sync()?;
        Ok(Export { events, size, root: exported.root.to_string() })
    }

    fn tile(&self, tile: Tile) -> std::io::Result<Vec<u8>> {
        crate::tiles::read(&self.inner.layout, tile)
    }
}

impl Inner {
    /// Goes through the events from this one on, until it is told to stop.
    fn walk(
        &self,
        from: u64,
        mut visit: impl FnMut(&Leaf, &EventBody) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let size = self.log.size();
        for (first, path) in self.segments(from) {
            let mut reader = match Reader::open(&path).map_err(io(&path))? {
                Ok(reader) => reader,
                // Named at start.
                Err(_) => continue,
            };
            let place = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
            let start = if place == 0 { None } else { self.entries(first, &path)?.get(place).copied() };
            if let Some(Entry { event, .. }) = start.filter(|entry| entry.event > 0) {
                reader.seek(event).map_err(io(&path))?;
            }
            while let Some(body) = next(&mut reader).map_err(io(&path))? {
                let Ok(leaf) = Leaf::parse(&body.leaf) else { continue };
                // What is written just now is not looked for.
                if leaf.seq >= size || (leaf.seq >= from && visit(&leaf, &body)?.is_break()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The segments that hold events from this one on.
    fn segments(&self, from: u64) -> Vec<(u64, PathBuf)> {
        let mut writer = self.log.writer();
        // What a stopped log could not write is not there to be read.
        let _ = self.log.write_out(&mut writer);
        let first = writer.segments.range(..=from).next_back().map_or(0, |(first, _)| *first);
        writer.segments.range(first..).map(|(first, path)| (*first, path.clone())).collect()
    }

    fn entries(&self, first: u64, path: &Path) -> Result<Vec<Entry>, StoreError> {
        let in_memory = self.log.writer().entries(first).map(<[Entry]>::to_vec);
        match in_memory {
            Some(entries) => Ok(entries),
            // A damaged index is named by verification and made again at start; until then the segment is read through.
            None => Ok(index::read(path).map_err(io(path))?.unwrap_or_default()),
        }
    }

    /// The events of an exchange with where they lie: the newest segments are looked through first, and no older ones
    /// than the one where the exchange began.
    fn find(&self, tenant: &str, exchange: &str) -> Result<Vec<(Logged, PathBuf, Entry)>, StoreError> {
        let key = index::key(tenant, exchange);
        let mut found = Vec::new();
        for (first, path) in self.segments(0).into_iter().rev() {
            let mut here = Vec::new();
            for (entry, seq) in self.entries(first, &path)?.into_iter().zip(first..) {
                if entry.key == key && entry.event > 0 {
                    let logged = self.at(tenant, seq, &path, entry.event)?;
                    let ours = logged.filter(|logged| logged.event.exchange.as_deref() == Some(exchange));
                    here.extend(ours.map(|logged| (logged, path.clone(), entry)));
                }
            }
            here.append(&mut found);
            found = here;
            let began = found.first().map(|(logged, _, _)| &logged.event.what);
            if matches!(began, Some(What::ExchangeIntent(_) | What::ExchangeRefused(_))) {
                break;
            }
        }
        Ok(found)
    }

    fn at(&self, tenant: &str, seq: u64, path: &Path, at: u64) -> Result<Option<Logged>, StoreError> {
        let body = frame(path, at).map_err(io(path))?;
        let Some(Body::Event(body)) = body else { return Ok(None) };
        let disclosed = self.disclose(tenant, seq, &body)?;
        disclosed.map(|disclosed| Ok(Logged { seq, event: parse(seq, &disclosed.bytes)? })).transpose()
    }

    /// Opens an event if it is the tenant's; nothing when it is another's, or was erased.
    fn disclose(&self, tenant: &str, seq: u64, body: &EventBody) -> Result<Option<Disclosed>, StoreError> {
        let scope = match self.keyring.opening(body.scope) {
            Err(StoreError::Erased) => return Ok(None),
            scope => scope?,
        };
        if scope.tenant != tenant {
            return Ok(None);
        }
        let plain = scope.key.open(Binding { id: &self.system.origin, sequence: seq }, &body.sealed)?;
        let (salt, bytes) = plain.split_at_checked(32).ok_or(annexa_seal::SealError::Malformed)?;
        let disclosed = Disclosed { tenant: scope.tenant.clone(), salt: array(salt), bytes: bytes.to_vec() };
        debug_assert_eq!(disclosed.tenant, tenant);
        Ok(Some(disclosed))
    }

    fn record(&self, logged: &Logged, segment: &Path, entry: Entry) -> Result<Vec<u8>, StoreError> {
        let name = self.layout.name(segment);
        let damaged = || StoreError::Damaged(Notice::at(name.clone(), entry.record, "the record is damaged"));
        let body = frame(segment, entry.record).map_err(io(segment))?;
        let Some(Body::Record(body)) = body else { return Err(damaged()) };
        let scope = self.keyring.opening(body.scope)?;
        let of = Binding { id: &self.system.origin, sequence: logged.seq };
        let plain = scope.key.open(of, &body.sealed).map_err(|_| damaged())?;
        let own = scope.tenant == logged.event.tenant && body.seq == logged.seq;
        let named = named_record(&logged.event).is_none_or(|named| named.hash == hex(&sha256(&[&plain])));
        if own && named { Ok(plain.to_vec()) } else { Err(damaged()) }
    }
}

/// The record that an event names.
pub(crate) fn named_record(event: &Event) -> Option<&RecordRef> {
    match &event.what {
        What::ExchangeOutcome(outcome) => outcome.record.as_ref(),
        What::ExchangeRefused(refused) => refused.record.as_ref(),
        _ => None,
    }
}

/// The next event's frame; damage is passed over, for it is named at start.
fn next(reader: &mut Reader) -> std::io::Result<Option<EventBody>> {
    loop {
        match reader.next()? {
            Step::Frame { body: Body::Event(body), .. } => return Ok(Some(body)),
            Step::Frame { .. } => {}
            Step::Damaged { .. } => {
                if !reader.resync()? {
                    return Ok(None);
                }
            }
            Step::Torn { .. } | Step::End => return Ok(None),
        }
    }
}

/// The frame at this place of a segment; nothing when it is damaged.
fn frame(path: &Path, at: u64) -> std::io::Result<Option<Body>> {
    let Ok(mut reader) = Reader::open(path)? else { return Ok(None) };
    reader.seek(at)?;
    Ok(if let Step::Frame { body, .. } = reader.next()? { Some(body) } else { None })
}

fn parse(seq: u64, bytes: &[u8]) -> Result<Event, StoreError> {
    Event::parse(bytes).map_err(|e| StoreError::Refused(format!("event {seq} can't be read: {e}")))
}
