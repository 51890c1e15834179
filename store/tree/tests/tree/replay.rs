//! Mounting a store whose log holds much.

use embassy_futures::block_on;
use sarab_tree::{Discard, Format, Options, Tree};

use crate::{
    disk::{Event, Recorder},
    model::{OPTIONS, SPACE, contents},
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
