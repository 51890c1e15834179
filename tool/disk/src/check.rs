//! Looking for what is wrong.

use clap::ArgMatches;
use sarab_device::Block;
use sarab_disk::{Encrypted, Table};
use sarab_fat::Fat;
use sarab_kit::{Problem, Voice, shown_size};
use sarab_tree::Problem as StoreProblem;
use serde_json::json;

use crate::{
    count::count,
    host::Access,
    kind::Kind,
    place::Place,
    stack,
    volume::{Disk, fail, store},
};

/// Sectors are read so many bytes at once.
const CHUNK_BYTES: u32 = 1 << 20;

/// What a check has found.
struct Found {
    /// What was looked at.
    what: String,
    /// What is wrong.
    findings: Vec<String>,
    /// What repairs it, if anything does.
    can_repair: bool,
}

/// Checks what is on an image; with `--repair` puts it right.
pub(crate) async fn check(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let is_repair = matches.get_flag("repair");
    let access = if is_repair { Access::Write } else { Access::Read };
    let (place, disk) = stack::open(matches, access, None).await?;
    let kind = Kind::of(&disk).await.map_err(|error| fail(&place, &error))?;
    let found = match kind {
        Kind::Fat => fat(&place, &disk, is_repair).await?,
        Kind::Tree if !is_repair => tree(&place, disk, Depth::Check).await?,
        Kind::Table => table(&place, &disk, is_repair).await?,
        Kind::Encrypted if !is_repair => encrypted(&place, &disk).await?,
        _ => return Err(stack::foreign(&place, kind, &disk).await),
    };
    report(&place, found, is_repair, voice)
}

/// Tells what was found; what is left to repair is an error.
fn report(place: &Place, found: Found, is_repair: bool, voice: Voice) -> Result<(), Problem> {
    let Found { what, findings, can_repair } = found;
    let object = json!({
        "reason": "checked", "image": place.file, "partition": place.partition,
        "findings": findings, "is_repaired": is_repair && can_repair,
    });
    let lines = findings.iter().fold(String::new(), |lines, it| lines + "  " + it + "\n");
    let verdict = if findings.is_empty() { "nothing is wrong" } else { "this is wrong:" };
    voice.result(&format!("{place}: {what}; {verdict}\n{lines}"), &object);
    if findings.is_empty() || is_repair && can_repair {
        return Ok(());
    }
    let (count, noun) = (findings.len(), if findings.len() == 1 { "fault" } else { "faults" });
    let problem = Problem::new(format!("`{place}` has {count} {noun}"));
    Err(if can_repair {
        problem.help("`--repair` puts right what can be put right")
    } else {
        problem
    })
}

async fn fat(place: &Place, disk: &Disk, is_repair: bool) -> Result<Found, Problem> {
    let report = if is_repair { Fat::repair(disk).await } else { Fat::check(disk).await };
    let report = report.map_err(|error| fail(place, &error))?;
    let mut findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    if report.more_count > 0 {
        findings.push(format!("and {} more", report.more_count));
    }
    let what = format!("{} files and {} folders", report.file_count, report.folder_count);
    Ok(Found { what, findings, can_repair: true })
}

/// How far a store is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// All but the contents of large values.
    Check,
    /// All.
    Scrub,
}

async fn tree(place: &Place, disk: Disk, depth: Depth) -> Result<Found, Problem> {
    let tree = store(place, disk).await?;
    let report = match depth {
        Depth::Check => tree.check().await,
        Depth::Scrub => tree.scrub().await,
    };
    let report = report.map_err(|error| fail(place, &error))?;
    let findings = report.problems.iter().map(problem).collect();
    let (pages, extents) = (report.pages, shown_size(report.extent_bytes));
    let what = format!("{} keys in {pages} pages, {extents} of large values", report.keys);
    Ok(Found { what, findings, can_repair: false })
}

fn problem(problem: &StoreProblem) -> String {
    match problem {
        StoreProblem::Corrupt(corrupt) => corrupt.to_string(),
        StoreProblem::Shared { page } => format!("two things lie on page {page}"),
        StoreProblem::Unmarked { page } => format!("page {page} is used and counts as free"),
        StoreProblem::Leaked { page } => format!("page {page} is lost, which does no harm"),
        StoreProblem::Unordered { page } => format!("the keys of page {page} are not in order"),
    }
}

/// Checks a table; repairing writes both copies of a GPT anew.
async fn table(place: &Place, disk: &Disk, is_repair: bool) -> Result<Found, Problem> {
    let table = Table::read(disk).await.map_err(|error| fail(place, &error))?;
    if is_repair && !table.warnings.is_empty() {
        table.write(disk).await.map_err(|error| fail(place, &error))?;
    }
    let what = count(table.entries.len(), "partition");
    let findings = table.warnings.iter().map(ToString::to_string).collect();
    Ok(Found { what, findings, can_repair: true })
}

async fn encrypted(place: &Place, disk: &Disk) -> Result<Found, Problem> {
    let volume = Encrypted::look(&disk).await.map_err(|error| fail(place, &error))?;
    let finding = "one copy of the header is damaged; adding a passphrase writes both anew";
    let findings = volume.is_damaged.then(|| finding.to_owned()).into_iter().collect();
    let what = format!("{} passphrases", volume.passphrases);
    Ok(Found { what, findings, can_repair: false })
}

/// Reads all sectors, and checks what is on them.
pub(crate) async fn scrub(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let place = Place::of(matches)?;
    let part = stack::part(&place, Access::Read, Some(voice)).await?;
    let geometry = part.geometry();
    let step = u64::from((CHUNK_BYTES / geometry.sector_bytes).max(1));
    let mut copying = voice.copying(format!("reading {place}"), geometry.size_bytes());
    let mut bad = Vec::new();
    let mut first = 0;
    while first < geometry.sector_count {
        let count = u32::try_from(step.min(geometry.sector_count - first)).unwrap_or(1);
        match part.read(first, count).await {
            Ok(data) => copying.advance(data.len() as u64),
            Err(_) => bad_sectors(&part, first, count, &mut bad).await,
        }
        first += u64::from(count);
    }
    copying.finish();
    drop(part);
    let size = shown_size(geometry.size_bytes());
    if bad.is_empty() {
        voice.result(
            &format!("{place}: {size} can be read\n"),
            &json!({ "reason": "scrubbed", "image": place.file, "bad_sectors": bad }),
        );
        return contents(matches, voice).await;
    }
    let shown: Vec<_> = bad.iter().take(10).map(u64::to_string).collect();
    let problem = Problem::new(format!("{} sectors of `{place}` cannot be read", bad.len()));
    Err(problem
        .note(format!("the first are: {}", shown.join(", ")))
        .help("copy what can be read to another disk"))
}

/// Checks the contents of a store, which knows what each was.
async fn contents(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let (place, disk) = stack::open(matches, Access::Read, None).await?;
    match Kind::of(&disk).await.map_err(|error| fail(&place, &error))? {
        Kind::Tree => {
            let found = tree(&place, disk, Depth::Scrub).await?;
            report(&place, found, false, voice)
        }
        _ => Ok(()),
    }
}

/// Reads sectors one by one, to find the bad ones.
async fn bad_sectors(part: &stack::Part, first: u64, count: u32, bad: &mut Vec<u64>) {
    for sector in first..first + u64::from(count) {
        if part.read(sector, 1).await.is_err() {
            bad.push(sector);
        }
    }
}
