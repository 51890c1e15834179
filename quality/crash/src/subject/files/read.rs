//! Reading a whole file system.

use std::rc::Rc;

use sarab_crash::Failure;
use sarab_device::{EntryKind, ErrorKind, File, Fs, Open};

use super::{Model, Node};

/// The most bytes that a test looks at in one file.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Folders in folders that a test looks into.
const DEPTH_MAX: usize = 8;

/// Reads everything.
pub(super) async fn read_all(fs: &impl Fs) -> Result<Model, Failure> {
    let mut model = Model::default();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        if folder.split('/').count() > DEPTH_MAX {
            // On a damaged disk a folder may lie in itself.
            let text = "folders without an end".into();
            return Err(Failure::Refused { kind: ErrorKind::Corrupt, text });
        }
        for entry in fs.list(&folder).await? {
            let path = if folder.is_empty() {
                entry.name.clone()
            } else {
                format!("{folder}/{}", entry.name)
            };
            let node = match entry.kind {
                EntryKind::Folder => {
                    folders.push(path.clone());
                    Node::Folder
                }
                EntryKind::Value => Node::File(read_file(fs, &path).await?),
                EntryKind::Link => return Err(Failure::Wrong(format!("`{path}` is a link"))),
            };
            if model.0.insert(path.clone(), node).is_some() {
                return Err(Failure::Wrong(format!("`{path}` is there twice")));
            }
        }
    }
    Ok(model)
}

async fn read_file(fs: &impl Fs, path: &str) -> Result<Rc<Vec<u8>>, Failure> {
    let file = fs.open(path, Open::Read).await?;
    let size = file.size_bytes().await?;
    let count = usize::try_from(size).unwrap_or(usize::MAX).min(FILE_BYTES_MAX);
    let data = file.read_at(0, count).await?;
    if data.len() != count {
        let seen = data.len();
        return Err(Failure::Wrong(format!("`{path}` has {count} bytes, and {seen} are read")));
    }
    Ok(Rc::new(data.to_vec()))
}
