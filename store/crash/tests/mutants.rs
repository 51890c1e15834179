//! The test-bed under test: an honest store passes, and every store with a mistake is caught.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test ends there")]

use sarab_crash::{
    Bounds, Case, Check, Fault, Harm, Origin, Tally, Trial, Violation, When,
    ledger::{Flaw, LedgerSubject, Operation},
};

/// Workloads after which a mistake that nobody found is one of the test-bed.
const CASES: u64 = 140;

type Caught = Option<(Check, Case<Operation>, Violation)>;

/// Runs the small workloads, then random ones, each with crashes and with damage.
fn hunt(
    trial: &Trial<LedgerSubject>,
    faults: &[Fault],
    checks: &[Check],
    tally: &mut Tally,
) -> Caught {
    let origins = (0..84).map(Origin::Small).chain((0..CASES - 84).map(Origin::Swarm));
    for origin in origins {
        let mut case = origin.case(trial.subject());
        case.setup.faults = faults.to_vec();
        for check in checks {
            if let Err(violation) = trial.check(*check, &case, tally) {
                return Some((*check, case, violation));
            }
        }
    }
    None
}

fn trial(flaw: Flaw) -> Trial<LedgerSubject> {
    let bounds = Bounds { faults_max: 20, ..Bounds::default() };
    Trial::new(LedgerSubject(flaw)).unwrap().with_bounds(bounds)
}

const BOTH: [Check; 2] = [Check::Crash, Check::Damage];

#[test]
fn an_honest_store_passes() {
    let mut tally = Tally::default();
    let caught = hunt(&trial(Flaw::None), &[], &BOTH, &mut tally);
    if let Some((check, case, violation)) = caught {
        panic!("{check:?} {}: {:?}: {violation}", case.origin, case.operations);
    }
    assert!(tally.states > 1_000 && tally.nested > 300, "{tally:?}");
    assert!(tally.continued > 20 && tally.faults > 2_000, "{tally:?}");
}

#[test]
fn every_mistake_is_caught() {
    let survivors: Vec<_> = Flaw::ALL
        .into_iter()
        .filter(|flaw| hunt(&trial(*flaw), &[], &BOTH, &mut Tally::default()).is_none())
        .collect();
    assert!(survivors.is_empty(), "nobody found {survivors:?}");
}

#[test]
fn every_lie_of_the_disk_is_caught_as_a_mistake_of_the_store() {
    let lies = [
        (Harm::LieFlush, When::Every(1)),
        (Harm::LieFlush, When::Every(2)),
        (Harm::LieFlush, When::Nth(1)),
        (Harm::LieFlush, When::Nth(2)),
        (Harm::LieFlush, When::Nth(3)),
        (Harm::WeakenThrough, When::Every(1)),
        (Harm::HoldWrite, When::Nth(1)),
        (Harm::HoldWrite, When::Nth(2)),
    ];
    let trial = trial(Flaw::None);
    let survivors: Vec<_> = lies
        .map(|(harm, when)| Fault { harm, when })
        .into_iter()
        .filter(|lie| hunt(&trial, &[*lie], &[Check::Crash], &mut Tally::default()).is_none())
        .collect();
    assert!(survivors.is_empty(), "nobody found {survivors:?}");
}

#[test]
fn a_workload_that_fails_is_made_as_short_as_it_can_be() {
    let trial = trial(Flaw::SplitsOperations);
    let operations = (0..20).map(|nth| match nth {
        13 => Operation::Pair([(0, 1), (1, 2)]),
        _ => Operation::Set(nth % 8, 100 + nth as u64),
    });
    let case = Case { operations: operations.collect(), ..Origin::Small(0).case(trial.subject()) };
    let violation = trial.crash(&case, &mut Tally::default()).unwrap_err();
    let (short, violation) = trial.shrink(Check::Crash, case, violation, || {});
    assert_eq!(short.operations, [Operation::Pair([(0, 1), (1, 2)])]);
    let text = violation.to_string();
    assert!(text.contains("no state after 0 to 1 operations"), "{text}");
    assert!(text.contains("the power failed after event"), "{text}");
}

#[test]
fn a_seed_finds_the_same_again() {
    let look = || {
        let trial = trial(Flaw::None);
        let mut tally = Tally::default();
        for seed in 0..20 {
            trial.crash(&Origin::Swarm(seed).case(trial.subject()), &mut tally).unwrap();
        }
        tally
    };
    assert_eq!(look(), look());
    let case = Origin::Swarm(5).case(&LedgerSubject(Flaw::None));
    assert_eq!(case.operations, Origin::Swarm(5).case(&LedgerSubject(Flaw::None)).operations);
}
