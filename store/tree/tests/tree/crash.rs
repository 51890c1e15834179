//! Power that goes at each moment, with each choice of what was not flushed.

use std::collections::HashSet;

use embassy_futures::block_on;
use sarab_tree::Tree;

use crate::{
    disk::{Event, Recorder, SECTOR_BYTES},
    model::{Model, OPTIONS, change, contents, small},
    random::Random,
};

/// What a run has left: all that was asked of the disk, and what should be there when.
struct History {
    start: Vec<u8>,
    events: Vec<Event>,
    /// The state after each transaction.
    states: Vec<Model>,
    /// After how many events which transaction was durable, or begun.
    acknowledged: Vec<(usize, usize)>,
    begun: Vec<(usize, usize)>,
}

/// Commits random changes, and remembers.
fn history(seed: u64, pages: usize, commits: usize) -> History {
    let mut random = Random::new(seed);
    let disk = Recorder::blank(pages);
    block_on(async {
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        let (start, skipped) = (disk.image(), disk.event_count());
        let mut history = History {
            start,
            events: Vec::new(),
            states: vec![Model::new()],
            acknowledged: vec![(0, 0)],
            begun: Vec::new(),
        };
        let mut model = Model::new();
        for _ in 0..commits {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(crate::model::SPACE, b"!", &random.bytes(9)).await.unwrap();
            transaction.remove(crate::model::SPACE, b"!").await.unwrap();
            for _ in 0..=random.below(5) {
                change(&mut transaction, &mut model, &mut random, 4000).await;
            }
            model.remove(&b"!"[..]);
            history.states.push(model.clone());
            let number = history.states.len() - 1;
            history.begun.push((disk.event_count() - skipped, number));
            if random.below(4) == 0 {
                transaction.commit_relaxed().await.unwrap();
            } else {
                transaction.commit().await.unwrap();
                history.acknowledged.push((disk.event_count() - skipped, number));
            }
            if random.below(5) == 0 {
                tree.checkpoint().await.unwrap();
                history.acknowledged.push((disk.event_count() - skipped, number));
            }
        }
        history.events = disk.events().split_off(skipped);
        history
    })
}

impl History {
    /// Returns which transactions may be the last after a crash at `at`.
    fn allowed(&self, at: usize) -> std::ops::RangeInclusive<usize> {
        let known = self.acknowledged.iter().rev().find(|(when, _)| *when <= at);
        let begun = self.begun.iter().rev().find(|(when, _)| *when <= at);
        known.map_or(0, |(_, number)| *number)..=begun.map_or(0, |(_, number)| *number)
    }
}

fn write(image: &mut [u8], first: u64, data: &[u8]) {
    let start = first as usize * SECTOR_BYTES;
    image[start..start + data.len()].copy_from_slice(data);
}

/// Calls `check` with images after a crash at each event, each with some of what was not flushed.
fn crashes(
    start: &[u8],
    events: &[Event],
    random: &mut Random,
    mut check: impl FnMut(usize, Vec<u8>),
) {
    let mut durable = start.to_vec();
    let mut pending: Vec<(u64, &[u8])> = Vec::new();
    for at in 0..=events.len() {
        for choice in choices(pending.len(), random) {
            let mut image = durable.clone();
            for ((first, sector), _) in pending.iter().zip(choice).filter(|(_, taken)| *taken) {
                write(&mut image, *first, sector);
            }
            check(at, image);
        }
        match events.get(at) {
            Some(Event::Write { first, data }) => {
                pending.extend((*first..).zip(data.chunks(SECTOR_BYTES)));
            }
            Some(Event::Through(sectors)) => {
                let through = pending.extract_if(.., |(at, _)| sectors.contains(at));
                through.for_each(|(first, data)| write(&mut durable, first, data));
            }
            Some(Event::Flush) => {
                pending.drain(..).for_each(|(first, data)| write(&mut durable, first, data));
            }
            None => {}
        }
    }
}

/// Returns choices among `count` sectors: all where they are few, else telling ones and random ones.
fn choices(count: usize, random: &mut Random) -> Vec<Vec<bool>> {
    if count <= 4 {
        return (0..1 << count)
            .map(|bits| (0..count).map(|at| bits >> at & 1 == 1).collect())
            .collect();
    }
    let mut choices = vec![vec![false; count], vec![true; count]];
    for _ in 0..3 {
        let (one, cut) = (random.below(count as u64) as usize, random.below(count as u64) as usize);
        choices.push((0..count).map(|at| at != one).collect());
        choices.push((0..count).map(|at| at == one).collect());
        choices.push((0..count).map(|at| at < cut).collect());
        choices.push((0..count).map(|_| random.below(2) == 0).collect());
    }
    choices
}

/// Mounts an image, and holds it to one of the allowed states; then changes it, and mounts it again.
fn check(history: &History, at: usize, image: Vec<u8>) {
    block_on(async {
        let disk = Recorder::new(image);
        let tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
        let number = usize::try_from(tree.transaction()).unwrap();
        let allowed = history.allowed(at);
        assert!(allowed.contains(&number), "after event {at}: {number} is not in {allowed:?}");
        let mut model = history.states[number].clone();
        assert_eq!(contents(&tree.read()).await, model, "after event {at}");
        assert_eq!(tree.check().await.unwrap().problems, [], "after event {at}");
        let mut random = Random::new(at as u64);
        let mut transaction = tree.write().await.unwrap();
        for _ in 0..4 {
            change(&mut transaction, &mut model, &mut random, 4000).await;
        }
        transaction.commit().await.unwrap();
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert_eq!(contents(&tree.read()).await, model, "after event {at}, and more");
    });
}

#[test]
fn a_crash_at_any_moment_leaves_a_state_between_the_acknowledged_and_the_begun() {
    for seed in 0..2 {
        let history = history(seed, 192, 14);
        let mut random = Random::new(seed);
        let mut seen = HashSet::new();
        crashes(&history.start, &history.events, &mut random, |at, image| {
            if seen.insert((history.allowed(at), image.clone())) {
                check(&history, at, image);
            }
        });
    }
}
