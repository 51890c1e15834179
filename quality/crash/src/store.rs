//! The stores, each with its mutants.

use std::rc::Rc;

use sarab_crash::{
    Bounds, Disk, Failure, Fault, Harm, Subject, When,
    ledger::{Flaw, LedgerSubject},
};
use sarab_disk::Cache;
use sarab_fat::Width;
use sarab_key::Size;

use crate::{
    mutant,
    runner::{OnDisk, Report, Runner},
    subject::{
        fat::FatVolume,
        files::FilesSubject,
        layer::{Layer, LayerSubject},
        treefs::TreeFsSubject,
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
        fat("fat12", Width::Fat12, 512),
        fat("fat16", Width::Fat16, 4400),
        treefs(),
    ]
}

/// The file system in the transactional store.
///
/// Its store never writes through, its first flush, when it is mounted, covers nothing new, and it takes more syncs than most
/// workloads have to come to a fourth write.
fn treefs() -> Store {
    let mut lies = mutant::lies();
    lies.retain(|lie| match lie.harm {
        Harm::WeakenThrough => false,
        Harm::HoldWrite => matches!(lie.when, When::Nth(..=3)),
        Harm::LieFlush => lie.when != When::Nth(1),
        _ => true,
    });
    let mutants = lied_to(|| TreeFsSubject, lies);
    Store { name: "treefs", make: make(|| TreeFsSubject, Bounds::default(), Vec::new()), mutants }
}

/// A FAT volume of that width, on so many sectors.
fn fat(name: &'static str, width: Width, sectors: u64) -> Store {
    let subject = move || FilesSubject(FatVolume { name, width, sectors });
    let mutants = lied_to(subject, mutant::lies());
    Store { name, make: make(subject, Bounds::default(), Vec::new()), mutants }
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
    mutants.extend(Flaw::ALL.map(|flaw| Mutant {
        name: format!("{flaw:?}"),
        make: make(move || LedgerSubject(flaw), Bounds::brief(), Vec::new()),
    }));
    Store {
        name: "ledger",
        make: make(|| LedgerSubject(Flaw::None), Bounds::default(), Vec::new()),
        mutants,
    }
}

/// Returns a store on each disk that lies in one of these ways.
fn lied_to<S: Subject + 'static>(
    subject: impl Fn() -> S + Copy + Sync + 'static,
    lies: Vec<Fault>,
) -> Vec<Mutant> {
    let mutant = |lie: Fault| Mutant {
        name: lie.to_string(),
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
