//! The tender of a running guest: what happens when the guest rings.

use std::io;

use sarab_abi::{Control, Device, FLAG_STOP, NEVER, PANICKED, RAN_OUT_OF_MEMORY, Ring};
use zerocopy::FromZeros;

use crate::{
    Error,
    attach::{Attached, Backend, Cable},
    clock::Clock,
    console,
    crash::{self, Crash, Place},
    device::{Card, Disk},
    layout::{Layout, SLOTS},
    memory::Memory,
    poll::Poll,
    queue::{Queue, Violation},
    signal,
};

/// The tender of a guest.
pub struct Tender {
    memory: Memory,
    control: u64,
    console: (u64, u64),
    image: (u64, u64),
    stack: (u64, u64),
    clock: Clock,
    poll: Poll,
    cards: Vec<Card>,
    disks: Vec<Disk>,
}

/// What happens after a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The guest goes on.
    GoOn,
    /// The guest has ended, with this status.
    Ended(u8),
    /// The guest has crashed.
    Crashed(Crash),
}

impl Tender {
    /// Makes the tender of a guest whose memory is laid out so. Nothing of it is read before it is said
    /// where the guest sees its memory.
    pub fn new(memory: Memory, layout: &Layout, image_bytes: u64) -> Result<Self, Error> {
        signal::watch(None).map_err(|error| {
            Error::unavailable(format_args!("cannot watch for signals: {error}"))
        })?;
        let base = memory.base();
        let (console, console_bytes) = layout.console();
        let stack = layout.stack();
        Ok(Self {
            control: base + layout.control(),
            console: (base + console, console_bytes),
            image: (base + layout.image(), image_bytes),
            stack: (base + stack.0, base + stack.1),
            clock: Clock::start(),
            poll: Poll::new(),
            cards: Vec::new(),
            disks: Vec::new(),
            memory,
        })
    }

    /// Takes what is attached, and returns the devices as the guest is told of them.
    pub fn attach(&mut self, attached: Attached, layout: &Layout) -> Result<Vec<Device>, Error> {
        let mut devices = Vec::new();
        for (index, backend) in attached.backends.into_iter().enumerate() {
            let queues = layout.queues(index).map(|queue| match queue {
                0 => 0,
                queue => self.memory.base() + queue,
            });
            devices.push(backend.device(queues));
            let added = self.add(backend, queues);
            added.map_err(|error| {
                Error::unavailable(format_args!("cannot watch the devices of the host: {error}"))
            })?;
        }
        Ok(devices)
    }

    fn add(&mut self, backend: Backend, [first, second]: [u64; 2]) -> io::Result<()> {
        match backend {
            Backend::Card(Cable { name, wire, .. }) => {
                let (transmit, receive) = (Queue::new(first, SLOTS), Queue::new(second, SLOTS));
                let card = Card::new(name, wire, transmit, receive);
                self.poll.watch(card.descriptor());
                self.cards.push(card);
            }
            Backend::Disk(file) => {
                let queue = Queue::new(first, SLOTS);
                let bell = self.poll.make_bell()?;
                self.disks.push(Disk::start(file, queue, SLOTS, bell)?);
            }
        }
        Ok(())
    }

    /// Returns the guest's memory.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Returns where the guest's stack starts and ends.
    #[must_use]
    pub fn stack(&self) -> (u64, u64) {
        self.stack
    }

    /// Returns the descriptors that the tender needs from now on.
    #[must_use]
    pub fn descriptors(&self) -> Descriptors {
        Descriptors {
            bell: self.poll.bell(),
            cards: self.cards.iter().map(Card::descriptor).collect(),
            disks: self.disks.iter().map(Disk::file).collect(),
        }
    }

    /// Begins the guest's time and hands it its seed.
    pub fn boot(&mut self) -> Result<(), Error> {
        self.clock.boot();
        let mut control = Control::new_zeroed();
        control.deadline_ns = NEVER;
        // SAFETY: the kernel writes the bytes of a seed of our own.
        let size =
            unsafe { libc::getrandom(control.seed.as_mut_ptr().cast(), control.seed.len(), 0) };
        if usize::try_from(size) != Ok(control.seed.len()) {
            return Err(Error::unavailable("the host has no random numbers"));
        }
        self.clock.anchor(&mut control);
        let written = self.memory.put(self.control, &control);
        written.ok_or_else(|| Error::unavailable("the control block is not in guest memory"))
    }

    /// Does what the guest rings for.
    pub fn ring(&mut self, operation: u32) -> After {
        let memory = &self.memory;
        let Some(mut control) = memory.get::<Control>(self.control) else {
            return After::Crashed(Crash::violation("no control block"));
        };
        console::take(memory, self.console, control.console_bytes.into());
        control.console_bytes = 0;
        // The texts are not to be taken again, however this ends.
        let _ = memory.put(self.control, &control);
        let deadline_ns = match Ring::new(operation) {
            Some(Ring::Exit) => {
                self.leave();
                return After::Ended(control.status.to_le_bytes()[0]);
            }
            Some(Ring::Abort) => return After::Crashed(abort(&control)),
            None => return After::Crashed(Crash::violation("an unknown ring of the doorbell")),
            Some(Ring::Serve) => 0,
            Some(Ring::Wait) => control.deadline_ns,
        };
        if let Err(crash) = self.exchange(deadline_ns) {
            return After::Crashed(crash);
        }
        let is_asked = signal::is_asked_to_stop();
        control.flags = if is_asked { FLAG_STOP } else { 0 };
        // Who rings to be served, for room in the console, need not look; who has waited does.
        if is_asked && operation == Ring::Wait as u32 {
            signal::tell();
        }
        self.clock.anchor(&mut control);
        // The control block is in a part that the tender may write, as it was when it was made.
        let _ = self.memory.put(self.control, &control);
        After::GoOn
    }

    /// Shows what the guest has said and its crash, and returns the status of the tender.
    #[must_use]
    pub fn crashed(&self, crash: &Crash, instruction: u64, frame: u64) -> u8 {
        if let Some(control) = self.memory.get::<Control>(self.control) {
            console::take(&self.memory, self.console, control.console_bytes.into());
        }
        let (image, image_bytes) = self.image;
        self.leave();
        crash::report(crash, &self.memory, &Place { instruction, frame, image, image_bytes });
        crash.status() as u8
    }

    /// Leaves the host's devices as their next user expects them.
    fn leave(&self) {
        self.cards.iter().for_each(Card::leave);
    }

    /// Takes and delivers, until something was delivered or the deadline has come.
    fn exchange(&mut self, deadline_ns: u64) -> Result<(), Crash> {
        let mut came = self.transmit()? | self.serve_disks()? | self.receive()?;
        while !came && self.may_look(deadline_ns) {
            let left_ns = self.left_ns(deadline_ns);
            let is_over = self.poll_cards(left_ns) || left_ns == 0;
            came = self.transmit()? | self.collect_disks()? | self.receive()?;
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Tells whether to look what the host has: not where it has nothing, and not where that would keep
    /// the guest from learning that it is asked to end.
    fn may_look(&self, deadline_ns: u64) -> bool {
        match deadline_ns {
            0 => !self.cards.is_empty() || !self.disks.is_empty(),
            _ => !signal::is_to_be_told(),
        }
    }

    /// Waits for frames, for room where frames wait for it, and for the bell; tells whether the limit has
    /// passed without any.
    fn poll_cards(&mut self, limit_ns: u64) -> bool {
        for (index, card) in self.cards.iter().enumerate() {
            self.poll.look_for(index, card.looks_for());
        }
        let has_passed = self.poll.wait(limit_ns);
        for (index, card) in self.cards.iter_mut().enumerate() {
            card.may_receive |= self.poll.is_ready(index);
        }
        has_passed
    }

    /// Returns how long there is until the deadline.
    fn left_ns(&self, deadline_ns: u64) -> u64 {
        match deadline_ns {
            0 | NEVER => deadline_ns,
            _ => deadline_ns.saturating_sub(self.clock.since_boot_ns()),
        }
    }

    fn transmit(&mut self) -> Result<bool, Crash> {
        let memory = &self.memory;
        any(self.cards.iter_mut(), |card| card.transmit(memory).map_err(by(card.name)))
    }

    fn receive(&mut self) -> Result<bool, Crash> {
        let memory = &self.memory;
        let cards = self.cards.iter_mut().filter(|card| card.may_receive);
        any(cards, |card| card.receive(memory).map_err(by(card.name)))
    }

    fn serve_disks(&mut self) -> Result<bool, Crash> {
        let memory = &self.memory;
        any(self.disks.iter_mut(), |disk| disk.serve(memory).map_err(by(disk.name)))
    }

    fn collect_disks(&mut self) -> Result<bool, Crash> {
        let memory = &self.memory;
        any(self.disks.iter_mut(), |disk| disk.collect(memory).map_err(by(disk.name)))
    }
}

/// Returns why a guest aborts.
fn abort(control: &Control) -> Crash {
    match control.status {
        PANICKED => Crash::Panic,
        RAN_OUT_OF_MEMORY => Crash::OutOfMemory,
        _ => Crash::violation("an abort for no reason"),
    }
}

/// Does `act` with all devices, and tells whether anything came of one.
fn any<D>(
    mut devices: impl Iterator<Item = D>,
    act: impl Fn(D) -> Result<bool, Crash>,
) -> Result<bool, Crash> {
    devices.try_fold(false, |any, device| Ok(act(device)? | any))
}

/// Returns how a guest has crashed that broke the ABI with `device`.
fn by(device: &'static str) -> impl Fn(Violation) -> Crash {
    move |violation| Crash::Violation { device: Some(device), what: violation.words() }
}

/// The descriptors that a tender needs once its guest runs.
#[derive(Clone, Debug)]
pub struct Descriptors {
    /// What ends its wait, where there are disks.
    pub bell: Option<i32>,
    /// The taps.
    pub cards: Vec<i32>,
    /// The files of disks.
    pub disks: Vec<DiskFile>,
}

/// A file that stands for a disk.
#[derive(Clone, Copy, Debug)]
pub struct DiskFile {
    /// Its descriptor.
    pub descriptor: i32,
    /// Bytes in it.
    pub size_bytes: u64,
    /// Whether it can be written.
    pub is_writable: bool,
}
