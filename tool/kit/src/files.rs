//! Files that the tool writes.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use crate::report::{Context, Failure};

/// Makes the file at `path` have `contents`; leaves it alone where it has them, so that nothing is
/// built again for it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|present| present == contents) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).context("make the folder", folder)?;
    }
    fs::write(path, contents).context("write", path)
}

/// Returns a name beside `path` that nobody else uses, for a file that is to take its place.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

/// Returns the way from the folder `from` to `to`, both absolute and without `.` and `..`.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut from = from.components().peekable();
    let mut to = to.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let up = from.map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// Resolves `.` and `..` without looking at the disk.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn the_way_from_a_folder_to_another_goes_up_first() {
        for (from, to, way) in [
            ("/a/b", "/a/b/c", "c"),
            ("/a/b/c", "/a/d", "../../d"),
            ("/a", "/a", "."),
            ("/a", "/b", "../b"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way), "{from} {to}");
        }
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn a_file_that_has_the_contents_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in/file");
        write(&path, b"one").unwrap();
        let old = fs::File::options().write(true).open(&path).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        write(&path, b"one").unwrap();
        let modified = || fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(modified(), SystemTime::UNIX_EPOCH);
        write(&path, b"two").unwrap();
        assert_ne!(modified(), SystemTime::UNIX_EPOCH);
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }
}
