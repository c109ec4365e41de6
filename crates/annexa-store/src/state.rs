//! The state in SQLite: every row is sealed under the store's own key and bound to its table and place, and the rows
//! and changes are counted, since SQLite alone shows neither a changed nor a lost row.

use std::path::Path;
use std::sync::Arc;

use annexa_seal::{Binding, Random};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::layout::Layout;
use crate::sum::{PAGE, Sum};
use crate::system::System;
use crate::{Notice, StoreError, error::io};

const SCHEMA_VERSION: i64 = 1;
const SCHEMA: &str = "
CREATE TABLE entry (kind TEXT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE scope (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL, period TEXT NOT NULL,
  person TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (tenant, kind, period, person)) STRICT;
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL) STRICT;
";
const COUNT: &str = "count";

/// The state's database.
pub(crate) struct State {
    connection: Connection,
    sealer: Sealer,
    count: Count,
    /// The changes that `state.sum` has.
    summed: u64,
}

/// A change under way: one transaction.
pub(crate) struct Change<'a> {
    transaction: &'a Transaction<'a>,
    sealer: &'a Sealer,
    rows: i64,
}

/// A scope's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScopeRow {
    pub(crate) id: u64,
    pub(crate) tenant: String,
    pub(crate) kind: String,
    pub(crate) period: String,
    pub(crate) person: String,
    /// The salt; nothing once it is erased.
    pub(crate) salt: Option<[u8; 32]>,
}

#[derive(Clone)]
struct Sealer {
    system: Arc<System>,
    random: Arc<dyn Random>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Count {
    /// Rows of all tables but the outbox.
    rows: i64,
    changes: u64,
}

impl State {
    /// Opens the database for this process alone, and makes it when it isn't there.
    pub(crate) fn open(
        path: &Path,
        system: Arc<System>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "page_size", PAGE as i64)?;
        // Without shared memory: no file beside the log, and nobody else in it.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
        // The main file only changes together with its sum, also when the connection is closed.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -1024)?;
        prepare(&mut connection)?;
        let sealer = Sealer { system, random };
        let count = sealer.entry(&connection, COUNT, "")?.unwrap_or_default();
        Ok(Self { connection, sealer, count, summed: u64::MAX })
    }

    /// Makes one change: all of it, or none.
    pub(crate) fn change<T>(
        &mut self,
        work: impl FnOnce(&mut Change<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut change = Change { transaction: &transaction, sealer: &self.sealer, rows: 0 };
        let done = work(&mut change)?;
        let count = Count { rows: self.count.rows + change.rows, changes: self.count.changes + 1 };
        change.put(COUNT, "", &count)?;
        transaction.commit()?;
        self.count = count;
        Ok(done)
    }

    /// An entry.
    pub(crate) fn entry<T: DeserializeOwned>(&self, kind: &str, id: &str) -> Result<Option<T>, StoreError> {
        self.sealer.entry(&self.connection, kind, id)
    }

    /// All entries of a kind. Those that don't open are left out; [`State::check`] names them.
    pub(crate) fn entries<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id, sealed FROM entry WHERE kind = ?1")?;
        let rows =
            statement.query_map([kind], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let open = |(id, sealed): (String, Vec<u8>)| {
            let value = self.sealer.open(kind, &id, 0, &sealed).ok()?;
            Some((id, serde_json::from_slice(&value).ok()?))
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }

    /// The scope of this name.
    pub(crate) fn scope(
        &self,
        [tenant, kind, period, person]: [&str; 4],
    ) -> Result<Option<ScopeRow>, StoreError> {
        let sql = "SELECT id, tenant, kind, period, person, sealed FROM scope WHERE tenant = ?1 AND kind = ?2 AND period = ?3 AND person = ?4";
        self.one_scope(sql, params![tenant, kind, period, person])
    }

    /// The scope of this number.
    pub(crate) fn scope_by_id(&self, id: u64) -> Result<Option<ScopeRow>, StoreError> {
        let sql = "SELECT id, tenant, kind, period, person, sealed FROM scope WHERE id = ?1";
        self.one_scope(sql, params![id.cast_signed()])
    }

    fn one_scope(&self, sql: &str, by: impl rusqlite::Params) -> Result<Option<ScopeRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let row = statement.query_row(by, raw_scope).optional()?;
        row.map(|row| self.sealer.scope(row)).transpose()
    }

    /// Scopes that still have a salt: of a person, or of a kind with a period before this one.
    pub(crate) fn scopes_of_person(&self, tenant: &str, person: &str) -> Result<Vec<ScopeRow>, StoreError> {
        let sql =
            "SELECT id, tenant, kind, period, person, sealed FROM scope WHERE tenant = ?1 AND person = ?2";
        self.scopes(sql, params![tenant, person])
    }

    /// Scopes of a kind whose period lies before this one.
    pub(crate) fn scopes_before(&self, kind: &str, period: &str) -> Result<Vec<ScopeRow>, StoreError> {
        let sql =
            "SELECT id, tenant, kind, period, person, sealed FROM scope WHERE kind = ?1 AND period < ?2";
        self.scopes(sql, params![kind, period])
    }

    fn scopes(&self, sql: &str, by: impl rusqlite::Params) -> Result<Vec<ScopeRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(by, raw_scope)?.collect::<Result<Vec<_>, _>>()?;
        let rows = rows.into_iter().map(|row| self.sealer.scope(row)).collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().filter(|row| row.salt.is_some()).collect())
    }

    /// The events that wait to be written to the log.
    pub(crate) fn outbox(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id, sealed FROM outbox ORDER BY id")?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, Vec<u8>>(1)?)))?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|(id, sealed)| Ok((id, self.sealer.open("outbox", "", id, &sealed)?))).collect()
    }

    /// Forgets the events of the outbox up to this one, which are in the log.
    pub(crate) fn drained(&mut self, up_to: u64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM outbox WHERE id <= ?1", [up_to.cast_signed()])?;
        Ok(())
    }

    /// The highest numbers given to a scope and to an event of the outbox, ever.
    pub(crate) fn last_ids(&self) -> Result<(u64, u64), StoreError> {
        let last = |table: &str| {
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
            let found = self.connection.query_row(sql, [table], |row| row.get::<_, i64>(0)).optional()?;
            Ok::<_, StoreError>(found.unwrap_or(0).cast_unsigned())
        };
        Ok((last("scope")?, last("outbox")?))
    }

    /// Opens every row and counts them.
    //= iso27001-2022:A.5.33
    pub(crate) fn check(&self, at_least: u64) -> Result<Vec<Notice>, StoreError> {
        let mut problems = Vec::new();
        let mut rows = 0;
        let mut named = |table: &str, id: &str| {
            problems.push(Notice::new(
                "state.db",
                format!("table {table}, row `{id}`"),
                "the row doesn't open: it was changed",
            ));
        };
        let mut statement = self.connection.prepare("SELECT kind, id, sealed FROM entry")?;
        let mut entries = statement.query([])?;
        while let Some(row) = entries.next()? {
            let (kind, id, sealed): (String, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            rows += i64::from(kind != COUNT);
            if self.sealer.open(&kind, &id, 0, &sealed).is_err() {
                named("entry", &kind);
            }
        }
        let mut statement =
            self.connection.prepare("SELECT id, tenant, kind, period, person, sealed FROM scope")?;
        let mut scopes = statement.query([])?;
        while let Some(row) = scopes.next()? {
            rows += 1;
            let raw = raw_scope(row)?;
            let id = raw.0.id;
            if self.sealer.scope(raw).is_err() {
                named("scope", &id.to_string());
            }
        }
        if rows != self.count.rows {
            let problem = format!("{rows} rows where {} were counted", self.count.rows);
            problems.push(Notice::new("state.db", "", problem));
        }
        if self.count.changes < at_least {
            let problem = format!(
                "{} changes where there were at least {at_least}: state was lost",
                self.count.changes
            );
            problems.push(Notice::new("state.db", "", problem));
        }
        if self.outbox().is_err() {
            problems.push(Notice::new("state.db", "table outbox", "a row doesn't open: it was changed"));
        }
        Ok(problems)
    }

    /// Whether there are changes that `state.sum` doesn't have.
    pub(crate) fn is_dirty(&self) -> bool {
        self.summed != self.count.changes
    }

    /// How often the state has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.count.changes
    }

    /// Copies the write-ahead log into the main file, writes the sum, and empties the log.
    pub(crate) fn settle(&mut self, layout: &Layout) -> Result<(), StoreError> {
        self.checkpoint("FULL")?;
        let path = layout.state();
        let database = std::fs::read(&path).map_err(io(&path))?;
        Sum::of(&database, self.count.changes).write(layout, &self.sealer.system)?;
        self.checkpoint("TRUNCATE")?;
        self.summed = self.count.changes;
        Ok(())
    }

    fn checkpoint(&self, mode: &str) -> Result<(), StoreError> {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        let busy = self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Sql(rusqlite::Error::InvalidQuery)) }
    }
}

fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        SCHEMA_VERSION => Ok(()),
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            Ok(transaction.commit()?)
        }
        newer => Err(StoreError::Refused(format!(
            "`state.db` has version {newer}, this release reads up to {SCHEMA_VERSION}: use a newer release"
        ))),
    }
}

impl Change<'_> {
    /// Writes an entry.
    pub(crate) fn put(&mut self, kind: &str, id: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value).map_err(|e| StoreError::Refused(e.to_string()))?;
        let sealed = self.sealer.seal(kind, id, 0, &bytes)?;
        let sql = "INSERT INTO entry (kind, id, sealed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let new = self.transaction.prepare_cached(sql)?.execute(params![kind, id, sealed])?;
        if new == 0 {
            let sql = "UPDATE entry SET sealed = ?3 WHERE kind = ?1 AND id = ?2";
            self.transaction.prepare_cached(sql)?.execute(params![kind, id, sealed])?;
        }
        self.rows += if kind == COUNT { 0 } else { i64::try_from(new).unwrap_or(0) };
        Ok(())
    }

    /// Deletes entries of a kind whose id begins so.
    pub(crate) fn delete(&mut self, kind: &str, beginning: &str) -> Result<usize, StoreError> {
        let sql = "DELETE FROM entry WHERE kind = ?1 AND substr(id, 1, length(?2)) = ?2";
        let gone = self.transaction.execute(sql, params![kind, beginning])?;
        self.rows -= i64::try_from(gone).unwrap_or(0);
        Ok(gone)
    }

    /// Makes a scope with this salt.
    pub(crate) fn add_scope(
        &mut self,
        [tenant, kind, period, person]: [&str; 4],
        salt: [u8; 32],
    ) -> Result<ScopeRow, StoreError> {
        let sql = "INSERT INTO scope (tenant, kind, period, person, sealed) VALUES (?1, ?2, ?3, ?4, x'')";
        self.transaction.prepare_cached(sql)?.execute(params![tenant, kind, period, person])?;
        self.rows += 1;
        let id = self.transaction.last_insert_rowid().cast_unsigned();
        let own = str::to_owned;
        let scope = ScopeRow {
            id,
            tenant: own(tenant),
            kind: own(kind),
            period: own(period),
            person: own(person),
            salt: Some(salt),
        };
        self.write_salt(&scope, &salt)?;
        Ok(scope)
    }

    /// Erases a scope's salt. The row stays, so that what it sealed is known as erased, not as damaged.
    //= iso27001-2022:A.8.10
    pub(crate) fn erase_scope(&mut self, scope: &ScopeRow) -> Result<(), StoreError> {
        self.write_salt(scope, &[])
    }

    fn write_salt(&mut self, scope: &ScopeRow, salt: &[u8]) -> Result<(), StoreError> {
        let sealed = self.sealer.seal("scope", &scope_name(scope), scope.id, salt)?;
        let sql = "UPDATE scope SET sealed = ?2 WHERE id = ?1";
        self.transaction.prepare_cached(sql)?.execute(params![scope.id.cast_signed(), sealed])?;
        Ok(())
    }

    /// Puts an event in the outbox.
    pub(crate) fn send(&mut self, event: &[u8]) -> Result<u64, StoreError> {
        self.transaction.execute("INSERT INTO outbox (sealed) VALUES (x'')", [])?;
        let id = self.transaction.last_insert_rowid();
        let sealed = self.sealer.seal("outbox", "", id.cast_unsigned(), event)?;
        self.transaction.execute("UPDATE outbox SET sealed = ?2 WHERE id = ?1", params![id, sealed])?;
        Ok(id.cast_unsigned())
    }
}

impl Sealer {
    fn seal(&self, table: &str, id: &str, sequence: u64, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let of = Binding { id: &format!("{table}/{id}"), sequence };
        Ok(self.system.state.seal(of, plain, &*self.random)?)
    }

    fn open(&self, table: &str, id: &str, sequence: u64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let of = Binding { id: &format!("{table}/{id}"), sequence };
        Ok(self.system.state.open(of, sealed)?.to_vec())
    }

    fn entry<T: DeserializeOwned>(
        &self,
        from: &Connection,
        kind: &str,
        id: &str,
    ) -> Result<Option<T>, StoreError> {
        let sql = "SELECT sealed FROM entry WHERE kind = ?1 AND id = ?2";
        let sealed =
            from.prepare_cached(sql)?.query_row([kind, id], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.open(kind, id, 0, &sealed)?;
        let damaged =
            |_| StoreError::Damaged(Notice::new("state.db", format!("{kind} `{id}`"), "can't be read"));
        serde_json::from_slice(&plain).map(Some).map_err(damaged)
    }

    fn scope(&self, (mut row, sealed): (ScopeRow, Vec<u8>)) -> Result<ScopeRow, StoreError> {
        let salt = self.open("scope", &scope_name(&row), row.id, &sealed)?;
        row.salt = salt.as_array::<32>().copied();
        Ok(row)
    }
}

fn raw_scope(row: &rusqlite::Row<'_>) -> rusqlite::Result<(ScopeRow, Vec<u8>)> {
    let id = row.get::<_, i64>(0)?.cast_unsigned();
    let scope = ScopeRow {
        id,
        tenant: row.get(1)?,
        kind: row.get(2)?,
        period: row.get(3)?,
        person: row.get(4)?,
        salt: None,
    };
    Ok((scope, row.get(5)?))
}

fn scope_name(scope: &ScopeRow) -> String {
    [&scope.tenant, &scope.kind, &scope.period, &scope.person]
        .map(|part| format!("{}:{part}", part.len()))
        .concat()
}
