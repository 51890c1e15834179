//! LMDB, by heed: a map of memory, pages that are copied on write, a flush for each commit.

use std::{ops::Bound, path::Path, time::Duration};

use heed::{Database, Env, EnvOpenOptions, types::Bytes};

use store::{
    Done, Fault, Store, clients,
    data::{Key, Pair, weight},
};

/// Bytes of addresses.
const MAP_BYTES: usize = 4 << 30;

pub struct Lmdb {
    env: Env,
    pairs: Database<Bytes, Bytes>,
}

impl Lmdb {
    fn put(&self, pairs: &[Pair]) -> Done {
        let mut transaction = self.env.write_txn()?;
        for pair in pairs {
            self.pairs.put(&mut transaction, &pair.key, &pair.value)?;
        }
        Ok(transaction.commit()?)
    }
}

impl Store for Lmdb {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        // SAFETY: the folder is this process's own, which opens it once at a time, and no other
        // changes what is mapped.
        let env = unsafe { EnvOpenOptions::new().map_size(MAP_BYTES).open(folder)? };
        let mut transaction = env.write_txn()?;
        let pairs = env.create_database(&mut transaction, None)?;
        transaction.commit()?;
        Ok(Self { env, pairs })
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
        let transaction = self.env.read_txn()?;
        keys.iter().try_fold(0, |sum, key| {
            let value = self.pairs.get(&transaction, key)?.ok_or("a key is missing")?;
            Ok(sum + weight(value))
        })
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let transaction = self.env.read_txn()?;
        self.pairs.iter(&transaction)?.try_fold((0, 0), |(count, sum), pair| {
            let (_, value) = pair?;
            Ok((count + 1, sum + weight(value)))
        })
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let transaction = self.env.read_txn()?;
        let mut sum = 0;
        for start in starts {
            let from = (Bound::Included(&start[..]), Bound::Unbounded);
            for pair in self.pairs.range(&transaction, &from)?.take(length) {
                sum += weight(pair?.1);
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        self.env.prepare_for_closing().wait();
        Ok(())
    }
}
