//! Mounting a store whose log holds much.

use embassy_futures::block_on;
use sarab_tree::{Discard, Format, Options, Tree};

use crate::{
    disk::{Event, Recorder},
    model::{Model, OPTIONS, SPACE, contents, small},
    polls::poll,
    random::Random,
};

#[test]
fn a_mount_makes_durable_what_it_has_read_before_it_writes() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let format = Format { log_bytes: Some(4 << 20), ..Format::new([7; 16]) };
        let tree = Tree::format(disk.clone(), &format, OPTIONS).await.unwrap();
        for number in 0..4u32 {
            let mut transaction = tree.write().await.unwrap();
            for step in 0..250 {
                let key = (step * 4 + number).to_be_bytes();
                transaction.put(SPACE, &key, &[0; 1000]).await.unwrap();
            }
            transaction.commit().await.unwrap();
        }
        drop(tree);
        let before = disk.event_count();
        let least = Options { memory_bytes: 0, discard: Discard::Keep };
        let tree = Tree::mount(disk.clone(), least).await.unwrap();
        let events = disk.events().split_off(before);
        assert!(events.iter().any(|event| matches!(event, Event::Write { .. })));
        assert!(matches!(events[0], Event::Flush));
        assert_eq!(contents(&tree.read()).await.len(), 1000);
    });
}

#[test]
fn the_log_goes_round_many_times_with_records_of_all_sizes_and_checkpoints_that_are_given_up() {
    block_on(async {
        let disk = Recorder::blank(512);
        let mut random = Random::new(21);
        let mut model = Model::new();
        let mut tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for round in 0..150 {
            let mut transaction = tree.write().await.unwrap();
            for _ in 0..=random.below(5) {
                let (key, size) = (vec![random.below(30) as u8], random.below(1800) as usize);
                let value = random.bytes(size);
                transaction.put(SPACE, &key, &value).await.unwrap();
                model.insert(key, value);
            }
            if random.below(3) == 0 {
                transaction.commit_relaxed().await.unwrap();
            } else {
                transaction.commit().await.unwrap();
            }
            if random.below(4) == 0 {
                poll(tree.checkpoint(), random.below(3) as usize);
            }
            if round % 5 == 0 {
                tree.sync().await.unwrap();
                drop(tree);
                tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
                assert_eq!(contents(&tree.read()).await, model, "round {round}");
            }
        }
        assert_eq!(tree.check().await.unwrap().problems, []);
    });
}
