//! An archive as the kernel unpacks it: `newc` of cpio(5).

use std::{collections::BTreeSet, fs, io, path::Path};

/// An archive, which grows by an entry at a time.
#[derive(Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
    folders: BTreeSet<String>,
}

impl Archive {
    /// Adds the folder `name`, and those that it lies in; those that are there stay as they are.
    pub fn folder(&mut self, name: &str) {
        if name.is_empty() || self.folders.contains(name) {
            return;
        }
        self.folder_of(name);
        self.folders.insert(name.into());
        self.entry(name, 0o04_0755, &[]);
    }

    /// Adds a file that may be executed.
    pub fn program(&mut self, name: &str, content: &[u8]) {
        self.folder_of(name);
        self.entry(name, 0o10_0755, content);
    }

    /// Adds a link to `target`.
    pub fn link(&mut self, name: &str, target: &str) {
        self.folder_of(name);
        self.entry(name, 0o12_0777, target.as_bytes());
    }

    /// Adds the file at `path`, or the link, as it is.
    pub fn copy(&mut self, name: &str, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_symlink() {
            self.link(name, &fs::read_link(path)?.to_string_lossy());
        } else {
            self.program(name, &fs::read(path)?);
        }
        Ok(())
    }

    /// Returns the archive, whose end is that of a word of four bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn folder_of(&mut self, name: &str) {
        if let Some((folder, _)) = name.rsplit_once('/') {
            self.folder(folder);
        }
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let (inode, links, size) = (self.entries, 1, content.len());
        let name_size = name.len() + 1;
        let header = format!(
            "070701{inode:08x}{mode:08x}{0:08x}{0:08x}{links:08x}{0:08x}{size:08x}\
             {0:08x}{0:08x}{0:08x}{0:08x}{name_size:08x}{0:08x}",
            0
        );
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(content);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_header_a_name_and_its_content() {
        let mut archive = Archive::default();
        archive.program("init", b"hello");
        let bytes = archive.finish();
        assert!(bytes.starts_with(b"070701"));
        // A header has 110 bytes; name and content end at a multiple of four.
        assert_eq!(&bytes[110..116], b"init\0\0");
        assert_eq!(&bytes[116..124], b"hello\0\0\0");
        assert!(bytes[124..].starts_with(b"070701"));
    }

    #[test]
    fn a_folder_stands_before_what_is_in_it_and_once() {
        let mut archive = Archive::default();
        archive.program("a/b/c", b"");
        archive.link("a/b/d", "c");
        let text = String::from_utf8(archive.finish()).unwrap();
        let places = ["a\0", "a/b\0", "a/b/c\0", "a/b/d\0"].map(|name| text.find(name).unwrap());
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(text.matches("a/b\0").count(), 1);
    }
}
