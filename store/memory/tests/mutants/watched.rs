//! Middleware around stores.

use std::{cell::Cell, rc::Rc, time::Duration};

use sarab_device::{
    Block, Bytes, Error, ErrorKind, File, Fs, Kv, KvRead, Open, check,
    middleware::{Fault, Harm, Observer, Operation, Outcome, Record, Trace, Verb, Watched, When},
};
use sarab_memory::{RamDisk, RamFs, RamKv};

use super::run;

fn disk() -> RamDisk {
    RamDisk::new(512, 100).unwrap()
}

fn sector(byte: u8) -> Bytes {
    vec![byte; 512].into()
}

#[test]
fn a_watched_store_keeps_its_promises() {
    let record = Rc::new(Record::new(10));
    let trace = Trace::new("ram", || Duration::ZERO);
    assert_eq!(run(check::block(&Watched::new(disk(), &*record))), Ok(()));
    assert_eq!(run(check::kv(&Watched::new(RamKv::new(), trace))), Ok(()));
    assert_eq!(run(check::fs(&Watched::new(RamFs::new(), Rc::clone(&record)))), Ok(()));
    assert_eq!(record.operations().len(), 10);
}

#[test]
fn a_fault_fails_the_nth_operation_of_its_kind_and_no_other() {
    let fault = Fault::new(1).on(Verb::Write, When::Nth(2), Harm::Fail(ErrorKind::NoSpace));
    let disk = Watched::new(disk(), fault);
    run(disk.write(0, sector(1))).unwrap();
    let error = run(disk.write(0, sector(2))).unwrap_err();
    assert_eq!(Error::kind(&error), ErrorKind::NoSpace);
    assert_eq!(error.to_string(), "write was made to fail with NoSpace");
    assert_eq!(run(disk.read(0, 1)).unwrap(), sector(1));
    run(disk.write(0, sector(3))).unwrap();
    assert_eq!(disk.observer().harmed(), 1);
}

#[test]
fn a_fault_fails_every_nth_operation() {
    let fault = Fault::new(1).on(Verb::Get, When::Every(3), Harm::Fail(ErrorKind::Failed));
    let store = Watched::new(RamKv::new(), fault);
    let failed: Vec<bool> = (0..7).map(|_| run(store.get("a")).is_err()).collect();
    assert_eq!(failed, [false, false, true, false, false, true, false]);
}

#[test]
fn a_flush_that_fails_for_ever_keeps_the_promise_and_one_that_fails_once_breaks_it() {
    let fail = Harm::Fail(ErrorKind::Failed);
    let for_ever = Fault::new(1).on(Verb::Flush, When::From(1), fail).on(
        Verb::WriteThrough,
        When::From(1),
        fail,
    );
    let disk_that_stays = Watched::new(disk(), for_ever);
    assert!(run(disk_that_stays.flush()).is_err());
    assert_eq!(run(check::block_after_failed_flush(&disk_that_stays)), Ok(()));
    disk_that_stays.observer().heal();
    assert!(run(disk_that_stays.flush()).is_ok());

    let once = Watched::new(disk(), Fault::new(1).on(Verb::Flush, When::Nth(1), fail));
    assert!(run(once.flush()).is_err());
    let violation = run(check::block_after_failed_flush(&once)).unwrap_err();
    assert_eq!(
        violation.promise(),
        "after a failed flush every later flush and write-through fails"
    );
}

#[test]
fn a_fault_loses_doubles_and_corrupts_what_is_written() {
    let fault = Fault::new(1)
        .on(Verb::Write, When::Nth(1), Harm::Lose)
        .on(Verb::Write, When::Nth(2), Harm::Corrupt { bit: 8 * 512 + 9 })
        .on(Verb::Write, When::Nth(3), Harm::Double);
    let disk = Watched::new(Watched::new(disk(), Record::new(9)), fault);
    run(disk.write(0, sector(7))).unwrap();
    assert_eq!(run(disk.read(0, 1)).unwrap(), sector(0));
    run(disk.write(0, sector(7))).unwrap();
    assert_eq!(run(disk.read(0, 1)).unwrap()[..3], [7, 5, 7]);
    run(disk.write(0, sector(8))).unwrap();
    let reached: Vec<String> =
        disk.into_inner().observer().operations().iter().map(ToString::to_string).collect();
    let (read, write) = ("read 0, 512 bytes", "write 0, 512 bytes");
    assert_eq!(reached, [read, write, read, write, write]);
}

#[test]
fn a_fault_corrupts_what_is_read_and_leaves_the_store_alone() {
    let fault = Fault::new(1).on(Verb::Get, When::Nth(1), Harm::Corrupt { bit: 0 });
    let store = Watched::new(RamKv::new(), fault);
    run(store.set("a", Bytes::from_static(b"a"))).unwrap();
    assert_eq!(run(store.get("a")).unwrap().unwrap(), "`");
    assert_eq!(run(store.get("a")).unwrap().unwrap(), "a");
}

#[test]
fn a_rate_is_drawn_from_the_seed() {
    let harmed = |seed| {
        let rate = When::Rate { per_million: 100_000 };
        let fault = Fault::new(seed).on(Verb::Get, rate, Harm::Fail(ErrorKind::Failed));
        let store = Watched::new(RamKv::new(), fault);
        (0..1000).filter(|_| run(store.get("a")).is_err()).collect::<Vec<i32>>()
    };
    assert_eq!(harmed(1), harmed(1));
    assert_ne!(harmed(1), harmed(2));
    assert!((60..140).contains(&harmed(1).len()), "{} of 1000", harmed(1).len());
}

#[test]
fn a_file_is_watched_by_the_observer_of_its_file_system() {
    let record = Rc::new(Record::new(9));
    let fs = Watched::new(RamFs::new(), Rc::clone(&record));
    let file = run(fs.open("a", Open::New)).unwrap();
    run(file.write_at(3, Bytes::from_static(b"text"))).unwrap();
    run(fs.open("b", Open::Read)).map(drop).unwrap_err();
    let seen: Vec<String> = record.operations().iter().map(ToString::to_string).collect();
    assert_eq!(
        seen,
        [
            "open \"a\", 0 bytes",
            "write 3, 4 bytes",
            "open \"b\", 0 bytes, failed: `b` is not there"
        ]
    );
}

#[test]
fn a_record_forgets_the_oldest_first() {
    let store = Watched::new(RamKv::new(), Record::new(2));
    for key in ["a", "b", "c"] {
        run(store.get(key)).unwrap();
    }
    let seen: Vec<String> =
        store.observer().operations().into_iter().map(|seen| seen.subject).collect();
    assert_eq!(seen, ["\"b\"", "\"c\""]);
    assert_eq!(run(Watched::new(RamKv::new(), Record::new(0)).get("a")), Ok(None));
}

#[test]
fn an_observer_is_told_when_an_operation_began() {
    #[derive(Default)]
    struct Clock(Cell<u64>, Cell<Duration>);

    impl Observer for Clock {
        fn now(&self) -> Duration {
            Duration::from_secs(self.0.replace(self.0.get() + 1))
        }

        fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
            assert!(matches!(outcome, Outcome::Done { data: [] }));
            self.1.set(self.now().saturating_sub(operation.began));
        }
    }

    let store = Watched::new(RamKv::new(), Clock::default());
    run(store.sync()).unwrap();
    assert_eq!(store.observer().1.get(), Duration::from_secs(1));
}
