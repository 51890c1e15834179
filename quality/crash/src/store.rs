//! The stores, each with its mutants.

use std::rc::Rc;

use sarab_crash::{
    Bounds, Disk, Failure, Fault, Subject,
    ledger::{Flaw, LedgerSubject},
};
use sarab_disk::Cache;
use sarab_fat::Width;
use sarab_key::Size;
use sarab_tree::Discard;

use crate::{
    mutant,
    runner::{OnDisk, Report, Runner},
    subject::{
        fat::{FatVolume, Mistake},
        files::FilesSubject,
        layer::{Layer, LayerSubject},
        tree::TreeSubject,
        treefs::TreeVolume,
    },
};

/// A store that is tested.
pub(crate) struct Store {
    /// Its name.
    pub(crate) name: &'static str,
    /// Makes it.
    pub(crate) make: Make,
    /// The same store with one mistake each.
    pub(crate) mutants: Vec<Mutant>,
}

/// A store with a mistake.
pub(crate) struct Mutant {
    /// What the mistake is.
    pub(crate) name: String,
    /// Whether it is the disk that goes wrong.
    pub(crate) is_of_disk: bool,
    /// Makes it.
    pub(crate) make: Make,
}

/// Makes a store on a disk of its own, once per thread.
pub(crate) type Make = Box<dyn Fn() -> Result<Box<dyn Runner>, Report> + Sync>;

/// Returns all stores.
pub(crate) fn all() -> Vec<Store> {
    vec![
        ledger(),
        layer::<Cached>(),
        treefs(),
        fat("fat12", Width::Fat12, 512),
        tree("tree", 512, 64, Discard::Keep),
        tree("tree4k", 4096, 80, Discard::Tell),
        fat("fat16", Width::Fat16, 4400),
        fat32(),
    ]
}

/// The transactional store.
fn tree(name: &'static str, sector_bytes: u32, pages: u64, discard: Discard) -> Store {
    let subject = move || TreeSubject { name, sector_bytes, pages, discard };
    let mutants = lied_to(subject, mutant::lies_after_mounting());
    Store { name, make: make(subject, Bounds::default(), Vec::new()), mutants }
}

/// Files in the transactional store.
fn treefs() -> Store {
    let subject = || FilesSubject(TreeVolume { pages: 96 });
    let mutants = lied_to(subject, mutant::lies_after_mounting());
    Store { name: "treefs", make: make(subject, Bounds::default(), Vec::new()), mutants }
}

/// A FAT volume of that width, on so many sectors.
fn fat(name: &'static str, width: Width, sectors: u64) -> Store {
    let volume = move |mistake| FilesSubject(FatVolume { name, width, sectors, mistake });
    let subject = move || volume(Mistake::None);
    let mut mutants = lied_to(subject, mutant::lies());
    if width == Width::Fat12 {
        // Mistakes of renaming have nothing to do with the width.
        let mistakes = [Mistake::ReplacesInPlace, Mistake::RemovesTooEarly];
        let flawed = |mistake| flawed(format!("{mistake:?}"), move || volume(mistake));
        mutants.extend(mistakes.map(flawed));
    }
    Store { name, make: make(subject, Bounds::default(), Vec::new()), mutants }
}

/// A FAT32 volume, which has so many clusters at least that each state takes long:
/// less is looked at in each workload, and the disk tells fewer lies.
fn fat32() -> Store {
    let with = |mistake| {
        FilesSubject(FatVolume { name: "fat32", width: Width::Fat32, sectors: 67_000, mistake })
    };
    let subject = move || with(Mistake::None);
    let mut mutants = lied_to(subject, mutant::great_lies());
    let mistake = Mistake::ForgetsMark;
    mutants.push(flawed(format!("{mistake:?}"), move || with(mistake)));
    let bounds = Bounds { states_max: 400, ..Bounds::default() };
    Store { name: "fat32", make: make(subject, bounds, Vec::new()), mutants }
}

/// A disk over a disk.
fn layer<L: Layer + 'static>() -> Store {
    let mutants = lied_to(LayerSubject::<L>::new, mutant::lies());
    Store {
        name: L::NAME,
        make: make(LayerSubject::<L>::new, Bounds::default(), Vec::new()),
        mutants,
    }
}

/// The write-back cache, with less memory than the disk has.
struct Cached;

impl Layer for Cached {
    type Over = Cache<Rc<Disk>>;
    const NAME: &'static str = "cache";
    const IS_CHECKED: bool = false;

    async fn open(disk: Rc<Disk>) -> Result<Self::Over, Failure> {
        Ok(Cache::new(disk, Size::from_bytes(0)))
    }
}

/// The small store that the test-bed is tried on.
fn ledger() -> Store {
    let mut mutants = lied_to(|| LedgerSubject(Flaw::None), mutant::lies());
    mutants.extend(Flaw::ALL.map(|flaw| flawed(format!("{flaw:?}"), move || LedgerSubject(flaw))));
    Store {
        name: "ledger",
        make: make(|| LedgerSubject(Flaw::None), Bounds::default(), Vec::new()),
        mutants,
    }
}

/// Returns a store with a mistake of its own.
fn flawed<S: Subject + 'static>(name: String, subject: impl Fn() -> S + Sync + 'static) -> Mutant {
    Mutant { name, is_of_disk: false, make: make(subject, Bounds::brief(), Vec::new()) }
}

/// Returns a store on each disk that lies in one of these ways.
fn lied_to<S: Subject + 'static>(
    subject: impl Fn() -> S + Copy + Sync + 'static,
    lies: Vec<Fault>,
) -> Vec<Mutant> {
    let mutant = |lie: Fault| Mutant {
        name: lie.to_string(),
        is_of_disk: true,
        make: make(subject, Bounds::brief(), vec![lie]),
    };
    lies.into_iter().map(mutant).collect()
}

fn make<S: Subject + 'static>(
    subject: impl Fn() -> S + Sync + 'static,
    bounds: Bounds,
    faults: Vec<Fault>,
) -> Make {
    Box::new(move || Ok(Box::new(OnDisk::new(subject(), bounds, &faults)?)))
}
