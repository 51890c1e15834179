//! SQLite: a B-tree in place behind a write-ahead log, `synchronous=FULL`.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, params};

use store::{
    Done, Fault, Store, clients,
    data::{Key, Pair, weight},
};

/// The cache is counted in KiB where it is negative (`PRAGMA cache_size`).
const SETTINGS: &str = "
    pragma journal_mode = wal; pragma synchronous = full;
    pragma cache_size = -1048576; pragma mmap_size = 4294967296;
    create table if not exists pairs (key blob primary key, value blob) without rowid";

/// One connection, which clients take in turn: SQLite writes one transaction at a time, and
/// connections of their own would wait for each other asleep.
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, pairs: &[Pair]) -> Done {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let mut insert =
            transaction.prepare_cached("insert or replace into pairs values (?, ?)")?;
        for pair in pairs {
            insert.execute(params![&pair.key[..], &pair.value[..]])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    /// Moves what is in the log to where it belongs.
    fn checkpoint(&self) -> Done {
        let truncate = "pragma wal_checkpoint(truncate)";
        Ok(self.connection().query_row(truncate, [], |_| Ok(()))?)
    }
}

impl Store for Sqlite {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let connection = Connection::open(folder.join("sqlite"))?;
        connection.execute_batch(SETTINGS)?;
        Ok(Self(Mutex::new(connection)))
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)?;
        self.checkpoint()
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        clients::by_threads(clients, pairs, |pair| self.put(std::slice::from_ref(pair)))
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        let connection = self.connection();
        connection.execute_batch("begin")?;
        let mut select = connection.prepare_cached("select value from pairs where key = ?")?;
        let mut sum = 0;
        for key in keys {
            sum += select.query_row([&key[..]], |row| Ok(weight(row.get_ref(0)?.as_blob()?)))?;
        }
        drop(select);
        connection.execute_batch("commit")?;
        Ok(sum)
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let connection = self.connection();
        let mut select = connection.prepare_cached("select key, value from pairs order by key")?;
        let mut rows = select.query([])?;
        let (mut count, mut sum) = (0, 0);
        while let Some(row) = rows.next()? {
            count += 1;
            sum += weight(row.get_ref(1)?.as_blob()?);
        }
        Ok((count, sum))
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let connection = self.connection();
        connection.execute_batch("begin")?;
        let mut select = connection
            .prepare_cached("select value from pairs where key >= ? order by key limit ?")?;
        let mut sum = 0;
        for start in starts {
            let mut rows = select.query(params![&start[..], length as i64])?;
            while let Some(row) = rows.next()? {
                sum += weight(row.get_ref(0)?.as_blob()?);
            }
        }
        drop(select);
        connection.execute_batch("commit")?;
        Ok(sum)
    }

    async fn close(self) -> Done {
        self.checkpoint()
    }
}
