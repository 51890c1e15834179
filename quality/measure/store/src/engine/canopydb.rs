//! canopydb: a B+tree behind a write-ahead log that is flushed for each commit.

use std::{path::Path, time::Duration};

use canopydb::{Database, DbOptions, EnvOptions};

use store::{
    CACHE_BYTES, Done, Fault, Store, clients,
    data::{Key, Pair, weight},
};

const PAIRS: &[u8] = b"pairs";

pub struct Canopydb(Database);

impl Canopydb {
    fn put(&self, pairs: &[Pair]) -> Done {
        let transaction = self.0.begin_write()?;
        let mut tree = transaction.get_or_create_tree(PAIRS)?;
        for pair in pairs {
            tree.insert(&pair.key, &pair.value)?;
        }
        drop(tree);
        transaction.commit()?;
        Ok(self.0.sync()?)
    }
}

impl Store for Canopydb {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let mut options = EnvOptions::new(folder);
        options.page_cache_size = CACHE_BYTES;
        Ok(Self(Database::with_options(options, DbOptions::new())?))
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)?;
        Ok(self.0.checkpoint()?)
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        self.put(pairs)
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        clients::by_threads(clients, pairs, |pair| self.put(std::slice::from_ref(pair)))
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        let transaction = self.0.begin_read()?;
        let tree = transaction.get_tree(PAIRS)?.ok_or("the tree is missing")?;
        keys.iter().try_fold(0, |sum, key| {
            let value = tree.get(key)?.ok_or("a key is missing")?;
            Ok(sum + weight(&value))
        })
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let transaction = self.0.begin_read()?;
        let tree = transaction.get_tree(PAIRS)?.ok_or("the tree is missing")?;
        tree.iter()?.try_fold((0, 0), |(count, sum), pair| {
            let (_, value) = pair?;
            Ok((count + 1, sum + weight(&value)))
        })
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let transaction = self.0.begin_read()?;
        let tree = transaction.get_tree(PAIRS)?.ok_or("the tree is missing")?;
        let mut sum = 0;
        for start in starts {
            for pair in tree.range::<&[u8]>(&start[..]..)?.take(length) {
                sum += weight(&pair?.1);
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        Ok(self.0.checkpoint()?)
    }
}
