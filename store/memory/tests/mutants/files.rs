//! File systems with a flaw.

use sarab_device::{Bytes, Entry, File, Fs, Metadata, Open, PathError, check};
use sarab_memory::{FsError, RamFile, RamFs};

use super::{Flawed, caught};

impl Fs for Flawed<RamFs> {
    type Error = FsError;

    type File = Flawed<RamFile>;

    async fn open(&self, path: &str, how: Open) -> Result<Self::File, FsError> {
        if self.has("opens new what is there") && how == Open::New {
            return self.opened(path, Open::Create).await;
        }
        if self.has("lets a reader write") && how == Open::Read {
            return self.opened(path, Open::Existing).await;
        }
        if self.has("makes what it should read") && how == Open::Read {
            return self.opened(path, Open::Create).await;
        }
        if self.has("makes folders") && path.starts_with("absent/") && how == Open::Create {
            self.device.create_folder("absent").await?;
        }
        let file = self.opened(path, how).await?;
        if self.has("empties what is there") && how == Open::Create {
            file.device.set_size(0).await?;
        }
        Ok(file)
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, FsError> {
        if self.has("has metadata of folders") && self.device.list(path).await.is_ok() {
            return Ok(Some(Metadata { size_bytes: 0, modified: None }));
        }
        self.device.metadata(path).await
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, FsError> {
        if self.has("lists what is not there") {
            return Ok(self.device.list(path).await.unwrap_or_default());
        }
        let mut entries = self.device.list(path).await?;
        if self.has("lists backwards") {
            entries.reverse();
        }
        Ok(entries)
    }

    async fn create_folder(&self, path: &str) -> Result<(), FsError> {
        match self.device.create_folder(path).await {
            Err(FsError::Path(PathError::Exists { .. })) if self.has("makes a folder twice") => {
                Ok(())
            }
            Err(FsError::Path(PathError::Missing { path }))
                if self.has("names the wrong reason") =>
            {
                Err(PathError::exists(&path).into())
            }
            result => result,
        }
    }

    async fn remove(&self, path: &str) -> Result<(), FsError> {
        match self.device.remove(path).await {
            Err(FsError::Path(PathError::Missing { .. })) if self.has("removes nothing") => Ok(()),
            Err(FsError::Path(PathError::NotEmpty { .. })) if self.has("removes full folders") => {
                Ok(())
            }
            result => result,
        }
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        let is_there = self.device.metadata(to).await?.is_some();
        match self.flaw {
            "never replaces" if is_there && from != to => Err(PathError::exists(to).into()),
            "loses what is moved to itself" if from == to => self.device.remove(from).await,
            "moves a folder into itself" if to.starts_with(from) && from != to => Ok(()),
            _ => self.device.rename(from, to).await,
        }
    }

    async fn sync(&self) -> Result<(), FsError> {
        if self.has("cannot sync") { Err(FsError::NoSpace) } else { Ok(()) }
    }
}

impl Flawed<RamFs> {
    async fn opened(&self, path: &str, how: Open) -> Result<Flawed<RamFile>, FsError> {
        Ok(Flawed::new(self.device.open(path, how).await?, self.flaw))
    }
}

impl File for Flawed<RamFile> {
    type Error = FsError;

    async fn size_bytes(&self) -> Result<u64, FsError> {
        self.device.size_bytes().await
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, FsError> {
        let read = self.device.read_at(offset, count).await?;
        if self.has("fills a short read up") && count < 1000 {
            let mut filled = read.to_vec();
            filled.resize(count, 0);
            return Ok(filled.into());
        }
        Ok(read)
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), FsError> {
        let size = self.device.size_bytes().await?;
        match self.flaw {
            "fills a gap with ones" if offset > size && offset < 1 << 20 && !data.is_empty() => {
                let gap = usize::try_from(offset - size).unwrap();
                self.device.write_at(size, vec![1; gap].into()).await?;
            }
            "grows by no data" if data.is_empty() && offset > size => {
                return self.device.set_size(offset).await;
            }
            "always appends" => return self.device.write_at(size, data).await,
            _ => {}
        }
        self.device.write_at(offset, data).await
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), FsError> {
        let size = self.device.size_bytes().await?;
        if self.has("cannot cut") && size_bytes < size {
            return Ok(());
        }
        self.device.set_size(size_bytes).await?;
        if self.has("leaves old bytes") && size_bytes > size {
            return self.device.write_at(size, Bytes::from_static(b"old")).await;
        }
        Ok(())
    }

    async fn sync(&self) -> Result<(), FsError> {
        if self.has("cannot sync a file") { Err(FsError::NoSpace) } else { Ok(()) }
    }
}

#[test]
fn every_flaw_of_a_file_system_is_found() {
    let flaws = [
        ("opens new what is there", "Open::New fails with AlreadyExists on a file that is there"),
        ("makes what it should read", "opening a file that is missing fails with NotFound"),
        (
            "makes folders",
            "opening a file fails with NotFound where a folder of its path is missing",
        ),
        ("empties what is there", "metadata tells the size of a file"),
        ("lets a reader write", "a file that was opened to be read refuses changes with ReadOnly"),
        ("has metadata of folders", "a folder, or nothing, has no metadata"),
        ("lists what is not there", "list fails with NotFound if there is no such folder"),
        ("lists backwards", "list returns what stands directly in a folder, sorted by name"),
        (
            "makes a folder twice",
            "create_folder fails with AlreadyExists if anything has that name",
        ),
        (
            "names the wrong reason",
            "create_folder fails with NotFound where a folder of the path is missing",
        ),
        ("removes nothing", "remove fails with NotFound if nothing is there"),
        (
            "removes full folders",
            "remove refuses the root, and a folder that is not empty, with InvalidInput",
        ),
        ("never replaces", "a request that is right succeeds on a sound file system"),
        ("loses what is moved to itself", "metadata tells the size of a file"),
        (
            "moves a folder into itself",
            "rename refuses no path, the root, and a folder into itself with InvalidInput",
        ),
        ("fills a short read up", "Open::Create keeps what is there"),
        ("fills a gap with ones", "a gap before what is written reads as zeroes"),
        ("grows by no data", "metadata tells the size of a file"),
        ("always appends", "metadata tells the size of a file"),
        ("cannot cut", "metadata tells the size of a file"),
        ("leaves old bytes", "what is new after set_size reads as zeroes"),
        ("cannot sync", "sync of a sound file system completes"),
        ("cannot sync a file", "sync of a sound file completes"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, check::fs(&Flawed::new(RamFs::new(), flaw)));
    }
}
