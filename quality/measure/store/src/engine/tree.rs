//! Sarab's own store, on a file that stands for a disk, on the machine of a process.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use sarab_runtime::spawn;
use sarab_tree::{Format, Keyspace, Options, Tree as Store, Value};
use sarab_unix::Disk;

use store::{
    CACHE_BYTES, Done, Fault,
    data::{Key, Pair, weight},
};

/// Bytes of the disk. All of them are written before: a disk has no holes.
const DISK_BYTES: usize = 1 << 30;

const PAIRS: Keyspace = Keyspace::DEFAULT;

pub struct Tree(Rc<Store<Disk>>);

impl store::Store for Tree {
    async fn open(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join("disk");
        let options = Options { memory_bytes: CACHE_BYTES, ..Options::default() };
        let store = if fs::exists(&path)? {
            Store::mount(Disk::open_file("tree", &path)?, options).await
        } else {
            make_disk(&path)?;
            Store::format(Disk::open_file("tree", &path)?, &Format::new([7; 16]), options).await
        };
        Ok(Self(Rc::new(store.map_err(fault)?)))
    }

    async fn load(&self, pairs: &[Pair]) -> Done {
        self.commit(pairs).await?;
        self.0.checkpoint().await.map_err(fault)
    }

    async fn commit(&self, pairs: &[Pair]) -> Done {
        put(&self.0, pairs).await
    }

    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
        let shares = pairs.chunks(pairs.len().div_ceil(clients).max(1));
        let client = |share: &[Pair]| {
            let (store, share) = (Rc::clone(&self.0), share.to_vec());
            spawn(async move { in_turn(&store, &share).await })
        };
        let clients: Vec<_> = shares.map(client).collect();
        let mut taken = Vec::new();
        for client in clients {
            taken.extend(client.await??);
        }
        Ok(taken)
    }

    async fn get(&self, keys: &[Key]) -> Result<u64, Fault> {
        let reader = self.0.read();
        let mut sum = 0;
        for key in keys {
            let found = reader.get_with(PAIRS, key, heft).await.map_err(fault)?;
            sum += found.ok_or("a key is missing")?;
        }
        Ok(sum)
    }

    async fn scan(&self) -> Result<(u64, u64), Fault> {
        let reader = self.0.read();
        let mut pairs = reader.range(PAIRS, ..);
        let (mut count, mut sum) = (0, 0);
        while let Some(pair) = pairs.next().await.map_err(fault)? {
            count += 1;
            sum += heft(pair.value);
        }
        Ok((count, sum))
    }

    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault> {
        let reader = self.0.read();
        let mut sum = 0;
        for start in starts {
            let mut pairs = reader.range(PAIRS, &start[..]..);
            for _ in 0..length {
                let Some(pair) = pairs.next().await.map_err(fault)? else { break };
                sum += heft(pair.value);
            }
        }
        Ok(sum)
    }

    async fn close(self) -> Done {
        self.0.checkpoint().await.map_err(fault)
    }

    fn size_bytes(&self) -> Option<u64> {
        Some(self.0.space().used_bytes)
    }
}

fn make_disk(path: &Path) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    let zeroes = vec![0; 1 << 20];
    for _ in 0..DISK_BYTES / zeroes.len() {
        file.write_all(&zeroes)?;
    }
    file.sync_all()
}

async fn in_turn(store: &Store<Disk>, pairs: &[Pair]) -> Result<Vec<Duration>, Fault> {
    let mut taken = Vec::new();
    for pair in pairs {
        let begun = Instant::now();
        put(store, std::slice::from_ref(pair)).await?;
        taken.push(begun.elapsed());
    }
    Ok(taken)
}

async fn put(store: &Store<Disk>, pairs: &[Pair]) -> Done {
    let mut transaction = store.write().await.map_err(fault)?;
    for pair in pairs {
        transaction.put(PAIRS, &pair.key, &pair.value).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)
}

fn heft(value: Value<'_>) -> u64 {
    match value {
        Value::Inline(bytes) => weight(bytes),
        Value::Large(large) => large.size_bytes,
    }
}

fn fault(error: sarab_tree::Error<sarab_unix::DiskError>) -> Fault {
    error.to_string().into()
}
