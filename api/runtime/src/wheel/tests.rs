//! The wheel against a sorted list, and what it costs.

use super::*;
use alloc::collections::BTreeMap;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3600 * SECOND;

fn advance<T>(wheel: &mut Wheel<T>, now: u64) -> Vec<Expired<T>> {
    let mut expired = Vec::new();
    wheel.advance(now, &mut expired);
    expired
}

fn values(expired: Vec<Expired<u32>>) -> Vec<u32> {
    expired.into_iter().map(|timer| timer.value).collect()
}

#[test]
fn a_timer_expires_at_its_deadline_and_not_before() {
    for deadline in [1, 63, 64, 65, 4096, SECOND, HOUR, 1 << 60, u64::MAX] {
        let mut wheel = Wheel::new();
        wheel.insert(deadline, 7);
        assert!(advance(&mut wheel, deadline - 1).is_empty(), "{deadline}");
        assert_eq!(values(advance(&mut wheel, deadline)), [7], "{deadline}");
        assert_eq!(wheel.next_deadline(), None);
    }
}

#[test]
fn timers_expire_by_deadline_and_then_by_insertion() {
    let mut wheel = Wheel::new();
    for (value, deadline) in [(0, 900), (1, 5), (2, 900), (3, 70), (4, 5)] {
        wheel.insert(deadline, value);
    }
    assert_eq!(values(advance(&mut wheel, SECOND)), [1, 4, 3, 0, 2]);
}

#[test]
fn an_order_of_insertion_outlives_every_move_to_a_lower_level() {
    let mut wheel = Wheel::new();
    for value in 0..4 {
        wheel.insert(HOUR, value);
        advance(&mut wheel, u64::from(value) * (HOUR / 4));
    }
    assert_eq!(values(advance(&mut wheel, HOUR)), [0, 1, 2, 3]);
}

#[test]
fn a_deadline_in_the_past_is_due_at_once() {
    let mut wheel = Wheel::new();
    advance(&mut wheel, HOUR);
    wheel.insert(5, 1);
    assert!(wheel.next_deadline().is_some_and(|deadline| deadline <= HOUR));
    assert_eq!(values(advance(&mut wheel, HOUR)), [1]);
}

#[test]
fn time_does_not_go_back() {
    let mut wheel = Wheel::new();
    advance(&mut wheel, HOUR);
    wheel.insert(10, 1);
    assert_eq!(values(advance(&mut wheel, 5)), [1]);
}

#[test]
fn the_next_deadline_is_exact_unless_its_timer_was_cancelled() {
    let mut wheel = Wheel::new();
    wheel.insert(HOUR + 5, 1);
    let first = wheel.insert(HOUR + 3, 2);
    assert_eq!(wheel.next_deadline(), Some(HOUR + 3));
    wheel.cancel(first);
    while let Some(deadline) = wheel.next_deadline().filter(|deadline| *deadline < HOUR + 5) {
        assert!(advance(&mut wheel, deadline).is_empty());
    }
    assert_eq!(wheel.next_deadline(), Some(HOUR + 5));
}

#[test]
fn a_cancelled_timer_gives_back_its_value_once() {
    let mut wheel = Wheel::new();
    let key = wheel.insert(HOUR, 1);
    assert_eq!(wheel.cancel(key), Some(1));
    assert_eq!(wheel.cancel(key), None);
    let other = wheel.insert(HOUR, 2);
    assert_eq!(key.index, other.index, "the place is used again");
    assert_eq!(wheel.cancel(key), None, "but not by the old key");
    assert_eq!(values(advance(&mut wheel, HOUR)), [2]);
    assert_eq!(wheel.cancel(other), None);
}

#[test]
fn any_of_several_timers_of_one_moment_can_be_cancelled() {
    for cancelled in 0..8_u32 {
        let mut wheel = Wheel::new();
        let keys = [0, 1, 2_u32].map(|value| wheel.insert(HOUR, value));
        let is_cancelled = |value: &u32| cancelled >> value & 1 == 1;
        for value in (0..3).filter(is_cancelled) {
            assert_eq!(wheel.cancel(keys[value as usize]), Some(value));
        }
        let left: Vec<u32> = (0..3).filter(|value| !is_cancelled(value)).collect();
        assert_eq!(wheel.next_deadline().is_some(), !left.is_empty());
        assert_eq!(values(advance(&mut wheel, HOUR)), left, "{cancelled:03b}");
    }
    let mut wheel = Wheel::new();
    let keys = [0, 1, 2].map(|value| wheel.insert(HOUR, value));
    for (place, value) in [(1, 1), (0, 0), (2, 2)] {
        assert_eq!(wheel.cancel(keys[place]), Some(value));
    }
    assert_eq!(wheel.next_deadline(), None);
}

/// Turns a wheel on which `pending` timers wait for an hour through 1000 ticks of a millisecond, in
/// each of which one timer is set and expires and one is set and cancelled.
fn visits_in_1000_ticks(pending: u32) -> u64 {
    let mut wheel = Wheel::new();
    for value in 0..pending {
        wheel.insert(HOUR + u64::from(value) * 1000, value);
    }
    let before = wheel.visits;
    for tick in 1..=1000 {
        wheel.insert(tick * 1_000_000, 0);
        let key = wheel.insert(tick * 1_000_000 + 30 * SECOND, 0);
        assert_eq!(advance(&mut wheel, tick * 1_000_000).len(), 1);
        wheel.cancel(key);
    }
    wheel.visits - before
}

#[test]
fn ten_thousand_pending_timers_cost_no_more_per_tick_than_ten() {
    let few = visits_in_1000_ticks(10);
    assert_eq!(visits_in_1000_ticks(10_000), few);
    assert!(few <= 5 * 1000, "{few} visits in 1000 ticks of two timers");
}

#[test]
fn a_timer_is_moved_at_most_once_for_each_level() {
    let mut wheel = Wheel::new();
    let timers = 10_000_u32;
    for value in 0..timers {
        wheel.insert(HOUR + u64::from(value) * 1_000_003, value);
    }
    let mut expired = 0;
    while let Some(deadline) = wheel.next_deadline() {
        expired += advance(&mut wheel, deadline).len() as u64;
    }
    assert_eq!(expired, u64::from(timers));
    let moves = wheel.visits / u64::from(timers);
    assert!(moves <= 2 * LEVELS as u64, "{moves} visits for each timer");
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64),
    Cancel(usize),
    Advance(u64),
    ToNext,
}

fn step() -> impl Strategy<Value = Step> {
    let span = (0..64_u32, any::<u64>()).prop_map(|(shift, bits)| bits >> shift);
    prop_oneof![
        2 => span.clone().prop_map(Step::Insert),
        3 => (0..3_u64).prop_map(|slot| Step::Insert(slot * SECOND)),
        2 => any::<usize>().prop_map(Step::Cancel),
        2 => span.prop_map(Step::Advance),
        2 => Just(Step::ToNext),
    ]
}

proptest! {
    #[test]
    fn the_wheel_does_what_a_sorted_list_does(steps in prop::collection::vec(step(), 1..80)) {
        let (mut wheel, mut list, mut keys) = (Wheel::new(), BTreeMap::new(), Vec::new());
        let mut now = 0_u64;
        for step in steps {
            match step {
                Step::Insert(after) => {
                    let deadline = now.saturating_add(after);
                    let key = wheel.insert(deadline, keys.len());
                    list.insert((deadline, key.sequence), keys.len());
                    keys.push((deadline, key));
                }
                Step::Cancel(which) if !keys.is_empty() => {
                    let (deadline, key) = keys[which % keys.len()];
                    prop_assert_eq!(wheel.cancel(key), list.remove(&(deadline, key.sequence)));
                }
                Step::Cancel(_) => {}
                Step::Advance(by) => {
                    now = now.saturating_add(by);
                    check(&mut wheel, &mut list, now)?;
                }
                Step::ToNext => {
                    let first = list.keys().next().map(|(deadline, _)| *deadline);
                    let next = wheel.next_deadline();
                    prop_assert_eq!(next.is_some(), first.is_some());
                    prop_assert!(next <= first);
                    now = next.map_or(now, |next| next.max(now));
                    check(&mut wheel, &mut list, now)?;
                }
            }
        }
    }
}

fn check(
    wheel: &mut Wheel<usize>,
    list: &mut BTreeMap<(u64, u64), usize>,
    now: u64,
) -> Result<(), TestCaseError> {
    let later = list.split_off(&(now, u64::MAX));
    let due: Vec<usize> = core::mem::replace(list, later).into_values().collect();
    let expired: Vec<usize> = advance(wheel, now).into_iter().map(|timer| timer.value).collect();
    prop_assert_eq!(expired, due);
    Ok(())
}
