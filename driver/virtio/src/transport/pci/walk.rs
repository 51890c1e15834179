//! Which virtio devices are on the bus.
//!
//! What is read of each function (PCI 3.0 section 6.1):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | vendor, `0xffff` where there is no function |
//! | 2 | 2 | device |
//! | 14 | 1 | form of the header: 0 a device, 1 a bridge; and 128, if there are more functions |
//! | 25 | 1 | of a bridge: the bus behind it |

use alloc::vec::Vec;

use super::config::{Config, Function};

/// The vendor of virtio.
const VENDOR: u16 = 0x1af4;
/// Devices that were there before virtio 1.0, by what they are now (virtio 1.2 section 4.1.2.1).
const TRANSITIONAL: [(u16, u32); 7] =
    [(0x1000, 1), (0x1001, 2), (0x1002, 5), (0x1003, 3), (0x1004, 8), (0x1005, 4), (0x1009, 9)];
/// The first modern device; behind it they are numbered by kind.
const MODERN: u16 = 0x1040;
const MODERN_LAST: u16 = 0x107f;

const FORM_AT: u8 = 12;
const BUSES_AT: u8 = 24;
const MORE_FUNCTIONS: u8 = 0x80;
const BRIDGE: u8 = 1;

/// A virtio device on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub function: Function,
    /// The number of its kind (virtio 1.2 chapter 5).
    pub class: u32,
}

/// Returns the virtio devices on bus 0 and behind its bridges, in the order of the bus.
///
/// It costs one read for each empty place of a bus, and two for each function.
#[must_use]
pub fn find(config: &dyn Config) -> Vec<Found> {
    let mut found = Vec::new();
    walk_bus(config, 0, &mut found);
    found
}

fn walk_bus(config: &dyn Config, bus: u8, found: &mut Vec<Found>) {
    for device in 0..32 {
        let has_more = walk_function(config, Function { bus, device, function: 0 }, found);
        if has_more == Some(true) {
            for function in 1..8 {
                walk_function(config, Function { bus, device, function }, found);
            }
        }
    }
}

/// Looks at a function and what is behind it; tells of the first of a device whether there are more.
fn walk_function(config: &dyn Config, function: Function, found: &mut Vec<Found>) -> Option<bool> {
    let [vendor, device] = words(config.read(function, 0));
    if vendor == u16::MAX {
        return None;
    }
    if let Some(class) = class(vendor, device) {
        found.push(Found { function, class });
    }
    let [_, _, form, _] = config.read(function, FORM_AT).to_le_bytes();
    if form & !MORE_FUNCTIONS == BRIDGE {
        let [_, bus, ..] = config.read(function, BUSES_AT).to_le_bytes();
        // Numbers of buses grow from the first on, so a walk ends whatever bridges say.
        if bus > function.bus {
            walk_bus(config, bus, found);
        }
    }
    Some(form & MORE_FUNCTIONS != 0)
}

/// Returns the kind of virtio device that a function is.
pub(super) fn class(vendor: u16, device: u16) -> Option<u32> {
    if vendor != VENDOR {
        return None;
    }
    if (MODERN + 1..=MODERN_LAST).contains(&device) {
        return Some(u32::from(device - MODERN));
    }
    TRANSITIONAL.iter().find(|(number, _)| *number == device).map(|(_, class)| *class)
}

/// Returns the lower and the upper half.
pub(super) fn words(value: u32) -> [u16; 2] {
    let [a, b, c, d] = value.to_le_bytes();
    [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
}
