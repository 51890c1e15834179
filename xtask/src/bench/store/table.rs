//! The table of the stores: a line for each figure, a column for each engine.

use anstyle::Style;

use super::Figures;

/// A line of the table.
struct Line {
    name: &'static str,
    /// Computes it from the figures of an engine; `None` where that has not what it takes.
    of: fn(&Figures) -> Option<f64>,
    better: Better,
    /// What `tree` is to reach, with a million pairs.
    aim: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    Less,
    More,
}

use Better::{Less, More};

const LINES: [Line; 25] = [
    line("load sorted, ms", |it| millis(it, "load-sorted.wall"), Less, Some(500.0)),
    line("load sorted, cpu us/pair", |it| cpu(it, "load-sorted"), Less, None),
    line("load random, ms", |it| millis(it, "load-random.wall"), Less, Some(2000.0)),
    line("load random, cpu us/pair", |it| cpu(it, "load-random"), Less, None),
    line("get, first time, us", |it| wall(it, "get-cold"), Less, None),
    line("get, warm, us", |it| wall(it, "get-warm"), Less, Some(1.3)),
    line("get, warm, cpu us", |it| cpu(it, "get-warm"), Less, None),
    line("scan of all, ms", |it| millis(it, "scan.wall"), Less, Some(80.0)),
    line("100k ranges of 10, ms", |it| millis(it, "ranges.wall"), Less, Some(220.0)),
    line("commits/s, 1 client", |it| rate(it, "commits-1"), More, Some(4200.0)),
    line("  p50, us", |it| Some(it.get("commit-p50")? / 1e3), Less, None),
    line("  p99, us", |it| Some(it.get("commit-p99")? / 1e3), Less, None),
    line("  the floor's p50, us", |it| Some(floor(it)? / 1e3), Less, None),
    line("  p50 to the floor's", |it| Some(it.get("commit-p50")? / floor(it)?), Less, Some(1.1)),
    line("  cpu us/commit", |it| cpu(it, "commits-1"), Less, Some(40.0)),
    line("commits/s, 32 clients", |it| rate(it, "commits-32"), More, Some(60_000.0)),
    line("  p50, us", |it| Some(it.get("together-p50")? / 1e3), Less, None),
    line("  cpu us/commit", |it| cpu(it, "commits-32"), Less, None),
    line("batches of 1000, pairs/s", |it| rate(it, "batches"), More, Some(150_000.0)),
    line("  cpu us/pair", |it| cpu(it, "batches"), Less, None),
    line("size, sorted load, MB", |it| megabytes(it, "size-sorted"), Less, None),
    line("size, random load, MB", |it| megabytes(it, "size-random"), Less, Some(140.0)),
    line("size at the end, MB", |it| megabytes(it, "size-end"), Less, None),
    line("memory at its peak, MB", |it| megabytes(it, "peak-memory"), Less, None),
    line("open again, ms", |it| millis(it, "open.wall"), Less, None),
];

const fn line(
    name: &'static str,
    of: fn(&Figures) -> Option<f64>,
    better: Better,
    aim: Option<f64>,
) -> Line {
    Line { name, of, better, aim }
}

fn millis(figures: &Figures, name: &str) -> Option<f64> {
    Some(figures.get(name)? / 1e6)
}

fn megabytes(figures: &Figures, name: &str) -> Option<f64> {
    Some(figures.get(name)? / 1e6)
}

fn wall(figures: &Figures, phase: &str) -> Option<f64> {
    each(figures, phase, "wall")
}

fn cpu(figures: &Figures, phase: &str) -> Option<f64> {
    each(figures, phase, "cpu")
}

/// Returns microseconds for each of what was done in a phase.
fn each(figures: &Figures, phase: &str, clock: &str) -> Option<f64> {
    let count = figures.get(&format!("{phase}.count"))?;
    Some(figures.get(&format!("{phase}.{clock}"))? / 1e3 / count)
}

fn rate(figures: &Figures, phase: &str) -> Option<f64> {
    Some(1e6 / wall(figures, phase)?)
}

/// Returns the median of one write and one flush, taken before and after the commits.
fn floor(figures: &Figures) -> Option<f64> {
    Some(f64::midpoint(*figures.get("floor-before")?, *figures.get("floor-after")?))
}

/// Whose aims are printed.
const OURS: &str = "tree";

/// Prints all lines. Aims are for a million pairs, so fewer are not compared with them.
pub(super) fn print(engines: &[&str], figures: &[Figures], items: u32, rounds: u32) {
    let bold = Style::new().bold();
    let ours = engines.iter().position(|name| *name == OURS).filter(|_| items == 1_000_000);
    anstream::print!("\n{bold}{:<26}", format!("{items} x 16 + 100 bytes"));
    for engine in engines {
        anstream::print!(" {engine:>8} {:>6}", "ratio");
    }
    anstream::println!("  {}{bold:#}", ours.map_or("", |_| "aim for tree"));
    for line in &LINES {
        let values: Vec<Option<f64>> = figures.iter().map(line.of).collect();
        anstream::print!("{:<26}", line.name);
        let best = best(&values, line.better);
        for value in &values {
            anstream::print!(" {:>8} {:>6}", number(*value), ratio(*value, best));
        }
        let verdict = ours.and_then(|ours| verdict(line, values[ours]?));
        anstream::println!("  {}", verdict.unwrap_or_default());
    }
    anstream::println!("\nmedians of {rounds} rounds; ratio: to the best of the line.{NOTES}");
}

fn best(values: &[Option<f64>], better: Better) -> Option<f64> {
    let known = values.iter().flatten().copied();
    if better == Less { known.reduce(f64::min) } else { known.reduce(f64::max) }
}

fn ratio(value: Option<f64>, best: Option<f64>) -> String {
    let ratio = value.zip(best).map(|(value, best)| value / best);
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

/// Writes a number with as many digits as it is worth.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// Says whether an aim is reached.
fn verdict(line: &Line, value: f64) -> Option<String> {
    let aim = line.aim?;
    let (sign, is_reached) =
        if line.better == Less { ("<=", value <= aim) } else { (">=", value >= aim) };
    let word = if is_reached { "reached" } else { "not reached" };
    Some(format!("{sign} {}: {word}", number(Some(aim))))
}

/// What the figures mean, printed below them.
const NOTES: &str = "
Every commit survives a crash of the host: LMDB, redb: as they are; fjall: SyncData; SQLite: WAL,
synchronous=FULL, one connection; canopydb: sync(); tree: commit, on the disk of `unix`, which is a file
with all its bytes written before. Each may keep 1 GiB in memory; LMDB maps its file, which counts as
memory. A load is one transaction with its checkpoint, fjall's 100 and a sync.
floor: 4 KiB written at random into a file that is there, and fdatasync, right before and after.
cpu: all threads, user and system. size: what the files take of the disk after a close; of tree the pages
in use, its log of 32 MiB among them.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_depends_on_what_is_better() {
        let values = [Some(3.0), None, Some(5.0)];
        assert_eq!(number(best(&values, Less)), "3.00");
        assert_eq!(number(best(&values, More)), "5.00");
        assert_eq!(ratio(Some(6.0), Some(3.0)), "2.00");
        assert_eq!(ratio(None, Some(3.0)), "");
    }

    #[test]
    fn an_aim_is_reached_or_not() {
        let get = line("get", |_| None, Less, Some(1.3));
        assert_eq!(verdict(&get, 1.2).as_deref(), Some("<= 1.30: reached"));
        let commits = line("commits", |_| None, More, Some(4200.0));
        assert_eq!(verdict(&commits, 4000.0).as_deref(), Some(">= 4200: not reached"));
        assert_eq!(verdict(&line("p99", |_| None, Less, None), 1.0), None);
    }
}
