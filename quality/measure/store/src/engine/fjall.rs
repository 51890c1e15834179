//! fjall: a log-structured merge tree with a journal that is flushed for each commit.

use std::{path::Path, time::Duration};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};

use store::{
    CACHE_BYTES, Done, Fault, Store, clients,
    data::{Key, Pair, weight},
};

/// Pairs in one of the batches that a load is made of.
const LOAD_PAIRS: usize = 10_000;

pub struct Fjall {
    database: Database,
    pairs: Keyspace,
}

impl Fjall {
    fn put(&self, pairs: &[Pair]) -> Done {
        let mut batch = self.database.batch();
        for pair in pairs {
            batch.insert(&self.pairs, pair.key, pair.value);
        }
        Ok(batch.commit()?)
    }
}

impl Store for Fjall {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let database = Database::builder(folder).cache_size(CACHE_BYTES as u64).open()?;
        let pairs = database.keyspace("pairs", KeyspaceCreateOptions::default)?;
        Ok(Self { database, pairs })
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        pairs.chunks(LOAD_PAIRS).try_for_each(|some| self.put(some))?;
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)?;
        Ok(self.database.persist(PersistMode::SyncData)?)
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        clients::by_threads(clients, pairs, |pair| {
            self.pairs.insert(pair.key, pair.value)?;
            Ok(self.database.persist(PersistMode::SyncData)?)
        })
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        let snapshot = self.database.snapshot();
        keys.iter().try_fold(0, |sum, key| {
            let value = snapshot.get(&self.pairs, key)?.ok_or("a key is missing")?;
            Ok(sum + weight(&value))
        })
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let snapshot = self.database.snapshot();
        snapshot.iter(&self.pairs).try_fold((0, 0), |(count, sum), pair| {
            let (_, value) = pair.into_inner()?;
            Ok((count + 1, sum + weight(&value)))
        })
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let snapshot = self.database.snapshot();
        let mut sum = 0;
        for start in starts {
            for pair in snapshot.range::<&[u8], _>(&self.pairs, &start[..]..).take(length) {
                sum += weight(&pair.into_inner()?.1);
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}
