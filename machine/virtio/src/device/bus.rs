//! Which devices there are: those that the monitor has told of, or else those of the PCI bus.

use alloc::{rc::Rc, string::String, vec::Vec};

use sarab_pvh::{apic, page::map_device};
use sarab_virtio::{
    Transport,
    transport::{
        mmio::Mmio,
        pci::{self, Message, Pci, Ports},
    },
};

use super::{console::warn, place::Place};

/// The queues of a card, which has the most that interrupt.
const MESSAGES: usize = 2;

/// A device on the bus.
pub(crate) struct Found {
    /// How it is reached.
    pub(crate) transport: Rc<dyn Transport>,
    /// Whether its interrupt is a line, which is to be acknowledged.
    pub(crate) has_line: bool,
}

/// Finds the devices, in the order of the bus. Those that cannot be used are told of, and passed over.
pub(crate) fn find(told: &[String]) -> Vec<Found> {
    if told.is_empty() {
        return of_pci();
    }
    let mut places: Vec<_> = told.iter().filter_map(|text| place(text)).collect();
    places.sort_unstable();
    places.into_iter().filter_map(of_place).collect()
}

fn place(text: &str) -> Option<Place> {
    let place = Place::read(text);
    if place.is_none() {
        warn(&format_args!("virtio_mmio.device={text}: not SIZE@ADDRESS:INTERRUPT"));
    }
    place
}

fn of_place(place: Place) -> Option<Found> {
    let Place { address, size_bytes, interrupt } = place;
    // SAFETY: the monitor says that a device has its registers there.
    if let Err(error) = unsafe { map_device(address, size_bytes) } {
        warn(&format_args!("the virtio device at {address:#x}: {error}"));
        return None;
    }
    // SAFETY: as above, and nobody else uses it.
    let device = match unsafe { Mmio::new(address, size_bytes) } {
        Ok(device) => device,
        Err(error) => {
            warn(&error);
            return None;
        }
    };
    if !apic::route(interrupt) {
        warn(&format_args!("the virtio device at {address:#x}: there is no interrupt {interrupt}"));
        return None;
    }
    Some(Found { transport: Rc::new(device), has_line: true })
}

fn of_pci() -> Vec<Found> {
    // SAFETY: a PC has these ports, and one core, which uses them here alone.
    let config = unsafe { Ports::new() };
    let all = pci::find(&config).into_iter();
    all.filter_map(|found| of_function(&config, found)).collect()
}

fn of_function(config: &Ports, found: pci::Found) -> Option<Found> {
    // SAFETY: the firmware has set the bus up, nobody else uses the device, and its registers are mapped
    // below, before it is used.
    let mut device = match unsafe { Pci::new(config, found.function) } {
        Ok(device) => device,
        Err(error) => {
            warn(&error);
            return None;
        }
    };
    for (start, size_bytes) in device.spans() {
        // SAFETY: the firmware has given these addresses to devices.
        if let Err(error) = unsafe { map_device(start, size_bytes) } {
            warn(&format_args!("PCI {}, registers at {start:#x}: {error}", found.function));
            return None;
        }
    }
    let has_line = device.message_count() == 0;
    if has_line {
        let line = device.line(config).line;
        if !apic::route(line) {
            let place = found.function;
            warn(&format_args!("PCI {place}: there is no interrupt {line}; give it MSI-X"));
            return None;
        }
    } else {
        let (address, data) = apic::message();
        device.set_messages(config, &[Message { address, data }; MESSAGES]);
    }
    Some(Found { transport: Rc::new(device), has_line })
}
