//! What `example/tree` finds in its store.

use futures_lite::future::block_on;
use sarab_crash::{Disk, Image};
use sarab_device::KvRead;
use sarab_tree::{Error, Options, Tree};

/// Requests that looking at a store takes are far fewer.
const REQUESTS_MAX: u64 = 100_000;

/// Returns how many steps are done: two for each entry, which is added and then counted.
///
/// The entries must be 1 to n, whole, all of them counted or all but the last, and nothing else may be there.
pub(crate) fn look(image: &Image) -> Result<usize, String> {
    let disk = Disk::new(image.clone()).without_trace().with_limit(REQUESTS_MAX);
    block_on(async {
        let tree = match Tree::mount(disk, Options::default()).await {
            Ok(tree) => tree,
            Err(Error::Blank) => return Ok(0), // the program makes a store there
            Err(error) => return Err(error.to_string()),
        };
        let steps = steps(&tree).await?;
        let problems = tree.check().await.map_err(|error| error.to_string())?.problems;
        if problems.is_empty() { Ok(steps) } else { Err(format!("{problems:?}")) }
    })
}

async fn steps(tree: &Tree<Disk>) -> Result<usize, String> {
    let count = text(tree, "count").await?.map_or(Ok(0), |count| count.parse::<usize>());
    let count = count.map_err(|_| "the counter is no number")?;
    let added = tree.list("log").await.map_err(|error| error.to_string())?.len();
    if added != count && added != count + 1 {
        return Err(format!("{added} entries, of which {count} are counted"));
    }
    for number in 1..=added {
        let entry = text(tree, &format!("log/{number}")).await?;
        if entry.as_ref() != Some(&format!("entry {number}")) {
            return Err(format!("entry {number} of {added} is {entry:?}"));
        }
    }
    let all = tree.list("").await.map_err(|error| error.to_string())?;
    let names: Vec<_> = all.iter().map(|entry| &*entry.name).collect();
    let is_known = matches!(names[..], [] | ["log"] | ["count", "log"]);
    if is_known { Ok(added + count) } else { Err(format!("there is {names:?}")) }
}

async fn text(tree: &Tree<Disk>, key: &str) -> Result<Option<String>, String> {
    let value = tree.get(key).await.map_err(|error| error.to_string())?;
    Ok(value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
