//! Measures a disk: random reads, random writes, and writes that survive a crash, of 4 KiB each.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{now, prelude::*, random};

/// Bytes in a request.
const REQUEST_BYTES: u32 = 4096;

/// Prints for each kind of request how many there were a second.
#[sarab::job]
pub async fn start(
    disk: impl Block,
    /// How long to measure each kind.
    #[key(default = "1s")]
    time: Duration,
) -> Result<(), Failure> {
    let places = Places::of(&disk);
    report("read", time, async || {
        let data = disk.read(places.any(), places.sectors).await?;
        Ok(drop(data))
    })
    .await?;
    let page = Bytes::from(vec![0x5a; REQUEST_BYTES as usize]);
    report("write", time, async || Ok(disk.write(places.any(), page.clone()).await?)).await?;
    report("flush", time, async || {
        disk.write(places.any(), page.clone()).await?;
        Ok(disk.flush().await?)
    })
    .await
}

/// Repeats `request` for `time` and prints its rate.
async fn report(
    name: &str,
    time: Duration,
    request: impl AsyncFn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let begun = now();
    let mut count = 0_u64;
    while now().since_boot() < begun.since_boot() + time {
        request().await?;
        count += 1;
    }
    let passed = now().since_boot().saturating_sub(begun.since_boot());
    let rate = u128::from(count) * 1_000_000_000 / passed.as_nanos().max(1);
    println!("{name} {rate} {count}");
    Ok(())
}

/// Where requests fit on a disk.
struct Places {
    /// Sectors in a request.
    sectors: u32,
    /// Requests that fit.
    count: u64,
}

impl Places {
    fn of(disk: &impl Block) -> Self {
        let geometry = disk.geometry();
        let sectors = REQUEST_BYTES / geometry.sector_bytes;
        Self { sectors, count: geometry.sector_count / u64::from(sectors) }
    }

    fn any(&self) -> u64 {
        random::u64() % self.count * u64::from(self.sectors)
    }
}
