//! A hypervisor in the test's own process, and the domains beside the guest.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::{rc::Rc, vec, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    sync::atomic::Ordering,
};

use crate::{
    hypercall::{
        DomainId, GrantFrames, HypercallError, Hypervisor, Parameter, Reason, Space, Woken,
    },
    memory::{PAGE_BYTES, Window},
};

/// The first frame: none is taken for nothing.
const FIRST_FRAME: u64 = 0x100;

/// A domain beside the guest.
pub(super) trait Server {
    /// Does what is to be done; tells whether there was something.
    fn serve(&self, world: &World) -> bool;
}

/// An entry of the table of grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) flags: u16,
    pub(super) peer: u16,
    pub(super) address: usize,
}

/// The hypervisor.
#[derive(Default)]
pub(super) struct World {
    /// The pages that have frames, and where they are among them.
    pages: RefCell<Vec<usize>>,
    places: RefCell<BTreeMap<usize, usize>>,
    shared: Cell<usize>,
    table: RefCell<Vec<usize>>,
    pub(super) now_ns: Cell<u64>,
    pub(super) channels: Cell<u32>,
    pub(super) closed: RefCell<Vec<u32>>,
    pub(super) sent: RefCell<Vec<u32>>,
    /// Channels whose other sides were told, and have not looked yet.
    kicks: RefCell<BTreeSet<u32>>,
    pub(super) unmasked: RefCell<Vec<u32>>,
    pub(super) parameters: RefCell<BTreeMap<u32, u64>>,
    pub(super) woken: Cell<Option<Woken>>,
    pub(super) polls: Cell<usize>,
    /// Whether other domains run as soon as they are told, not only when the guest waits.
    pub(super) is_eager: Cell<bool>,
    pub(super) frames_max: Cell<u32>,
    servers: RefCell<Vec<Rc<dyn Server>>>,
}

impl World {
    pub(super) fn new() -> Rc<Self> {
        let world = Self::default();
        world.channels.set(8);
        world.frames_max.set(64);
        Rc::new(world)
    }

    pub(super) fn add(&self, server: Rc<dyn Server>) {
        self.servers.borrow_mut().push(server);
    }

    /// Tells whether the other side of a channel was told since it last looked.
    pub(super) fn take_kick(&self, channel: u32) -> bool {
        self.kicks.borrow_mut().remove(&channel)
    }

    /// Lets no other domain run any more.
    pub(super) fn stop(&self) {
        self.servers.borrow_mut().clear();
    }

    /// Lets the other domains run until none has anything to do.
    pub(super) fn run(&self) {
        let servers: Vec<_> = self.servers.borrow().clone();
        for _ in 0..10_000 {
            if !servers.iter().fold(false, |any, server| server.serve(self) | any) {
                return;
            }
        }
        panic!("the other domains never rest");
    }

    /// Sends an event to the guest.
    pub(super) fn raise(&self, channel: u32) {
        let shared = self.shared();
        let word = shared.word(0x800 + channel as usize / 64 * 8);
        word.fetch_or(1 << (channel % 64), Ordering::SeqCst);
    }

    pub(super) fn is_pending(&self, channel: u32) -> bool {
        let shared = self.shared();
        let word = shared.word(0x800 + channel as usize / 64 * 8);
        word.load(Ordering::SeqCst) >> (channel % 64) & 1 == 1
    }

    pub(super) fn shared(&self) -> Window {
        // SAFETY: the page is there for as long as the guest is, and only windows look at it.
        unsafe { Window::new(self.shared.get(), PAGE_BYTES) }
    }

    pub(super) fn entry_window(&self, reference: u32) -> (Window, usize) {
        let at = reference as usize * 8;
        let page = self.table.borrow()[at / PAGE_BYTES];
        // SAFETY: as for the shared page.
        (unsafe { Window::new(page, PAGE_BYTES) }, at % PAGE_BYTES)
    }

    pub(super) fn entry(&self, reference: u32) -> Entry {
        let (window, at) = self.entry_window(reference);
        let frame = u64::from(window.load::<u32>(at + 4));
        let pages = self.pages.borrow();
        let address = frame.checked_sub(FIRST_FRAME).and_then(|at| pages.get(at as usize));
        Entry {
            flags: window.load(at),
            peer: window.load(at + 2),
            address: address.copied().unwrap_or_default(),
        }
    }

    /// Returns a window on a page that is granted to domain 0 for writing, if `writes`.
    pub(super) fn page(&self, reference: u32, writes: bool) -> Window {
        let entry = self.entry(reference);
        assert_eq!((entry.flags & 3, entry.peer), (1, 0), "grant {reference} is none");
        assert!(!writes || entry.flags & 4 == 0, "grant {reference} is for reading");
        // SAFETY: the guest has granted it.
        unsafe { Window::new(entry.address, PAGE_BYTES) }
    }

    /// Marks a grant as in use, or not.
    pub(super) fn hold(&self, reference: u32, is_held: bool) {
        let (window, at) = self.entry_window(reference);
        if is_held {
            window.half(at).fetch_or(16, Ordering::SeqCst);
        } else {
            window.half(at).fetch_and(!16, Ordering::SeqCst);
        }
    }

    /// Counts the grants that have not ended.
    pub(super) fn granted(&self) -> usize {
        let entries = self.table.borrow().len() * 512;
        (8..entries).filter(|&at| self.entry(u32::try_from(at).unwrap()).flags != 0).count()
    }
}

impl Hypervisor for World {
    fn version(&self) -> u32 {
        0x0004_0011
    }

    fn ticks(&self) -> u64 {
        self.now_ns.update(|now| now + 1000);
        self.now_ns.get()
    }

    fn frame(&self, address: usize) -> u64 {
        let page = address & !(PAGE_BYTES - 1);
        let mut pages = self.pages.borrow_mut();
        let at = *self.places.borrow_mut().entry(page).or_insert_with(|| {
            pages.push(page);
            pages.len() - 1
        });
        FIRST_FRAME + at as u64
    }

    fn map_page(&self, space: Space, index: u64, frame: u64) -> Result<(), HypercallError> {
        let page = self.pages.borrow()[(frame - FIRST_FRAME) as usize];
        // SAFETY: the guest has given the page for this.
        let window = unsafe { Window::new(page, PAGE_BYTES) };
        window.clear();
        match space {
            Space::GrantTable => {
                let mut table = self.table.borrow_mut();
                let size = (index as usize + 1).max(table.len());
                table.resize(size, 0);
                table[index as usize] = page;
            }
            Space::SharedInfo => {
                self.shared.set(page);
                // A tick is a nanosecond, and guests are born in November 2023.
                window.store(0x20, 2_u32);
                window.store(0x38, 1_u32 << 31);
                window.store(0x3c, 1_i8);
                window.store(0xc00, 2_u32);
                window.store(0xc04, 1_700_000_000_u32);
                window.store(0xc08, 5_u32);
            }
        }
        Ok(())
    }

    fn parameter(&self, parameter: Parameter) -> Result<u64, HypercallError> {
        Ok(self.parameters.borrow().get(&(parameter as u32)).copied().unwrap_or_default())
    }

    fn set_parameter(&self, parameter: Parameter, value: u64) -> Result<(), HypercallError> {
        self.parameters.borrow_mut().insert(parameter as u32, value);
        Ok(())
    }

    fn grant_frames(&self) -> Result<GrantFrames, HypercallError> {
        Ok(GrantFrames { count: 1, count_max: self.frames_max.get() })
    }

    fn alloc_unbound(&self, _peer: DomainId) -> Result<u32, HypercallError> {
        self.channels.update(|last| last + 1);
        Ok(self.channels.get())
    }

    fn bind_interdomain(&self, peer: DomainId, _channel: u32) -> Result<u32, HypercallError> {
        self.alloc_unbound(peer)
    }

    fn bind_timer(&self) -> Result<u32, HypercallError> {
        self.alloc_unbound(0)
    }

    fn close(&self, channel: u32) -> Result<(), HypercallError> {
        self.closed.borrow_mut().push(channel);
        Ok(())
    }

    fn send(&self, channel: u32) -> Result<(), HypercallError> {
        self.sent.borrow_mut().push(channel);
        self.kicks.borrow_mut().insert(channel);
        if self.is_eager.get() {
            self.run();
        }
        Ok(())
    }

    fn unmask(&self, channel: u32) -> Result<(), HypercallError> {
        self.unmasked.borrow_mut().push(channel);
        Ok(())
    }

    fn yield_now(&self) {
        self.run();
    }

    fn poll(&self, channels: &[u32], deadline_ns: Option<u64>) -> Result<(), HypercallError> {
        self.polls.update(|count| count + 1);
        let is_pending = || channels.iter().any(|&channel| self.is_pending(channel));
        if is_pending() {
            return Ok(());
        }
        self.run();
        if is_pending() {
            return Ok(());
        }
        let deadline_ns = deadline_ns.expect("a guest that sleeps for ever");
        self.now_ns.update(|now| now.max(deadline_ns));
        Ok(())
    }

    fn suspend(&self) -> Result<Woken, HypercallError> {
        let woken = self.woken.get().ok_or(HypercallError { call: "suspend", code: -38 })?;
        if woken == Woken::Anew {
            self.shared().clear();
            *self.table.borrow_mut() = vec![];
        }
        Ok(woken)
    }

    fn shutdown(&self, reason: Reason) {
        panic!("the guest ends: {reason:?}");
    }

    fn set_timer(&self, _deadline_ns: u64) -> Result<(), HypercallError> {
        Ok(())
    }

    fn stop_timer(&self) -> Result<(), HypercallError> {
        Ok(())
    }

    fn write_log(&self, _text: &[u8]) {}
}
