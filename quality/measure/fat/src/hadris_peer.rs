//! hadris-fat, on the file itself.

use std::{error::Error, fs::File, path::Path};

use hadris_fat::{FatVolume, FatVolumeReadExt, FatVolumeWriteExt};

use crate::{Done, Library, PIECE_BYTES};

pub struct Hadris {
    volume: FatVolume<File>,
    file: File,
}

impl Library for Hadris {
    fn open(image: &Path) -> Result<Self, Box<dyn Error>> {
        let file = File::options().read(true).write(true).open(image)?;
        let volume = FatVolume::open(file.try_clone()?).map_err(text)?;
        Ok(Self { volume, file })
    }

    fn make(&mut self, name: &str, data: &[u8]) -> Done {
        let entry = self.volume.create_file(&self.volume.root_dir(), name).map_err(text)?;
        let mut writer = self.volume.write_file(&entry).map_err(text)?;
        let mut rest = data;
        while !rest.is_empty() {
            let count = writer.write(rest).map_err(text)?;
            rest = &rest[count..];
        }
        writer.finish().map_err(text)?;
        Ok(())
    }

    fn read(&mut self, name: &str) -> Result<usize, Box<dyn Error>> {
        let entry = self.volume.root_dir().find(name).map_err(text)?.ok_or("it is not there")?;
        let mut reader = self.volume.read_file(&entry).map_err(text)?;
        let (mut size, mut buffer) = (0, vec![0; PIECE_BYTES]);
        loop {
            match reader.read(&mut buffer).map_err(text)? {
                0 => return Ok(size),
                count => size += count,
            }
        }
    }

    fn close(self) -> Done {
        drop(self.volume);
        Ok(self.file.sync_data()?)
    }
}

fn text(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}
