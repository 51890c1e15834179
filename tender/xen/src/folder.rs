//! The folder of one guest.

use std::{
    env,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    process,
};

/// A folder that only this user can read, since the command line may be a secret. Dropping it removes it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// Makes it, where files for a while are.
    pub(crate) fn make() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("sarab-xl-{}", process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }

    /// Returns the file for what `xl` says.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
