//! A bus that is a table.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use sarab_virtio::{
    Place, Transport,
    transport::pci::{Config, Found, Function, Line, Message, Pci, PciError, find},
};

use crate::registers::{Window, areas};

/// A bus, as the configuration of its functions.
#[derive(Default)]
struct Bus {
    functions: RefCell<BTreeMap<Function, [u32; 64]>>,
    reads: Cell<usize>,
}

impl Config for Bus {
    fn read(&self, function: Function, at: u8) -> u32 {
        self.reads.update(|count| count + 1);
        let functions = self.functions.borrow();
        functions.get(&function).map_or(u32::MAX, |words| words[usize::from(at) / 4])
    }

    fn write(&self, function: Function, at: u8, value: u32) {
        if let Some(words) = self.functions.borrow_mut().get_mut(&function) {
            words[usize::from(at) / 4] = value;
        }
    }
}

fn at(bus: u8, device: u8, function: u8) -> Function {
    Function { bus, device, function }
}

impl Bus {
    fn add(&self, function: Function, vendor: u32, device: u32, form: u32) {
        let mut words = [0; 64];
        words[0] = device << 16 | vendor;
        words[3] = form << 16;
        self.functions.borrow_mut().insert(function, words);
    }

    fn set(&self, function: Function, at: u8, words: &[u32]) {
        let mut functions = self.functions.borrow_mut();
        let all = functions.get_mut(&function).expect("a function");
        all[usize::from(at) / 4..][..words.len()].copy_from_slice(words);
    }

    fn get(&self, function: Function, at: u8) -> u32 {
        self.functions.borrow()[&function][usize::from(at) / 4]
    }
}

#[test]
fn all_devices_are_found_and_what_is_absent_costs_one_read() {
    let bus = Bus::default();
    bus.add(at(0, 0, 0), 0x8086, 0x1237, 0);
    bus.add(at(0, 2, 0), 0x1af4, 0x1041, 0);
    bus.add(at(0, 3, 0), 0x1af4, 0x1001, 0x80);
    bus.add(at(0, 3, 5), 0x1af4, 0x1044, 0);
    // Neither another vendor's nor an unknown device of this one's.
    bus.add(at(0, 4, 0), 0x1234, 0x1041, 0);
    bus.add(at(0, 5, 0), 0x1af4, 0x1040, 0);
    let found = [(at(0, 2, 0), 1), (at(0, 3, 0), 2), (at(0, 3, 5), 4)];
    assert_eq!(find(&bus), found.map(|(function, class)| Found { function, class }));
    assert_eq!(bus.reads.get(), 32 + 7 + 6);
}

#[test]
fn what_is_behind_a_bridge_is_found_even_if_bridges_go_round() {
    let bus = Bus::default();
    for (number, behind) in [(0, 1), (1, 2), (2, 0), (2, 1)] {
        let bridge = at(number, 1 + behind, 0);
        bus.add(bridge, 0x8086, 1, 1);
        bus.set(bridge, 24, &[u32::from(behind) << 8]);
    }
    bus.add(at(2, 9, 0), 0x1af4, 0x1042, 0);
    assert_eq!(find(&bus), [Found { function: at(2, 9, 0), class: 2 }]);
}

const DISK: Function = Function { bus: 0, device: 3, function: 0 };

/// A disk with all of its registers in one window of memory.
fn disk(window: &Window) -> Bus {
    let bus = Bus::default();
    bus.add(DISK, 0x1af4, 0x1042, 0);
    bus.set(DISK, 4, &[1 << 20 | 0xffff_0000]);
    let address = window.address() as u64;
    let [low, high] = [0, 32].map(|bits| u32::try_from(address >> bits & 0xffff_ffff).unwrap());
    bus.set(DISK, 32, &[low | 0b1100, high]);
    bus.set(DISK, 52, &[0x40, 0, 0x010b]);
    capability(&bus, 0x40, 0x54, (1, 4), (0x000, 56));
    capability(&bus, 0x54, 0x64, (3, 4), (0x100, 1));
    capability(&bus, 0x64, 0x74, (4, 4), (0x200, 60));
    capability(&bus, 0x74, 0x88, (2, 4), (0x300, 64));
    bus.set(DISK, 0x84, &[4]);
    bus.set(DISK, 0x88, &[0x0003_a011, 0x400 | 4]);
    // Ways there that are not as good.
    capability(&bus, 0xa0, 0xb0, (1, 0), (0, 56));
    capability(&bus, 0xb0, 0, (5, 0), (0, 4));
    bus
}

fn capability(bus: &Bus, place: u8, next: u32, (of, base): (u32, u32), span: (u32, u32)) {
    bus.set(DISK, place, &[of << 24 | 16 << 16 | next << 8 | 9, base, span.0, span.1]);
}

fn open(bus: &Bus) -> Result<Pci, PciError> {
    // SAFETY: the window is memory of this process, which outlives what is made of it here.
    unsafe { Pci::new(bus, DISK) }
}

#[test]
fn registers_stand_where_capabilities_say() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    let device = open(&bus).expect("a device");
    assert_eq!((device.class(), device.place()), (2, Place::Pci(DISK)));
    assert_eq!(bus.get(DISK, 4), 6, "it may read memory, and nothing is taken for seen");
    assert_eq!(device.line(&bus), Line { line: 11, pin: 1 });
    let start = window.address();
    let spans: Vec<_> = device.spans().map(|(at, size)| (at - start, size)).collect();
    assert_eq!(spans, [(0, 56), (0x300, 64), (0x100, 1), (0x200, 60), (0x400, 64)]);

    device.set_features(1 << 32 | 1 << 9);
    assert_eq!([8, 12].map(|at| window.get::<u32>(at)), [1, 1]);
    device.set_status(15);
    assert_eq!((window.get::<u8>(20), device.status()), (15, 15));
    window.set(28, 7 << 16);
    assert!(device.enable_queue(1, areas()));
    assert_eq!([22, 24, 28].map(|at| window.get::<u16>(at)), [1, 64, 1]);
    let addresses = [areas().descriptors, areas().available, areas().used];
    assert_eq!([32, 40, 48].map(|at| window.get::<u64>(at)), addresses);
    device.notify(1);
    assert_eq!(window.get::<u16>(0x300 + 7 * 4), 1);
    window.set(0x100, 3);
    window.set(0x208, 77);
    assert_eq!((device.acknowledge(), device.config_32(8)), (3, 77));
    assert_eq!(device.config_32(60), 0);
}

#[test]
fn messages_are_set_for_as_many_queues_as_there_are() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    let mut device = open(&bus).expect("a device");
    assert_eq!(device.message_count(), 4);
    let messages: Vec<_> = (0..6).map(|data| Message { address: 0xfee0_0000_0000, data }).collect();
    device.set_messages(&bus, &messages);
    for row in 0..4 {
        let at = 0x400 + row * 16;
        assert_eq!(window.get::<u64>(at), 0xfee0_0000_0000);
        assert_eq!(window.get::<u32>(at + 8) as usize, row);
    }
    assert_eq!(bus.get(DISK, 0x88), 0x8003_a011);
    assert_eq!(bus.get(DISK, 4), 6 | 1 << 10, "the line is off");
    for (queue, message) in [(0, 0), (2, 2), (3, 3)] {
        assert!(device.enable_queue(queue, areas()));
        assert_eq!(window.get::<u16>(26), message);
    }
}

#[test]
fn messages_whose_table_has_no_address_are_none() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    bus.set(DISK, 0x8c, &[0x400 | 1]);
    let mut device = open(&bus).expect("a device");
    device.set_messages(&bus, &[Message { address: 0xfee0_0000, data: 1 }]);
    assert_eq!((device.message_count(), bus.get(DISK, 4)), (0, 6));
    assert!(device.enable_queue(0, areas()));
}

#[test]
fn a_queue_that_cannot_be_notified_is_refused() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    let device = open(&bus).expect("a device");
    window.set(28, 16 << 16);
    assert!(!device.enable_queue(0, areas()));
    window.set(28, 0);
    assert!(!device.enable_queue(4, areas()));
}

#[test]
fn what_is_no_modern_device_is_refused() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    bus.set(DISK, 0, &[0x1041_8086]);
    let other = PciError::Other { function: DISK, vendor: 0x8086, device: 0x1041 };
    assert_eq!(open(&bus).err(), Some(other));
    let bus = disk(&window);
    bus.set(DISK, 52, &[0]);
    let error = open(&bus).expect_err("it is too old");
    assert_eq!(error, PciError::Legacy { function: DISK });
    assert!(error.to_string().starts_with("PCI 00:03.0 is older than virtio 1.0"), "{error}");
}

#[test]
fn an_address_that_cannot_be_is_refused() {
    let window = Window::new(0x500);
    for words in [[0, 0], [0b0100, 0], [0xc001, 0], [0xffff_fffc, 0xffff_ffff]] {
        let bus = disk(&window);
        bus.set(DISK, 32, &words);
        assert_eq!(
            open(&bus).err(),
            Some(PciError::Base { function: DISK, base: 4 }),
            "{words:x?}"
        );
    }
}

#[test]
fn a_list_of_capabilities_that_goes_round_ends() {
    let window = Window::new(0x500);
    let bus = disk(&window);
    capability(&bus, 0xb0, 0x40, (5, 0), (0, 4));
    assert!(open(&bus).is_ok());
}
