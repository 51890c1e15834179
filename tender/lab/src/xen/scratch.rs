//! The folder of one machine, which goes when the machine does.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// How the names of such folders start.
const PREFIX: &str = "run-";
/// Stands behind the name of a folder in that of the file that says whether somebody has it.
const LOCK: &str = ".lock";

/// A folder that nobody else has. Dropping it removes it.
pub(super) struct Scratch {
    /// The folder.
    pub(super) folder: PathBuf,
    lock: PathBuf,
    /// Locked for as long as this process lives, however it ends.
    _locked: File,
}

impl Scratch {
    /// Makes one in `folder`.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}", process::id());
        let lock = folder.join(format!("{name}{LOCK}"));
        let locked = File::create(&lock)?;
        locked.lock()?;
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, lock, _locked: locked })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.folder, &self.lock);
    }
}

/// Removes what processes have left in `folder` that were killed.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(LOCK).filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let free = File::open(entry.path()).is_ok_and(|lock| lock.try_lock().is_ok());
        if free {
            remove(&folder.join(name), &entry.path());
        }
    }
    Ok(())
}

/// What cannot be removed is only in the way.
fn remove(folder: &Path, lock: &Path) {
    let _ = fs::remove_dir_all(folder);
    let _ = fs::remove_file(lock);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_not_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::make(folder.path()).unwrap();
        fs::create_dir(folder.path().join("run-1-1")).unwrap();
        fs::write(folder.path().join("run-1-1.lock"), "").unwrap();
        fs::create_dir(folder.path().join("debian")).unwrap();
        sweep(folder.path()).unwrap();
        assert!(scratch.folder.exists());
        assert!(!folder.path().join("run-1-1").exists());
        drop(scratch);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
