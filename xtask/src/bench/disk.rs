//! What a disk costs: requests of 4 KiB, one after the other, beside the same file without a unikernel.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anstyle::Style;

use super::image::{Need, folder, image, tender};
use crate::Done;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("disk-unix"),
    Need::Image("disk-guest"),
    Need::Tender("spt"),
    Need::Tender("hvt"),
];

/// Bytes of the file that stands for the disk. The host keeps all of it in its memory.
const FILE_BYTES: u64 = 64 << 20;
/// Bytes in a request.
const REQUEST_BYTES: usize = 4096;
/// How long each kind of request is measured.
const TIME: Duration = Duration::from_secs(2);

/// Requests of each kind, in a second.
struct Rates {
    read: f64,
    write: f64,
    flush: f64,
}

/// Measures and prints all.
pub(super) fn measure(root: &Path) -> Done {
    let file = folder(root).join("disk.img");
    let data: Vec<u8> = (0..FILE_BYTES).map(|at| at.to_le_bytes()[1]).collect();
    fs::write(&file, data).map_err(|error| format!("{}: {error}", file.display()))?;
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{:<26} {:>12} {:>6} {:>12} {:>6} {:>14} {:>6}{bold:#}",
        "4 KiB at random",
        "reads/s",
        "ratio",
        "writes/s",
        "ratio",
        "write+flush/s",
        "ratio",
    );
    let direct = direct(&file)?;
    print("the file itself", &direct, &direct);
    let attach = format!("disk={}", file.display());
    let guest = image(root, "disk-guest");
    for (name, program, before) in [
        ("disk on unix", image(root, "disk-unix"), None),
        ("disk on spt", tender(root, "spt"), Some(&guest)),
        ("disk on hvt", tender(root, "hvt"), Some(&guest)),
    ] {
        print(name, &run(&program, &attach, before)?, &direct);
    }
    anstream::println!(
        "\nratio: to the file itself, of which the host reads and writes its own memory."
    );
    Ok(())
}

fn print(name: &str, rates: &Rates, direct: &Rates) {
    anstream::println!(
        "{name:<26} {:>12.0} {:>6.2} {:>12.0} {:>6.2} {:>14.0} {:>6.2}",
        rates.read,
        rates.read / direct.read,
        rates.write,
        rates.write / direct.write,
        rates.flush,
        rates.flush / direct.flush,
    );
}

/// Does what the unikernel does, by system calls.
fn direct(path: &Path) -> Result<Rates, String> {
    let cannot = |error| format!("{}: {error}", path.display());
    let file = File::options().read(true).write(true).open(path).map_err(cannot)?;
    let mut page = [0x5a; REQUEST_BYTES];
    let mut places = Places(0x9e37_79b9_7f4a_7c15);
    let read = rate(|| file.read_exact_at(&mut page, places.any())).map_err(cannot)?;
    let mut places = Places(0x9e37_79b9_7f4a_7c15);
    let write = rate(|| file.write_all_at(&page, places.any())).map_err(cannot)?;
    let flush = rate(|| {
        file.write_all_at(&page, places.any())?;
        file.sync_data()
    });
    Ok(Rates { read, write, flush: flush.map_err(cannot)? })
}

fn rate(mut request: impl FnMut() -> std::io::Result<()>) -> std::io::Result<f64> {
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < TIME {
        request()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// Places in the file, the same in every run (xorshift64, Marsaglia 2003).
struct Places(u64);

impl Places {
    fn any(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let requests = FILE_BYTES / REQUEST_BYTES as u64;
        self.0 % requests * REQUEST_BYTES as u64
    }
}

/// Runs the unikernel that measures.
fn run(program: &Path, attach: &str, guest: Option<&PathBuf>) -> Result<Rates, String> {
    let output = Command::new("taskset")
        .args(["--cpu-list", "0"])
        .arg(program)
        .args(["--disk", attach])
        .args(guest)
        .args(["--time", &format!("{}s", TIME.as_secs())])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    parse(&said).ok_or_else(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

fn parse(said: &str) -> Option<Rates> {
    let of = |kind: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(kind))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Rates { read: of("read ")?, write: of("write ")?, flush: of("flush ")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_unikernel_prints_is_read() {
        let rates = parse("read 400 800\nwrite 30 60\nflush 2 4\n").expect("it is all there");
        assert!((rates.read + rates.write + rates.flush - 432.0).abs() < 0.01);
        assert!(parse("read 400 800\n").is_none());
    }
}
