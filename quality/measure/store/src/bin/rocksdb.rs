//! RocksDB: a log-structured merge tree with a log that is flushed for each commit. It wants the library of the host.

use std::{path::Path, process::ExitCode, time::Duration};

use rocksdb::{
    BlockBasedOptions, Cache, DB, Direction, IteratorMode, Options, ReadOptions, WriteBatch,
    WriteOptions,
};
use store::{
    CACHE_BYTES, Done, Fault, Store, clients,
    data::{Key, Pair, weight},
    phases,
};

/// Pairs in one of the batches that a load is made of.
const LOAD_PAIRS: usize = 10_000;
/// Bits of the filter for each key, as its authors advise.
const FILTER_BITS: f64 = 10.0;

struct RocksDb(DB);

impl RocksDb {
    fn put(&self, pairs: &[Pair], is_durable: bool) -> Done {
        let mut batch = WriteBatch::default();
        for pair in pairs {
            batch.put(pair.key, pair.value);
        }
        let mut options = WriteOptions::default();
        options.set_sync(is_durable);
        Ok(self.0.write_opt(batch, &options)?)
    }
}

impl Store for RocksDb {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&Cache::new_lru_cache(CACHE_BYTES)?);
        blocks.set_bloom_filter(FILTER_BITS, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_block_based_table_factory(&blocks);
        Ok(Self(DB::open(&options, folder)?))
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        let last = pairs.len().saturating_sub(1) / LOAD_PAIRS;
        let batches = pairs.chunks(LOAD_PAIRS).enumerate();
        batches.into_iter().try_for_each(|(number, some)| self.put(some, number == last))
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        self.put(pairs, true)
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        clients::by_threads(clients, pairs, |pair| self.put(std::slice::from_ref(pair), true))
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        keys.iter().try_fold(0, |sum, key| {
            let value = self.0.get_pinned(key)?.ok_or("a key is missing")?;
            Ok(sum + weight(&value))
        })
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        self.0.iterator(IteratorMode::Start).try_fold((0, 0), |(count, sum), pair| {
            let (_, value) = pair?;
            Ok((count + 1, sum + weight(&value)))
        })
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let mut sum = 0;
        for start in starts {
            let from = IteratorMode::From(start, Direction::Forward);
            for pair in self.0.iterator_opt(from, ReadOptions::default()).take(length) {
                sum += weight(&pair?.1);
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        Ok(self.0.flush()?)
    }
}

fn main() -> ExitCode {
    store::main(async |_, folder, items| phases::run::<RocksDb>(folder, items).await)
}
