//! What `example/fat` finds on its disk.

use futures_lite::future::block_on;
use sarab_crash::{Disk, Image};
use sarab_device::KvRead;
use sarab_fat::Fat;

/// Requests that looking at a volume takes are far fewer.
const REQUESTS_MAX: u64 = 100_000;

/// Returns how many visits are counted, in a file that is whole, on a volume that has lost room at most.
pub(crate) fn look(image: &Image) -> Result<usize, String> {
    let disk = Disk::new(image.clone()).without_trace().with_limit(REQUESTS_MAX);
    block_on(async {
        let report = Fat::check(&disk).await.map_err(|error| error.to_string())?;
        if !report.is_harmless() {
            return Err(format!("{:?}", report.findings));
        }
        let fat = Fat::mount_with(disk, || None).await.map_err(|error| error.to_string())?;
        let visits = fat.get("visits.txt").await.map_err(|error| error.to_string())?;
        let Some(visits) = visits else { return Ok(0) };
        let visits = String::from_utf8_lossy(&visits).into_owned();
        let number = visits.strip_suffix('\n').and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("`visits.txt` holds {visits:?}"))
    })
}
