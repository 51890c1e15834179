//! FAT libraries beside each other: many small files and a large one, made and read back.
//!
//! Each has a process of its own, and a volume that `mkfs.fat` has just made. Rounds go through all in turn; what
//! is printed are medians. Processor time is that of the process, its system calls included.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anstyle::Style;

use super::{
    Extent,
    image::{self, Need, folder},
    store::{Figures, median, parse},
};
use crate::{Done, fetch, report};

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[Need::FatLibraries];

/// Programs that are measured or prepare it.
const PROGRAMS: [(&str, &str); 2] = [("mkfs.fat", "dosfstools"), ("mcopy", "mtools")];

/// A library that is measured.
struct Library {
    /// What the measuring program calls it.
    word: &'static str,
    /// What people call it.
    name: &'static str,
    /// The most small files that it is given: where the time for each grows with their number, ten
    /// thousand take half an hour.
    count_max: u32,
}

const LIBRARIES: [Library; 3] = [
    Library { word: "sarab", name: "sarab-fat", count_max: u32::MAX },
    Library { word: "hadris", name: "hadris-fat", count_max: 1000 },
    Library { word: "fatfs", name: "fatfs", count_max: 1000 },
];

/// What is measured, as it is printed: the time for one.
const PHASES: [(&str, &str); 4] = [
    ("small-make", "make a small file"),
    ("small-read", "read it"),
    ("large-make", "make a large file"),
    ("large-read", "read it"),
];

/// Seconds that one of them may take.
const SECONDS_MAX: &str = "600";
/// Bytes of the volume.
const VOLUME_BYTES: u64 = 512 << 20;

/// How much is written.
#[derive(Clone, Copy)]
struct Load {
    count: u32,
    mebibytes: usize,
}

/// Measures all and prints the table.
pub(super) fn measure(root: &Path, extent: Extent) -> Done {
    fetch::programs(&PROGRAMS)?;
    let place = folder(root).join("fat");
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let (load, rounds) = if extent.is_quick {
        (Load { count: 1000, mebibytes: 10 }, 1)
    } else {
        (Load { count: 10_000, mebibytes: 100 }, 3)
    };
    let sources = Sources::write(&place, load)?;
    let mut taken = vec![Vec::new(); LIBRARIES.len() + 1];
    for round in 1..=rounds {
        report::step(&format!("measuring FAT, round {round} of {rounds}"));
        for (library, runs) in LIBRARIES.iter().zip(&mut taken) {
            let count = load.count.min(library.count_max);
            runs.push(run(root, &image(&place)?, library.word, Load { count, ..load })?);
        }
        taken[LIBRARIES.len()].push(sources.mtools(&image(&place)?)?);
    }
    let medians: Vec<Figures> = taken.iter().map(|runs| median(runs)).collect();
    let _ = fs::remove_dir_all(&place); // what is left takes room, and no more
    print(&medians, load, rounds);
    Ok(())
}

/// Makes an empty volume.
fn image(place: &Path) -> Result<PathBuf, String> {
    let image = place.join("volume.img");
    let _ = fs::remove_file(&image);
    let file = fs::File::create(&image).and_then(|file| file.set_len(VOLUME_BYTES));
    file.map_err(|error| format!("{}: {error}", image.display()))?;
    succeed(Command::new("mkfs.fat").args(["-F", "32"]).arg(&image))?;
    Ok(image)
}

/// Measures one library once.
fn run(root: &Path, image: &Path, library: &str, load: Load) -> Result<Figures, String> {
    let program = image::fat_libraries(root);
    let output = Command::new("timeout")
        .arg(SECONDS_MAX)
        .args([&program, Path::new(library), image])
        .args([load.count.to_string(), load.mebibytes.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!("measuring {library} ended with {}", output.status));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// Files of the host for mtools, and where it puts what it reads.
struct Sources {
    small: PathBuf,
    large: PathBuf,
    read: PathBuf,
}

impl Sources {
    fn write(place: &Path, load: Load) -> Result<Self, String> {
        let (small, read) = (place.join("small"), place.join("read"));
        let large = place.join("large.bin");
        let written = fs::create_dir_all(&small)
            .and_then(|()| fs::create_dir_all(&read))
            .and_then(|()| fs::write(&large, vec![0xa5; load.mebibytes << 20]))
            .and_then(|()| {
                let name = |number| small.join(format!("{number:05} of many.txt"));
                (0..load.count).try_for_each(|number| fs::write(name(number), [0x5a; 1024]))
            });
        written.map_err(|error| format!("{}: {error}", place.display()))?;
        Ok(Self { small, large, read })
    }

    /// Does with mtools what the libraries do; the files of the host are read and written as well.
    fn mtools(&self, image: &Path) -> Result<Figures, String> {
        let mut figures = Figures::new();
        let copy = || {
            let mut command = Command::new("mcopy");
            command.env("MTOOLS_SKIP_CHECK", "1").args(["-n", "-s", "-i"]).arg(image);
            command
        };
        let mut phase = |name: &str, command: &mut Command| {
            let (begun, before) = (Instant::now(), children_ns()?);
            succeed(command)?;
            if name.ends_with("make") {
                succeed(Command::new("sync").arg("-d").arg(image))?;
            }
            figures.insert(format!("{name}.wall"), begun.elapsed().as_secs_f64() * 1e9);
            figures.insert(format!("{name}.cpu"), children_ns()? - before);
            Ok::<(), String>(())
        };
        phase("small-make", copy().arg(&self.small).arg("::"))?;
        phase("small-read", copy().arg("::small").arg(&self.read))?;
        phase("large-make", copy().arg(&self.large).arg("::"))?;
        phase("large-read", copy().arg("::large.bin").arg(&self.read))?;
        Ok(figures)
    }
}

/// Returns the processor time of the processes that have been waited for (proc(5), fields 16 and
/// 17), in nanoseconds; it is counted in hundredths of a second.
fn children_ns() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(|error| format!("proc: {error}"))?;
    let rest = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = rest.split(' ').skip(13).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() * 1e7)
}

fn succeed(command: &mut Command) -> Done {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {said}"))
}

fn print(medians: &[Figures], load: Load, rounds: u32) {
    let bold = Style::new().bold();
    let names = LIBRARIES.map(|library| library.name).into_iter().chain(["mtools"]);
    let title = format!("{} of 1 KiB, one of {} MiB", load.count, load.mebibytes);
    let head: Vec<String> = names.map(|name| format!("{name:>20}")).collect();
    let head = head.join(" ");
    anstream::println!("\n{bold}{title:<28} {head}{bold:#}");
    for (phase, name) in PHASES {
        for (kind, unit) in [("wall", "wall us"), ("cpu", "cpu us")] {
            let values: Vec<f64> = medians
                .iter()
                .zip(counts(phase, load))
                .map(|(figures, count)| {
                    figures.get(&format!("{phase}.{kind}")).map_or(f64::NAN, |ns| ns / count)
                })
                .collect();
            let cell = |value: &f64| format!("{:>12.1} {:>6.1}x", value / 1e3, value / values[0]);
            let row: Vec<String> = values.iter().map(cell).collect();
            anstream::println!("{:<28} {}", format!("{name}, {unit}"), row.join(" "));
        }
    }
    anstream::println!(
        "\nmedians of {rounds}; x: how much longer than sarab-fat. What writes ends with all on the host's disk. \
        mtools reads and writes files of the host besides. hadris-fat and fatfs have at most 1000 small files: their time \
        for each grows with the folder."
    );
}

/// Returns how many files each of the libraries and mtools has in a phase.
fn counts(phase: &str, load: Load) -> impl Iterator<Item = f64> {
    let most = if phase.starts_with("small") { load.count } else { 1 };
    let maxima = LIBRARIES.iter().map(|library| library.count_max).chain([u32::MAX]);
    maxima.map(move |count_max| f64::from(most.min(count_max)))
}
