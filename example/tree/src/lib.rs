//! A counter and a log of a store, which survive whatever happens to the machine.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Where the counter is.
const COUNT: &str = "count";

/// The folder of the log.
const LOG: &str = "log";

/// Checks what is there, and then counts on.
pub async fn start(store: impl Kv, times: u64, pause: Duration) -> Result<(), Failure> {
    let count = counted(&store).await?;
    println!("{count} entries");
    for number in (count + 1..).take(usize::try_from(times).unwrap_or(usize::MAX)) {
        add(&store, number).await?;
        println!("added entry {number}");
        if timeout(pause, stopping()).await.is_ok() {
            break;
        }
    }
    Ok(())
}

/// Adds an entry and counts it. Once it returns, both survive.
///
/// The entry is there for good before it is counted, so the counter never names one that is not.
async fn add(store: &impl Kv, number: u64) -> Result<(), Failure> {
    store.set(&key(number), format!("entry {number}").into()).await?;
    store.sync().await?;
    store.set(COUNT, number.to_string().into()).await?;
    Ok(store.sync().await?)
}

/// Returns how many entries are counted, if each of them is there.
async fn counted(store: &impl Kv) -> Result<u64, Failure> {
    let Some(count) = store.get(COUNT).await? else { return Ok(0) };
    let count = core::str::from_utf8(&count).ok().and_then(|text| text.parse().ok());
    let count = count.ok_or_else(|| Failure::new("the counter is no number"))?;
    for number in 1..=count {
        let entry = store.get(&key(number)).await?;
        if entry.is_none_or(|entry| entry != format!("entry {number}")) {
            return Err(Failure::new(format!("entry {number} of {count} is not there")));
        }
    }
    Ok(count)
}

fn key(number: u64) -> String {
    format!("{LOG}/{number}")
}
