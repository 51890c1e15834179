//! Copying out of an image.

use std::{
    fs,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use clap::ArgMatches;
use sarab_device::{Bytes, EntryKind, File, Fs, Open};
use sarab_kit::{Copying, Problem, Voice};
use serde_json::json;

use super::counted;
use crate::{
    files::CHUNK_BYTES,
    host::Access,
    path,
    volume::{fail, mount},
};

/// What a host gives room to at once.
const PAGE_BYTES: usize = 4096;

/// Copies a file or folder out of an image.
pub(crate) async fn get(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let (place, fs) = mount(matches, Access::Read, Some(voice)).await?;
    let say = |error| fail(&place, &error);
    let path = path::of(matches)?;
    let name = path::split(&path).1;
    let name = if name.is_empty() { "image" } else { name };
    let given = matches.get_one::<PathBuf>("destination").cloned().unwrap_or_else(|| ".".into());
    let target = if given.is_dir() { given.join(name) } else { given };
    let (mut files, mut folders, mut total) = (Vec::new(), Vec::new(), 0);
    if let Some(metadata) = fs.metadata(&path).await.map_err(say)? {
        total = metadata.size_bytes;
        files.push((path.clone(), target.clone()));
    } else {
        folders.push((path.clone(), target.clone()));
    }
    let mut next = 0;
    while let Some((folder, host)) = folders.get(next).cloned() {
        next += 1;
        for entry in fs.list(&folder).await.map_err(say)? {
            let (inside, host) = (path::join(&folder, &entry.name), host.join(&entry.name));
            if entry.kind == EntryKind::Folder {
                folders.push((inside, host));
                continue;
            }
            let metadata = fs.behind_link(&inside).await.map_err(say)?;
            // A folder would be copied twice, or without an end.
            if metadata.is_none() && entry.kind == EntryKind::Link {
                voice.warn(format!("`{inside}` is left out: it is a link, and to no file"));
                continue;
            }
            total += metadata.map_or(0, |metadata| metadata.size_bytes);
            files.push((inside, host));
        }
    }
    if let Some((_, host)) =
        files.iter().find(|(_, host)| host.exists() && !matches.get_flag("force"))
    {
        let problem = Problem::new(format!("`{}` is there already", host.display()));
        return Err(problem.help("`--force` replaces it"));
    }
    for (_, host) in &folders {
        fs::create_dir_all(host)
            .map_err(|error| Problem::new(format!("cannot make `{}`: {error}", host.display())))?;
    }
    let mut copying = voice.copying(format!("copying {place}:/{path}"), total);
    for (inside, host) in &files {
        let file = fs.open(inside, Open::Read).await.map_err(say)?;
        get_file(&file, host, &mut copying, &say).await?;
    }
    copying.finish();
    let text = format!("copied {} to {}\n", counted(files.len(), total), target.display());
    let object = json!({
        "reason": "copied", "files": files.len(), "size_bytes": total, "path": target,
    });
    voice.result(&text, &object);
    Ok(())
}

/// Copies one file to the host; what is zeroes becomes a hole.
async fn get_file<F: File>(
    file: &F,
    host: &Path,
    copying: &mut Copying,
    say: &impl Fn(F::Error) -> Problem,
) -> Result<(), Problem> {
    let cannot =
        |error: io::Error| Problem::new(format!("cannot write `{}`: {error}", host.display()));
    let mut target = fs::File::create(host).map_err(cannot)?;
    let size = file.size_bytes().await.map_err(say)?;
    let mut offset = 0;
    while offset < size {
        let data = file.read_at(offset, CHUNK_BYTES).await.map_err(say)?;
        if data.is_empty() {
            break;
        }
        write_sparse(&mut target, &data).map_err(cannot)?;
        copying.advance(data.len() as u64);
        offset += data.len() as u64;
    }
    target.set_len(offset).map_err(cannot)
}

/// Writes bytes, but passes over pages of zeroes.
fn write_sparse(target: &mut fs::File, data: &Bytes) -> io::Result<()> {
    let is_zero = |page: &[u8]| page.iter().all(|byte| *byte == 0);
    let pages: Vec<&[u8]> = data.chunks(PAGE_BYTES).collect();
    let mut at = 0;
    for row in pages.chunk_by(|one, other| is_zero(one) == is_zero(other)) {
        let bytes: usize = row.iter().map(|page| page.len()).sum();
        if is_zero(row[0]) {
            target.seek(SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX)))?;
        } else {
            target.write_all(&data[at..at + bytes])?;
        }
        at += bytes;
    }
    Ok(())
}
