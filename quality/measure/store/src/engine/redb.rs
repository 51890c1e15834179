//! redb: pages that are copied on write, checksums, a flush or two for each commit.

use std::{path::Path, time::Duration};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use store::{
    CACHE_BYTES, Done, Fault, Store, clients,
    data::{Key, Pair, weight},
};

const PAIRS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("pairs");

pub struct Redb(Database);

impl Redb {
    fn put(&self, pairs: &[Pair]) -> Done {
        let transaction = self.0.begin_write()?;
        let mut table = transaction.open_table(PAIRS)?;
        for pair in pairs {
            table.insert(&pair.key[..], &pair.value[..])?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }
}

impl Store for Redb {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let store = Database::builder().set_cache_size(CACHE_BYTES).create(folder.join("redb"))?;
        let transaction = store.begin_write()?;
        transaction.open_table(PAIRS)?;
        transaction.commit()?;
        Ok(Self(store))
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        clients::by_threads(clients, pairs, |pair| self.put(std::slice::from_ref(pair)))
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        let table = self.0.begin_read()?.open_table(PAIRS)?;
        keys.iter().try_fold(0, |sum, key| {
            let value = table.get(&key[..])?.ok_or("a key is missing")?;
            Ok(sum + weight(value.value()))
        })
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let table = self.0.begin_read()?.open_table(PAIRS)?;
        table.iter()?.try_fold((0, 0), |(count, sum), pair| {
            let (_, value) = pair?;
            Ok((count + 1, sum + weight(value.value())))
        })
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let table = self.0.begin_read()?.open_table(PAIRS)?;
        let mut sum = 0;
        for start in starts {
            for pair in table.range(&start[..]..)?.take(length) {
                sum += weight(pair?.1.value());
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        Ok(self.0.close()?)
    }
}
