//! Copying into an image and out of it.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use clap::ArgMatches;
use sarab_device::{Bytes, EntryKind, File, Fs, Open, WallTime};
use sarab_kit::{Copying, Problem, Voice, shown_size};
use serde_json::json;

use crate::{
    files::{CHUNK_BYTES, make_folders},
    host::Access,
    path,
    volume::{fail, moment, mount},
};

/// What a host gives room to at once.
const PAGE_BYTES: usize = 4096;

/// A file that is to be copied: where it is, where it goes to, its size, when it was changed.
struct Job {
    source: PathBuf,
    target: String,
    size_bytes: u64,
    modified: Option<WallTime>,
}

/// Files and folders that are to be copied into an image.
#[derive(Default)]
struct Jobs {
    folders: Vec<String>,
    files: Vec<Job>,
}

/// Copies a file or folder of the host into an image.
pub(crate) async fn put(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let source = matches.get_one::<PathBuf>("source").cloned().unwrap_or_default();
    let (place, fs) = mount(matches, Access::Write, Some(voice)).await?;
    let say = |error| fail(&place, &error);
    let target = target(matches, &source, &fs).await?;
    let mut jobs = Jobs::default();
    jobs.gather(&source, target.clone())?;
    if !matches.get_flag("force") {
        for job in &jobs.files {
            if fs.metadata(&job.target).await.map_err(say)?.is_some() {
                let problem = Problem::new(format!("`{place}` has a file `{}`", job.target));
                return Err(problem.help("`--force` replaces it"));
            }
        }
    }
    make_folders(&fs, path::split(&target).0).await.map_err(say)?;
    for folder in &jobs.folders {
        make_folders(&fs, folder).await.map_err(say)?;
    }
    let total = jobs.files.iter().map(|job| job.size_bytes).sum();
    let mut copying = voice.copying(format!("copying {}", source.display()), total);
    for job in &jobs.files {
        put_file(&fs, job, &mut copying, &say).await?;
        fs.set_modified(&job.target, job.modified).await.map_err(say)?;
    }
    fs.sync().await.map_err(say)?;
    copying.finish();
    let text = format!("copied {} to {place}:/{target}\n", counted(jobs.files.len(), total));
    let object = json!({
        "reason": "copied", "files": jobs.files.len(), "size_bytes": total, "path": target,
    });
    voice.result(&text, &object);
    Ok(())
}

/// Returns where a source goes to: into a folder that is there, or to the path that is named.
async fn target(matches: &ArgMatches, source: &Path, fs: &impl Fs) -> Result<String, Problem> {
    let source = fs::canonicalize(source)
        .map_err(|error| Problem::new(format!("cannot read `{}`: {error}", source.display())))?;
    let name = source.file_name().unwrap_or_default();
    let name = name.to_str().ok_or_else(|| no_text(&source))?;
    let given = matches.get_one::<String>("path").map_or("/", String::as_str);
    let path = path::normal(given)?;
    let is_folder = path.is_empty() || given.ends_with('/') || fs.list(&path).await.is_ok();
    Ok(if is_folder { path::join(&path, name) } else { path })
}

fn no_text(path: &Path) -> Problem {
    Problem::new(format!("the name of `{}` is not UTF-8", path.display())).help("rename it")
}

impl Jobs {
    /// Finds all that is to be copied.
    fn gather(&mut self, source: &Path, target: String) -> Result<(), Problem> {
        let cannot =
            |error: io::Error| Problem::new(format!("cannot read `{}`: {error}", source.display()));
        let metadata = fs::metadata(source).map_err(cannot)?;
        if metadata.is_file() {
            let (source, size_bytes) = (source.to_owned(), metadata.len());
            let modified = metadata.modified().ok().and_then(moment);
            self.files.push(Job { source, target, size_bytes, modified });
            return Ok(());
        }
        if !metadata.is_dir() {
            let problem =
                Problem::new(format!("`{}` is neither a file nor a folder", source.display()));
            return Err(problem.help("leave it out"));
        }
        let mut entries: Vec<_> =
            fs::read_dir(source).map_err(cannot)?.collect::<Result<_, _>>().map_err(cannot)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| no_text(&entry.path()))?;
            self.gather(&entry.path(), path::join(&target, name))?;
        }
        self.folders.push(target);
        Ok(())
    }
}

/// Copies one file; what was there under its name is written over.
async fn put_file<F: Fs>(
    fs: &F,
    job: &Job,
    copying: &mut Copying,
    say: &impl Fn(F::Error) -> Problem,
) -> Result<(), Problem> {
    let cannot = |error| Problem::new(format!("cannot read `{}`: {error}", job.source.display()));
    let mut source = fs::File::open(&job.source).map_err(cannot)?;
    let target = fs.open(&job.target, Open::Create).await.map_err(say)?;
    let mut offset = 0;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let most = CHUNK_BYTES as u64;
        Read::by_ref(&mut source).take(most).read_to_end(&mut chunk).map_err(cannot)?;
        if chunk.is_empty() {
            break;
        }
        let size = chunk.len() as u64;
        target.write_at(offset, chunk.into()).await.map_err(say)?;
        copying.advance(size);
        offset += size;
    }
    target.set_size(offset).await.map_err(say)
}

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

fn counted(files: usize, bytes: u64) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun}, {},", shown_size(bytes))
}
