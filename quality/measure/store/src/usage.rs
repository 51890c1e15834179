//! What this process has used: time, memory, disk.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// Measures a phase from when it is made.
pub struct Watch {
    wall: Instant,
    cpu: Duration,
}

impl Watch {
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    /// Prints the phase `name`, in which `count` things were done.
    pub fn report(self, name: &str, count: usize) {
        let (wall, cpu) = (self.wall.elapsed(), cpu().saturating_sub(self.cpu));
        println!("{name} {} {} {count}", wall.as_nanos(), cpu.as_nanos());
    }
}

/// Prints one figure.
pub fn figure(name: &str, value: impl std::fmt::Display) {
    println!("{name} {value}");
}

/// Returns the processor time of all threads, in user and system mode.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Lets the peak of memory begin anew and returns what is in use now.
pub fn forget_peak() -> io::Result<u64> {
    fs::write("/proc/self/clear_refs", "5")?;
    peak_bytes()
}

/// Returns the most memory that was resident (`VmHWM`, proc(5)); mapped files are a part of it.
pub fn peak_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|rest| rest.trim().split(' ').next()?.parse::<u64>().ok());
    Ok(kib.unwrap_or_default() * 1024)
}

/// Returns the bytes that the files in `folder` take on the disk.
pub fn allocated_bytes(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += metadata.blocks() * 512;
        if metadata.is_dir() {
            total += allocated_bytes(&entry.path())?;
        }
    }
    Ok(total)
}
