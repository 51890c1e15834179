//! Two tasks at once, whose futures are dropped at any time: an acknowledged `sync` is one, whatever was
//! given up before it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashSet},
    pin::pin,
    rc::Rc,
    task::Waker,
};

use embassy_futures::block_on;
use sarab_crash::{Disk, Image, Random, Replay, Sampling, Task, give_up};
use sarab_device::{Bytes, Error, ErrorKind, File, Fs, Open};
use sarab_fat::{Fat, FatError, FatFile};

use crate::{SHAPES, formatted, judge::mount};

/// Times that both tasks run to their end, each time followed by a `sync`.
const ROUNDS: usize = 3;
/// Requests of a task in a round.
const REQUESTS: usize = 7;
/// Requests to the disk that may overtake one.
const SPREAD: u64 = 5;
/// The most polls after which a request is given up.
const POLLS_MAX: u64 = 10;

type Files = BTreeMap<String, Vec<u8>>;
/// What the tasks share.
struct Shared {
    fat: Fat<Rc<Disk>>,
    random: RefCell<Random>,
    open: RefCell<Vec<FatFile<Rc<Disk>>>>,
    /// What is not as it was at the last `sync`, perhaps.
    touched: RefCell<BTreeSet<String>>,
    given_up: Cell<usize>,
}

/// What must be there after a round, and what the round may have changed.
struct Round {
    files: Files,
    touched: BTreeSet<String>,
}

impl Shared {
    fn below(&self, end: u64) -> u64 {
        self.random.borrow_mut().below(end)
    }

    fn path(&self) -> String {
        let folder = ["", "D/"][usize::from(self.below(2) == 0)];
        let path = match self.below(3) {
            0 => format!("{folder}{} {}", "name of six ".repeat(5), self.below(3)),
            _ => format!("{folder}F{}", self.below(5)),
        };
        self.touched.borrow_mut().insert(path.clone());
        path
    }

    fn bytes(&self) -> Bytes {
        let byte = u8::try_from(self.below(255)).unwrap() + 1;
        vec![byte; usize::try_from(self.below(2500)).unwrap()].into()
    }

    async fn requests(&self) {
        for _ in 0..REQUESTS {
            let polls = if self.below(3) == 0 { u64::MAX } else { 1 + self.below(POLLS_MAX) };
            match give_up(polls, self.request()).await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    let kind = error.kind();
                    assert!(
                        matches!(kind, ErrorKind::NotFound | ErrorKind::AlreadyExists),
                        "{error}"
                    );
                }
                None => self.given_up.set(self.given_up.get() + 1),
            }
        }
    }

    async fn request(&self) -> Result<(), FatError<sarab_crash::DiskError>> {
        match self.below(14) {
            0..4 => {
                let file = self.fat.open(&self.path(), Open::Create).await?;
                file.write_at(self.below(1500), self.bytes()).await?;
                self.open.borrow_mut().push(file);
            }
            4 => {
                let file = self.fat.open(&self.path(), Open::Existing).await?;
                file.set_size(self.below(2500)).await?;
            }
            5..7 => self.fat.remove(&self.path()).await?,
            7..9 => self.fat.rename(&self.path(), &self.path()).await?,
            9 => self.fat.open(&self.path(), Open::Read).await?.sync().await?,
            10 => self.fat.sync().await?,
            11 => {
                let file = self.fat.open(&self.path(), Open::Read).await?;
                file.read_at(0, 4000).await?;
            }
            _ => drop(self.open.borrow_mut().pop()),
        }
        Ok(())
    }
}

/// Polls tasks until all are done, one that was woken at a time.
fn run(mut tasks: Vec<Task<'_, ()>>, random: &mut Random) {
    while !tasks.is_empty() {
        let woken: Vec<_> = (0..tasks.len()).filter(|at| tasks[*at].is_woken()).collect();
        assert!(!woken.is_empty(), "nobody is woken");
        let at = *random.pick(&woken);
        if tasks[at].poll(Waker::noop()).is_ready() {
            drop(tasks.remove(at));
        }
    }
}

/// Runs the rounds of a seed, and returns what must be there after each, and how much was given up.
fn rounds(disk: &Rc<Disk>, seed: u64) -> (Vec<Round>, usize) {
    let fat = block_on(Fat::mount_with(Rc::clone(disk), || None)).unwrap();
    block_on(fat.create_folder("D")).unwrap();
    block_on(fat.sync()).unwrap();
    let shared = Shared {
        fat,
        random: RefCell::new(Random::new(seed)),
        open: RefCell::default(),
        touched: RefCell::default(),
        given_up: Cell::new(0),
    };
    let mut random = Random::new(seed ^ 1);
    let mut rounds = vec![Round { files: Files::new(), touched: BTreeSet::new() }];
    for number in 1..=ROUNDS {
        disk.attempted(number);
        run(vec![Task::new(shared.requests()), Task::new(shared.requests())], &mut random);
        block_on(shared.fat.sync()).unwrap();
        disk.acknowledged(number);
        let files = block_on(crate::judge::all(&shared.fat));
        rounds.push(Round { files, touched: shared.touched.take() });
    }
    shared.open.borrow_mut().clear();
    block_on(shared.fat.sync()).unwrap();
    (rounds, shared.given_up.get())
}

/// Runs a seed and judges all that a crash can leave; returns how many states, and how many
/// requests were given up.
fn crash(shape: usize, seed: u64) -> (usize, usize) {
    let (width, sectors) = SHAPES[shape];
    let blank = formatted(width, sectors);
    let disk = Rc::new(Disk::new(blank.clone()).with_delays(SPREAD, seed));
    let (rounds, given_up) = rounds(&disk, seed);
    let trace = disk.trace().clone();
    let mut replay = Replay::new(blank, &trace);
    let sampling = Sampling { exhaustive_max: 16, random: 4, regular_max: 3 };
    let mut random = Random::new(seed);
    let mut judged = HashSet::new();
    while replay.step() {
        let progress = replay.progress();
        let place = format!("{width}, seed {seed}, event {}", replay.place());
        let later = &rounds[progress.acknowledged + 1..=progress.attempted];
        let touched: BTreeSet<_> = later.iter().flat_map(|round| &round.touched).collect();
        replay.states(&sampling, &mut random, &mut |state| {
            if judged.insert((state.digest(), progress)) {
                let files = &rounds[progress.acknowledged].files;
                judge(&state.image(), files, &touched, &format!("{place}: {state}"));
            }
        });
    }
    let report = block_on(Fat::check(&Rc::new(Disk::new(disk.image())))).unwrap();
    assert!(report.is_clean(), "{width}, seed {seed}: {:?} at the end", report.findings);
    (judged.len(), given_up)
}

fn judge(image: &Image, files: &Files, touched: &BTreeSet<&String>, place: &str) {
    let disk = Rc::new(Disk::new(image.clone()));
    let report = block_on(Fat::check(&disk)).unwrap();
    assert!(report.is_harmless(), "{place}: {:?}", report.findings);
    let found = mount(image).1;
    for (path, data) in files.iter().filter(|(path, _)| !touched.contains(path)) {
        let is_there = found.get(path).is_some_and(|found| found == data);
        assert!(is_there, "{place}: `{path}` is not as it was at the last sync");
    }
}

#[test]
fn what_two_tasks_synced_is_there_whatever_they_gave_up() {
    let (mut states, mut given_up) = (0, 0);
    for shape in 0..SHAPES.len() {
        for seed in 1..=9 {
            let (more, dropped) = crash(shape, seed);
            (states, given_up) = (states + more, given_up + dropped);
        }
    }
    println!("{states} states, {given_up} requests given up");
    assert!(states > 1000 && given_up > 100, "{states} {given_up}");
}

#[test]
fn a_sync_after_one_that_was_given_up_still_flushes_what_was_written_in_place() {
    let (width, sectors) = SHAPES[1];
    let blank = formatted(width, sectors);
    for polls in 0..30 {
        let disk = Rc::new(Disk::new(blank.clone()).with_delays(SPREAD, polls));
        let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
        block_on(async {
            let file = fat.open("A", Open::New).await.unwrap();
            file.write_at(0, vec![1; 512].into()).await.unwrap();
            fat.sync().await.unwrap();
            file.write_at(0, vec![2; 512].into()).await.unwrap();
            give_up(1 + polls, file.sync()).await.map(Result::unwrap);
            file.sync().await.unwrap();
        });
        disk.acknowledged(1);
        let trace = disk.trace().clone();
        let mut replay = Replay::new(blank.clone(), &trace);
        while replay.step() {}
        replay.states(&Sampling::default(), &mut Random::new(1), &mut |state| {
            let found = mount(&state.image()).1;
            assert!(found["A"] == [2; 512], "after {polls} polls");
        });
    }
}

#[test]
fn a_file_that_is_opened_while_another_takes_its_place_keeps_what_it_holds() {
    let (width, sectors) = SHAPES[1];
    for polls in 0..60 {
        let disk = Rc::new(Disk::new(formatted(width, sectors)).with_delays(SPREAD, polls));
        let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
        block_on(async {
            for (path, byte) in [("FOLDER/NEW", 2), ("OLD", 1)] {
                let _ = fat.create_folder("FOLDER").await;
                let file = fat.open(path, Open::New).await.unwrap();
                file.write_at(0, vec![byte; 1500].into()).await.unwrap();
            }
            fat.sync().await.unwrap();
            drop(fat.open("OTHER", Open::New).await.unwrap()); // the move has something to write first
            let mut rename = pin!(fat.rename("FOLDER/NEW", "OLD"));
            let is_done = give_up(1 + polls, rename.as_mut()).await.is_some();
            let open = fat.open("OLD", Open::Existing).await.unwrap();
            if !is_done {
                rename.await.unwrap();
            }
            let read = open.read_at(0, 4000).await.unwrap();
            assert!([[1; 1500], [2; 1500]].contains(&read[..].try_into().unwrap()), "{polls}");
            open.write_at(0, vec![3; 700].into()).await.unwrap();
            drop(open);
            fat.sync().await.unwrap();
        });
        let report = block_on(Fat::check(&Rc::new(Disk::new(disk.image())))).unwrap();
        assert!(report.is_clean(), "after {polls} polls: {:?}", report.findings);
        let found = &mount(&disk.image()).1["OLD"];
        assert!(found[700..] == [2; 800], "after {polls} polls");
    }
}

#[test]
fn a_write_that_needs_no_cluster_does_not_wait_for_a_sync() {
    let (width, sectors) = SHAPES[1];
    let disk = Rc::new(Disk::new(formatted(width, sectors)).with_delays(SPREAD, 1));
    let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
    block_on(async {
        let file = fat.open("A", Open::New).await.unwrap();
        file.write_at(0, vec![1; 100].into()).await.unwrap();
        let mut sync = pin!(fat.sync());
        assert!(give_up(1, sync.as_mut()).await.is_none());
        assert_eq!(give_up(1000, file.write_at(100, vec![2; 300].into())).await, Some(Ok(())));
        sync.await.unwrap();
        fat.sync().await.unwrap();
    });
    assert_eq!(mount(&disk.image()).1["A"][100..], [2; 300]);
}
