//! Makes and reads many small files and a large one with one FAT library: `fat LIBRARY IMAGE COUNT
//! MEBIBYTES`, where the image holds an empty volume.
//!
//! Prints a line for each phase: `name wall_ns cpu_ns count`. Each phase that writes ends when all is
//! on the disk of the host.

mod fatfs_peer;
mod hadris_peer;
mod ours;

use std::{
    env,
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// Bytes that are read and written at once.
const PIECE_BYTES: usize = 1 << 20;

/// What any of them returns.
type Done = Result<(), Box<dyn Error>>;

/// A library that makes and reads files.
trait Library: Sized {
    /// Opens the volume in a file.
    fn open(image: &Path) -> Result<Self, Box<dyn Error>>;

    /// Makes a file in the root.
    fn make(&mut self, name: &str, data: &[u8]) -> Done;

    /// Reads a file of the root, and returns how many bytes it has.
    fn read(&mut self, name: &str) -> Result<usize, Box<dyn Error>>;

    /// Waits until all is on the disk.
    fn close(self) -> Done;
}

fn main() -> Done {
    let words: Vec<String> = env::args().collect();
    let [_, library, image, count, mebibytes] = &words[..] else {
        return Err("usage: fat LIBRARY IMAGE COUNT MEBIBYTES".into());
    };
    let (count, size) = (count.parse()?, mebibytes.parse::<usize>()? << 20);
    let image = Path::new(image);
    match library.as_str() {
        "sarab" => measure::<ours::Sarab>(image, count, size),
        "fatfs" => measure::<fatfs_peer::Fatfs>(image, count, size),
        "hadris" => measure::<hadris_peer::Hadris>(image, count, size),
        _ => Err(format!("no library is `{library}`").into()),
    }
}

fn measure<L: Library>(image: &Path, count: usize, size: usize) -> Done {
    let name = |number: usize| format!("{number:05} of many.txt");
    let small = vec![0x5a; 1024];
    phase("small-make", count, || {
        let mut volume = L::open(image)?;
        (0..count).try_for_each(|number| volume.make(&name(number), &small))?;
        volume.close()
    })?;
    phase("small-read", count, || {
        let mut volume = L::open(image)?;
        for number in 0..count {
            expect(volume.read(&name(number))?, small.len())?;
        }
        volume.close()
    })?;
    let large = vec![0xa5; size];
    phase("large-make", 1, || {
        let mut volume = L::open(image)?;
        volume.make("large.bin", &large)?;
        volume.close()
    })?;
    phase("large-read", 1, || {
        let mut volume = L::open(image)?;
        expect(volume.read("large.bin")?, size)?;
        volume.close()
    })
}

fn expect(read: usize, size: usize) -> Done {
    if read == size { Ok(()) } else { Err(format!("read {read} bytes of {size}").into()) }
}

fn phase(name: &str, count: usize, body: impl FnOnce() -> Done) -> Done {
    let (wall, cpu_before) = (Instant::now(), cpu());
    body()?;
    let (wall, cpu) = (wall.elapsed(), cpu() - cpu_before);
    println!("{name} {} {} {count}", wall.as_nanos(), cpu.as_nanos());
    Ok(())
}

/// Returns the processor time of this process, in user and system mode.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
