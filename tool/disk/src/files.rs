//! Files and folders in an image: looking, making, removing.

use std::io::{self, Write};

use clap::ArgMatches;
use sarab_device::{Entry, EntryKind, File, Fs, Metadata, Open, WallTime};
use sarab_kit::{Problem, Voice};
use serde_json::{Value, json};

use crate::{
    columns::{Side, columns},
    host::Access,
    path,
    volume::{fail, mount},
};

/// Bytes that are copied at once.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// Shows what is in a folder.
pub(crate) async fn ls(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let (place, fs) = mount(matches, Access::Read, Some(voice)).await?;
    let folder = path::of(matches)?;
    let say = |error| fail(&place, &error);
    let mut found = Vec::new();
    // What is named may be a file, which is then all there is to show.
    if let Some(metadata) = fs.metadata(&folder).await.map_err(say)? {
        let name = path::split(&folder).1.to_owned();
        let entry = Entry { name, kind: EntryKind::Value };
        found.push(Item { entry, metadata: Some(metadata), target: None });
    } else {
        for entry in fs.list(&folder).await.map_err(say)? {
            let path = path::join(&folder, &entry.name);
            let target = fs.read_link(&path).await.map_err(say)?;
            let metadata = fs.behind_link(&path).await.map_err(say)?;
            found.push(Item { entry, metadata, target });
        }
    }
    let rows: Vec<_> = found.iter().map(row).collect();
    let objects: Vec<Value> = found.iter().map(object).collect();
    let text = columns([Side::Right, Side::Left, Side::Left], &rows);
    voice.result(&text, &json!({ "reason": "listed", "folder": folder, "entries": objects }));
    Ok(())
}

/// Something in a folder.
struct Item {
    entry: Entry,
    /// What is known of the file, or of the one that a link leads to.
    metadata: Option<Metadata>,
    /// What a link stands for.
    target: Option<String>,
}

fn row(Item { entry, metadata, target }: &Item) -> [String; 3] {
    let size = metadata.as_ref().map_or("-".into(), |it| it.size_bytes.to_string());
    let modified = metadata.as_ref().and_then(|it| it.modified).map_or("-".into(), date);
    let name = match (entry.kind, target) {
        (EntryKind::Folder, _) => format!("{}/", entry.name),
        (_, Some(target)) => format!("{} -> {target}", entry.name),
        (_, None) => entry.name.clone(),
    };
    [size, modified, name]
}

fn object(Item { entry, metadata, target }: &Item) -> Value {
    let modified = metadata.as_ref().and_then(|it| it.modified);
    let kind = match entry.kind {
        EntryKind::Value => "file",
        EntryKind::Folder => "folder",
        EntryKind::Link => "link",
    };
    json!({
        "name": entry.name,
        "kind": kind,
        "target": target,
        "size_bytes": metadata.as_ref().map(|it| it.size_bytes),
        "modified": modified.map(|moment| moment.since_epoch().as_secs()),
    })
}

/// Writes a moment as `2026-11-26 14:00`.
fn date(moment: WallTime) -> String {
    let seconds = i64::try_from(moment.since_epoch().as_secs()).unwrap_or(i64::MAX);
    let (year, month, day, hour, minute, _) =
        datealgo::secs_to_datetime(seconds.min(253_402_300_799));
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// Prints a file.
pub(crate) async fn cat(matches: &ArgMatches) -> Result<(), Problem> {
    let (place, fs) = mount(matches, Access::Read, None).await?;
    let say = |error| fail(&place, &error);
    let file = fs.open(&path::of(matches)?, Open::Read).await.map_err(say)?;
    let (size, mut offset, mut out) =
        (file.size_bytes().await.map_err(say)?, 0, io::stdout().lock());
    while offset < size {
        let data = file.read_at(offset, CHUNK_BYTES).await.map_err(say)?;
        offset += data.len() as u64;
        match out.write_all(&data) {
            // Nobody reads any more, which is no reason to fail.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Problem::new(format!("cannot write: {error}"))),
            Ok(()) if data.is_empty() => break,
            Ok(()) => {}
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
pub(crate) async fn mkdir(matches: &ArgMatches) -> Result<(), Problem> {
    let (place, fs) = mount(matches, Access::Write, None).await?;
    let say = |error| fail(&place, &error);
    let folder = path::of(matches)?;
    if folder.is_empty() {
        return Err(Problem::new("the root is there already"));
    }
    let (above, _) = path::split(&folder);
    make_folders(&fs, above).await.map_err(say)?;
    fs.create_folder(&folder).await.map_err(say)?;
    fs.sync().await.map_err(say)
}

/// Makes a folder and those above it, so far as they are not there.
pub(crate) async fn make_folders<F: Fs>(fs: &F, folder: &str) -> Result<(), F::Error> {
    let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
    for end in ends.filter(|end| *end > 0) {
        if fs.list(&folder[..end]).await.is_err() {
            fs.create_folder(&folder[..end]).await?;
        }
    }
    Ok(())
}

/// Removes a file, or a folder.
pub(crate) async fn rm(matches: &ArgMatches) -> Result<(), Problem> {
    let (place, fs) = mount(matches, Access::Write, None).await?;
    let say = |error| fail(&place, &error);
    let path = path::of(matches)?;
    if path.is_empty() {
        let problem = Problem::new("the root cannot be removed");
        return Err(
            problem.help(format!("`sarab disk format --force {place} fat` empties the image"))
        );
    }
    let is_folder = fs.read_link(&path).await.map_err(say)?.is_none()
        && fs.metadata(&path).await.map_err(say)?.is_none();
    if is_folder {
        let inside = fs.list(&path).await.map_err(say)?;
        let is_recursive = matches.get_flag("recursive");
        if !inside.is_empty() && !is_recursive {
            let problem = Problem::new(format!("the folder `{path}` is not empty"));
            return Err(problem.help("`--recursive` removes it with all that is in it"));
        }
        remove_inside(&fs, &path).await.map_err(say)?;
    }
    fs.remove(&path).await.map_err(say)?;
    fs.sync().await.map_err(say)
}

/// Removes all that is in a folder, the deepest first.
async fn remove_inside<F: Fs>(fs: &F, folder: &str) -> Result<(), F::Error> {
    let mut folders = vec![folder.to_owned()];
    let mut emptied = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs.list(&folder).await? {
            let path = path::join(&folder, &entry.name);
            match entry.kind {
                EntryKind::Folder => folders.push(path),
                EntryKind::Value | EntryKind::Link => fs.remove(&path).await?,
            }
        }
        emptied.push(folder);
    }
    for folder in emptied.iter().skip(1).rev() {
        fs.remove(folder).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_written_as_a_date() {
        let moment = |seconds| WallTime::new(Duration::from_secs(seconds));
        assert_eq!(date(moment(0)), "1970-01-01 00:00");
        assert_eq!(date(moment(1_795_701_600)), "2026-11-26 14:00");
        assert_eq!(date(moment(u64::MAX)), "9999-12-31 23:59");
    }
}
