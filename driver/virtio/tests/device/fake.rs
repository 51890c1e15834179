//! A transport whose device is a function.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use sarab_virtio::{Class, Place, Transport, transport::Areas};

use crate::side::{Chain, Side};

pub(crate) const INDIRECT: u64 = 1 << 28;
pub(crate) const EVENT_INDEX: u64 = 1 << 29;
pub(crate) const VERSION_1: u64 = 1 << 32;

/// What a device does when it is notified of a queue.
pub(crate) type Serve = Rc<dyn Fn(&Fake, u16)>;

/// A device.
pub(crate) struct Fake {
    class: Class,
    offered: u64,
    pub(crate) config: RefCell<Vec<u8>>,
    /// The most descriptors of each queue.
    sizes: Vec<u16>,
    pub(crate) features: Cell<u64>,
    pub(crate) status: Cell<u8>,
    pub(crate) sides: RefCell<Vec<Option<Side>>>,
    serve: RefCell<Option<Serve>>,
    /// The queues of which it was notified.
    pub(crate) notified: RefCell<Vec<u16>>,
    pub(crate) interrupts: Cell<u32>,
    pub(crate) resets: Cell<u32>,
    /// What the generation of its configuration grows by with each look.
    pub(crate) unsteady_by: Cell<u32>,
    generation: Cell<u32>,
    pub(crate) does_reset: Cell<bool>,
    pub(crate) takes_features: Cell<bool>,
    pub(crate) takes_queues: Cell<bool>,
}

impl Fake {
    pub(crate) fn new(class: Class, offered: u64, config: Vec<u8>, sizes: &[u16]) -> Self {
        Self {
            class,
            offered: offered | VERSION_1,
            config: RefCell::new(config),
            sizes: sizes.to_vec(),
            features: Cell::new(0),
            status: Cell::new(0),
            sides: RefCell::default(),
            serve: RefCell::default(),
            notified: RefCell::default(),
            interrupts: Cell::new(0),
            resets: Cell::new(0),
            unsteady_by: Cell::new(0),
            generation: Cell::new(0),
            does_reset: Cell::new(true),
            takes_features: Cell::new(true),
            takes_queues: Cell::new(true),
        }
    }

    /// Makes it older than virtio 1.0.
    pub(crate) fn without_version_1(mut self) -> Self {
        self.offered &= !VERSION_1;
        self
    }

    /// Says what it does when it is notified; until then it does nothing.
    pub(crate) fn serve_by(&self, serve: impl Fn(&Fake, u16) + 'static) {
        *self.serve.borrow_mut() = Some(Rc::new(serve));
    }

    /// Lets it do nothing any more.
    pub(crate) fn serve_nothing(&self) {
        *self.serve.borrow_mut() = None;
    }

    pub(crate) fn has(&self, feature: u64) -> bool {
        self.features.get() & feature == feature
    }

    /// Takes the next chain of a queue, if it is let work.
    pub(crate) fn take(&self, queue: u16) -> Option<Chain> {
        self.with_side(queue, Side::take)?
    }

    /// Gives a chain back.
    pub(crate) fn give(&self, queue: u16, head: impl Into<u32>, written: u32) {
        let is_wanted = self.with_side(queue, |side| side.give(head.into(), written));
        self.interrupts.update(|count| count + u32::from(is_wanted == Some(true)));
    }

    pub(crate) fn with_side<R>(&self, queue: u16, f: impl FnOnce(&mut Side) -> R) -> Option<R> {
        if self.status.get() != 0b1111 {
            return None;
        }
        let mut sides = self.sides.borrow_mut();
        sides.get_mut(usize::from(queue))?.as_mut().map(f)
    }

    fn bytes<const COUNT: usize>(&self, at: usize) -> [u8; COUNT] {
        let config = self.config.borrow();
        let bytes = config.get(at..).and_then(|rest| rest.first_chunk());
        bytes.copied().unwrap_or([0; COUNT])
    }
}

impl Transport for Fake {
    fn place(&self) -> Place {
        Place::Mmio(0x1000)
    }

    fn class(&self) -> u32 {
        self.class as u32
    }

    fn features(&self) -> u64 {
        assert_eq!(self.status.get(), 3, "a device is known and has a driver first");
        self.offered
    }

    fn set_features(&self, features: u64) {
        assert_eq!(features & !self.offered, 0, "only what is offered is taken");
        self.features.set(features);
    }

    fn status(&self) -> u8 {
        self.status.get()
    }

    fn set_status(&self, status: u8) {
        if status == 0 {
            self.resets.update(|count| count + 1);
            if self.does_reset.get() {
                self.sides.borrow_mut().clear();
                self.status.set(0);
            }
            return;
        }
        assert_eq!(status & self.status.get(), self.status.get(), "no bit is taken back");
        let refused = if self.takes_features.get() { 0 } else { 8 };
        self.status.set(status & !refused);
    }

    fn queue_size_max(&self, queue: u16) -> u16 {
        self.sizes.get(usize::from(queue)).copied().unwrap_or(0)
    }

    fn enable_queue(&self, queue: u16, areas: Areas) -> bool {
        assert_eq!(self.status.get(), 0b1011, "queues come between features and work");
        assert!(areas.size.is_power_of_two() && areas.size <= self.queue_size_max(queue));
        assert_eq!((areas.descriptors % 16, areas.available % 2, areas.used % 4), (0, 0, 0));
        let mut sides = self.sides.borrow_mut();
        let count = sides.len().max(usize::from(queue) + 1);
        sides.resize_with(count, || None);
        sides[usize::from(queue)] = Some(Side::new(areas, self.has(EVENT_INDEX)));
        self.takes_queues.get()
    }

    fn notify(&self, queue: u16) {
        self.notified.borrow_mut().push(queue);
        let serve = self.serve.borrow().clone();
        if let Some(serve) = serve {
            serve(self, queue);
        }
    }

    fn config_8(&self, at: usize) -> u8 {
        u8::from_le_bytes(self.bytes(at))
    }

    fn config_16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.bytes(at))
    }

    fn config_32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at))
    }

    fn generation(&self) -> u32 {
        self.generation.replace(self.generation.get().wrapping_add(self.unsteady_by.get()))
    }

    fn acknowledge(&self) -> u8 {
        0
    }
}
