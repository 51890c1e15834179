//! Devices that cannot be opened.

use std::rc::Rc;

use sarab_device::{Error, ErrorKind};
use sarab_virtio::{Class, Fault, OpenError, Place, block::DiskQueue, net::CardPort};

use crate::{
    fake::Fake,
    fake_card::{self, MAC},
    fake_disk::{self, BLK_SIZE, FLUSH, SIZE_MAX, Shape},
};

fn fault_of(fake: Rc<Fake>) -> Fault {
    // SAFETY: the device is a function of this process, which writes to nothing.
    let error = unsafe { DiskQueue::open(fake as _) }.err().expect("it cannot be opened");
    assert_eq!((error.class, error.place), (Class::Disk, Place::Mmio(0x1000)));
    error.fault
}

fn disk(change: impl FnOnce(&Fake)) -> Fault {
    let fake = fake_disk::idle(Shape::PLAIN);
    change(&fake);
    fault_of(fake)
}

#[test]
fn another_kind_of_device_is_not_touched() {
    let fake = fake_card::idle(0);
    assert_eq!(fault_of(Rc::clone(&fake)), Fault::Class(1));
}

#[test]
fn a_device_that_takes_nothing_is_refused() {
    let features = FLUSH | crate::fake::VERSION_1;
    let stays = |fake: &Fake| {
        fake.status.set(0b1111);
        fake.does_reset.set(false);
    };
    assert_eq!(disk(stays), Fault::Reset);
    assert_eq!(disk(|fake| fake.takes_features.set(false)), Fault::Features(features));
    assert_eq!(disk(|fake| fake.takes_queues.set(false)), Fault::Refused { queue: 0 });
    assert_eq!(disk(|fake| fake.unsteady_by.set(1)), Fault::Unsteady);
}

#[test]
fn a_device_before_virtio_1_is_refused() {
    let fake = Fake::new(Class::Disk, 0, vec![], &[64]).without_version_1();
    assert_eq!(fault_of(Rc::new(fake)), Fault::Feature("VIRTIO_F_VERSION_1"));
}

#[test]
fn a_queue_too_small_for_a_request_is_refused() {
    for size in [0, 1, 2] {
        let fake = fake_disk::idle(Shape { queue_size: size, ..Shape::PLAIN });
        assert_eq!(fault_of(fake), Fault::Queue { queue: 0, size_max: size, size_min: 3 });
    }
}

#[test]
fn a_disk_of_a_shape_that_cannot_be_is_refused() {
    for sector_bytes in [0, 1, 256, 513, 1 << 25, u32::MAX] {
        let fake = fake_disk::idle(Shape { features: BLK_SIZE, sector_bytes, ..Shape::PLAIN });
        let fault = Fault::Value { name: "blk_size", value: sector_bytes.into() };
        assert_eq!(fault_of(fake), fault);
    }
    for size_max in [0, 1, 511] {
        let fake = fake_disk::idle(Shape { features: SIZE_MAX, size_max, ..Shape::PLAIN });
        assert_eq!(fault_of(fake), Fault::Value { name: "size_max", value: size_max.into() });
    }
}

#[test]
fn a_card_without_an_address_is_refused() {
    let fake = Fake::new(Class::Card, 0, vec![], &[64, 64]);
    // SAFETY: the device is a function of this process, which writes to nothing.
    let error = unsafe { CardPort::open(Rc::new(fake) as _, 65_536) }.err().expect("no address");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let words = "the network card at 0x1000 cannot be used: it does not offer VIRTIO_NET_F_MAC";
    assert_eq!(error.to_string(), words);
}

#[test]
fn a_card_lacks_no_queue() {
    for (sizes, queue, size_min) in [(&[][..], 0, 1), (&[64], 1, 2), (&[64, 1], 1, 2)] {
        let fake = Rc::new(Fake::new(Class::Card, MAC, fake_card::config(1, 0), sizes));
        // SAFETY: the device is a function of this process, which writes to nothing.
        let error = unsafe { CardPort::open(fake as _, 65_536) }.err().expect("no queue");
        let size_max = sizes.get(usize::from(queue)).copied().unwrap_or(0);
        let fault = Fault::Queue { queue, size_max, size_min };
        let place = Place::Mmio(0x1000);
        assert_eq!(error, OpenError { class: Class::Card, place, fault });
    }
}

#[test]
fn a_device_that_was_refused_is_left_reset() {
    let fake = fake_disk::idle(Shape { queue_size: 0, ..Shape::PLAIN });
    fault_of(Rc::clone(&fake));
    assert_eq!(fake.status.get(), 0);
}
