//! fatfs, with the buffer that its documentation recommends.

use std::{
    error::Error,
    fs::File,
    io::{Read, Write},
    path::Path,
};

use fatfs::{FileSystem, FsOptions};
use fscommon::BufStream;

use crate::{Done, Library};

pub struct Fatfs {
    volume: FileSystem<BufStream<File>>,
    file: File,
}

impl Library for Fatfs {
    fn open(image: &Path) -> Result<Self, Box<dyn Error>> {
        let file = File::options().read(true).write(true).open(image)?;
        let stream = BufStream::new(file.try_clone()?);
        Ok(Self { volume: FileSystem::new(stream, FsOptions::new())?, file })
    }

    fn make(&mut self, name: &str, data: &[u8]) -> Done {
        Ok(self.volume.root_dir().create_file(name)?.write_all(data)?)
    }

    fn read(&mut self, name: &str) -> Result<usize, Box<dyn Error>> {
        let mut data = Vec::new();
        self.volume.root_dir().open_file(name)?.read_to_end(&mut data)?;
        Ok(data.len())
    }

    fn close(self) -> Done {
        self.volume.unmount()?;
        Ok(self.file.sync_data()?)
    }
}
