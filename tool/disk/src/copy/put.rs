//! Copying into an image.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::ArgMatches;
use sarab_device::{Error as _, ErrorKind, File, Fs, Open, WallTime};
use sarab_kit::{Copying, Problem, Voice};
use serde_json::json;

use super::counted;
use crate::{
    files::{CHUNK_BYTES, make_folders},
    host::Access,
    path,
    place::Place,
    volume::{DRAFT, Volume, VolumeError, fail, moment, mount},
};

/// A file that is to be copied: where it is, where it goes to, its size, when it was changed.
struct Job {
    source: PathBuf,
    target: String,
    size_bytes: u64,
    modified: Option<WallTime>,
    /// Whether a file is there already.
    is_replacing: bool,
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
    let say = |error| refused(&place, &error);
    let target = target(matches, &source, &fs).await?;
    let mut jobs = Jobs::default();
    jobs.gather(&source, target.clone())?;
    for job in &mut jobs.files {
        job.is_replacing = fs.metadata(&job.target).await.map_err(say)?.is_some();
        if job.is_replacing && !matches.get_flag("force") {
            let problem = Problem::new(format!("`{place}` has a file `{}`", job.target));
            return Err(problem.help("`--force` replaces it"));
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

fn refused(place: &Place, error: &VolumeError) -> Problem {
    let problem = fail(place, error);
    if error.kind() != ErrorKind::NoSpace {
        return problem;
    }
    problem.help("the rest was not copied: remove something, or make a larger image")
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
        if path::split(&target).1 == DRAFT {
            let what = format!("`{DRAFT}` is what a file is called while it is copied");
            return Err(Problem::new(what).help("give it another name"));
        }
        let cannot =
            |error: io::Error| Problem::new(format!("cannot read `{}`: {error}", source.display()));
        let metadata = fs::metadata(source).map_err(cannot)?;
        if metadata.is_file() {
            let (source, size_bytes) = (source.to_owned(), metadata.len());
            let modified = metadata.modified().ok().and_then(moment);
            self.files.push(Job { source, target, size_bytes, modified, is_replacing: false });
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

/// Copies one file. Until it is whole, what was there under its name stays; but what a link leads to is written over.
async fn put_file(
    fs: &Volume,
    job: &Job,
    copying: &mut Copying,
    say: &impl Fn(VolumeError) -> Problem,
) -> Result<(), Problem> {
    let is_link = fs.read_link(&job.target).await.map_err(say)?.is_some();
    let Some(draft) = fs.draft(&job.target).filter(|_| !is_link) else {
        return write(fs, job, (&job.target, Open::Create), copying, say).await;
    };
    // A copy that was killed may have left one.
    match fs.remove(&draft).await {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(say(error)),
        _ => {}
    }
    let result = match write(fs, job, (&draft, Open::New), copying, say).await {
        Ok(()) => fs.rename(&draft, &job.target).await.map_err(say),
        failed => failed,
    };
    if result.is_err() {
        // What stopped the copy may stop this, too, and is what is to be told.
        let _ = fs.remove(&draft).await;
        let _ = fs.sync().await;
    }
    result
}

/// Copies one file to `path`, which is opened so.
async fn write(
    fs: &Volume,
    job: &Job,
    (path, how): (&str, Open),
    copying: &mut Copying,
    say: &impl Fn(VolumeError) -> Problem,
) -> Result<(), Problem> {
    let cannot = |error| Problem::new(format!("cannot read `{}`: {error}", job.source.display()));
    let mut source = fs::File::open(&job.source).map_err(cannot)?;
    let target = fs.open(path, how).await.map_err(say)?;
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
    target.set_size(offset).await.map_err(say)?;
    fs.set_modified(path, job.modified).await.map_err(say)?;
    // A new name must not survive a crash without the data, where it is one that had others.
    if job.is_replacing { target.sync().await.map_err(say) } else { Ok(()) }
}
