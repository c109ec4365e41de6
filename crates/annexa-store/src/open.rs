//! Opening a data directory: everything is checked before anything is served.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use annexa_evidence::{EVENT_VERSION, Event, What};
use annexa_seal::FileHolder;

use crate::digest::hex;
use crate::error::io;
use crate::keyring::{Keyring, StateCell};
use crate::layout::{self, Layout};
use crate::log::{Limits, Log};
use crate::recover::{Recovered, recover};
use crate::registers::Registers;
use crate::state::State;
use crate::store::{Draft, Inner};
use crate::sum;
use crate::system::System;
use crate::{Notice, Options, SYSTEM_TENANT, StoreError, segment};

/// Opens a data directory; what is damaged is named, and set aside before it is written to.
//= iso27001-2022:A.5.33
pub(crate) fn open(dir: &Path, options: Options, limits: Limits) -> Result<(Inner, Vec<Notice>), StoreError> {
    let layout = Layout::new(dir);
    let lock = layout.lock()?;
    segment::refuse_foreign(&layout.segments())?;
    sweep(&layout)?;
    let holder = holder(&layout, &options)?;
    let system = Arc::new(system(&layout, &holder, &options)?);
    let mut notices: Vec<_> =
        holder.check().iter().map(|error| Notice::new("keys", "", error.to_string())).collect();
    let (state, mut found) = state(&layout, &system, &options)?;
    notices.append(&mut found);
    let registers = registers(&state)?;
    let Recovered { writer, notices: mut found, outbox, scope } =
        recover(&layout, &system, &*options.random, limits, options.clock.now_ms())?;
    notices.append(&mut found);
    notices.extend(lost_state(&state, scope, outbox)?);
    let keyring =
        Keyring::new(holder, Arc::new(StateCell::new(state)), system.clone(), options.random.clone());
    let log = Log::new(layout.clone(), system.clone(), options.random.clone(), writer);
    write_key(&layout, &system)?;
    let inner = Inner::new(layout, options, system, keyring, registers, log, lock);
    inner.drain(outbox)?;
    for notice in &notices {
        inner.report(notice)?;
    }
    inner.log.publish()?;
    inner.settle()?;
    Ok((inner, notices))
}

/// Removes what interrupted writes left behind; what counts is in its place.
fn sweep(layout: &Layout) -> Result<(), StoreError> {
    let files = layout::files(layout.root()).map_err(io(layout.root()))?;
    let leftover = |path: &&std::path::PathBuf| path.extension().is_some_and(|e| e == layout::NEW);
    files
        .iter()
        .filter(leftover)
        .filter(|path| !path.starts_with(layout.damaged()))
        .try_for_each(|path| fs::remove_file(path).map_err(io(path)))
}

fn holder(layout: &Layout, options: &Options) -> Result<FileHolder, StoreError> {
    let folder = layout.keys();
    if FileHolder::exists(&folder) || layout.system().exists() || layout.state().exists() {
        let mut holder = FileHolder::open(&folder, options.random.clone())?;
        holder.settle()?;
        return Ok(holder);
    }
    Ok(FileHolder::create(&folder, options.random.clone())?)
}

fn system(layout: &Layout, holder: &FileHolder, options: &Options) -> Result<System, StoreError> {
    if let Some(system) = System::read(layout, holder)? {
        return Ok(system);
    }
    if layout.state().exists() {
        return Err(StoreError::Damaged(Notice::new("system.key", "", "is missing")));
    }
    System::create(layout, holder, &options.origin, &*options.random)
}

fn state(
    layout: &Layout,
    system: &Arc<System>,
    options: &Options,
) -> Result<(State, Vec<Notice>), StoreError> {
    let path = layout.state();
    let new = !path.exists();
    let mut notices = Vec::new();
    let mut changes = 0;
    if !new {
        let checked = sum::check(layout, system)?;
        // Made, but ended before its first sum: nothing was in it yet.
        let begun = !layout.sum().exists() && !layout.checkpoint().exists();
        if !checked.problems.is_empty() && !begun {
            for file in [layout.state(), layout.wal(), layout.sum()].iter().filter(|file| file.exists()) {
                layout.set_aside(file, options.clock.now_ms())?;
            }
            notices = checked.problems;
        }
        changes = checked.changes;
    }
    let unusable = |error: StoreError| match (error, notices.first()) {
        (StoreError::Sql(_) | StoreError::Seal(_), Some(first)) => StoreError::Damaged(first.clone()),
        (error, _) => error,
    };
    let opened = State::open(&path, system.clone(), options.random.clone());
    let opened = opened.and_then(|mut state| {
        if new {
            state.settle(layout)?;
        }
        let found = state.check(changes)?;
        Ok((state, found))
    });
    let (state, found) = opened.map_err(unusable)?;
    notices.extend(found);
    Ok((state, notices))
}

fn registers(state: &State) -> Result<Registers, StoreError> {
    let mut registers = Registers::default();
    registers.tenants = state.entries(crate::keyring::TENANT)?.into_iter().collect();
    registers.keys = state.entries(crate::change::KEY)?.into_iter().collect();
    registers.exceptions = state.entries(crate::change::EXCEPTION)?.into_iter().collect();
    let applications = state.entries::<crate::Application>(crate::change::APPLICATION)?;
    registers.applications =
        applications.into_iter().map(|(_, app)| ((app.tenant.clone(), app.id.clone()), app)).collect();
    Ok(registers.indexed())
}

/// What the log knows of and the state doesn't was lost from the state.
fn lost_state(state: &State, scope: u64, outbox: u64) -> Result<Option<Notice>, StoreError> {
    let (last_scope, last_outbox) = state.last_ids()?;
    let problem = "the log knows of changes that are not here: state was lost";
    Ok((scope > last_scope || outbox > last_outbox).then(|| Notice::new("state.db", "", problem)))
}

fn write_key(layout: &Layout, system: &System) -> Result<(), StoreError> {
    let path = layout.verifying_key();
    let text = format!("{}\n", system.signing.verifying());
    if layout::read(&path).map_err(io(&path))?.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    layout::replace(&path, text.as_bytes()).map_err(io(&path))
}

impl Inner {
    /// Writes the events that wait in the outbox; those up to `written` are in the log already.
    fn drain(&self, written: u64) -> Result<(), StoreError> {
        let waiting = self.keyring.state.with(|state| state.outbox())?;
        let Some((last, _)) = waiting.last() else { return Ok(()) };
        for (id, bytes) in waiting.iter().filter(|(id, _)| *id > written) {
            let damaged =
                |_| StoreError::Damaged(Notice::new("state.db", format!("outbox {id}"), "can't be read"));
            let event = Event::parse(bytes).map_err(damaged)?;
            self.append(Draft { event, record: None }, *id)?;
        }
        self.log.sync()?;
        self.keyring.state.with(|state| state.drained(*last))
    }

    /// Writes damage into the log, where everybody sees it.
    fn report(&self, notice: &Notice) -> Result<(), StoreError> {
        let place = [notice.file.as_str(), notice.place.as_str()].join(" ").trim().to_owned();
        let event =
            self.event(SYSTEM_TENANT, "annexa", What::DamageFound { place, problem: notice.problem.clone() });
        self.append(Draft { event, record: None }, 0).map(|_| ())
    }

    /// A new event of now.
    pub(crate) fn event(&self, tenant: &str, actor: &str, what: What) -> Event {
        Event {
            v: EVENT_VERSION,
            id: self.new_id(),
            at: self.options.clock.now_ms(),
            tenant: tenant.to_owned(),
            exchange: None,
            actor: actor.to_owned(),
            what,
        }
    }

    pub(crate) fn new_id(&self) -> String {
        let mut id = [0; 16];
        self.options.random.fill(&mut id);
        hex(&id)
    }
}
