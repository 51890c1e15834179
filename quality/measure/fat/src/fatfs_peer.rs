//! fatfs, with the buffer that its documentation recommends.

use std::{
    error::Error,
    fs::File,
    io::{Read, Write},
    path::Path,
};

use fatfs::{FileSystem, FsOptions};
use fscommon::BufStream;

use crate::{Done, Library, PIECE_BYTES};

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
        let mut file = self.volume.root_dir().open_file(name)?;
        let (mut size, mut buffer) = (0, vec![0; PIECE_BYTES]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(size),
                count => size += count,
            }
        }
    }

    fn close(self) -> Done {
        self.volume.unmount()?;
        Ok(self.file.sync_data()?)
    }
}
