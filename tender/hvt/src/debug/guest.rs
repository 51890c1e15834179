//! The guest as `gdbstub` sees it.

use super::{
    OnExit,
    registers::{TRAP, from_gdb, to_gdb},
};
use crate::{Cage, Error, Exit, Fault, Registers, Vector, memory::PAGE_BYTES};
use gdbstub::{
    common::Signal,
    stub::SingleThreadStopReason,
    target::{
        Target, TargetError, TargetResult,
        ext::{
            base::{
                BaseOps,
                singlethread::{
                    SingleThreadBase, SingleThreadResume, SingleThreadResumeOps,
                    SingleThreadSingleStep, SingleThreadSingleStepOps,
                },
            },
            breakpoints::{Breakpoints, BreakpointsOps, SwBreakpoint, SwBreakpointOps},
            section_offsets::{Offsets, SectionOffsets, SectionOffsetsOps},
        },
    },
};
use gdbstub_arch::x86::{X86_64_SSE, reg::X86_64CoreRegs};
use std::{collections::BTreeMap, ops::ControlFlow};

const INT3: u8 = 0xcc;

/// What stopped the guest.
pub(super) type Stop = SingleThreadStopReason<u64>;

/// A guest under a debugger. While it is stopped, `registers` are its own.
pub(super) struct Guest<'a> {
    cage: &'a mut Cage,
    on_exit: OnExit<'a>,
    /// Where the image lies, if that is known.
    image: Option<u64>,
    registers: Registers,
    /// The byte that each breakpoint stands for.
    breakpoints: BTreeMap<u64, u8>,
    is_stepping: bool,
    /// What stopped the guest, if it was a fault of its own.
    fault: Option<Fault>,
}

impl<'a> Guest<'a> {
    pub(super) fn new(
        cage: &'a mut Cage,
        on_exit: OnExit<'a>,
        image: Option<u64>,
    ) -> Result<Self, Error> {
        let registers = cage.registers()?;
        let (breakpoints, is_stepping) = (BTreeMap::new(), false);
        Ok(Self { cage, on_exit, image, registers, breakpoints, is_stepping, fault: None })
    }

    /// Runs until the next exit, and says so if the debugger is to hear of it.
    pub(super) fn run(&mut self) -> Result<Option<Stop>, Error> {
        if let Some(fault) = self.fault.take() {
            return self.serve(Exit::Fault(fault));
        }
        match self.cage.enter()? {
            Exit::Fault(fault) => Ok(Some(self.stopped(&fault))),
            Exit::Interrupted => Ok(None),
            exit => self.serve(exit),
        }
    }

    /// Whether the guest can be stopped here.
    pub(super) fn is_in_guest(&self) -> bool {
        self.cage.is_in_guest()
    }

    /// Stops between two instructions.
    pub(super) fn interrupt(&mut self) -> Result<Stop, Error> {
        self.registers = self.cage.registers()?;
        Ok(Stop::Signal(Signal::SIGINT))
    }

    /// Takes all breakpoints away and lets the guest stand where it stopped.
    pub(super) fn release(mut self) -> Result<(), Error> {
        for (address, byte) in std::mem::take(&mut self.breakpoints) {
            self.cage.memory().poke(address, &[byte]);
        }
        self.registers.rflags &= !TRAP;
        self.cage.set_registers(&self.registers)
    }

    /// The instruction that rings is one step.
    fn serve(&mut self, exit: Exit) -> Result<Option<Stop>, Error> {
        if let ControlFlow::Break(code) = (self.on_exit)(self.cage, exit) {
            return Ok(Some(Stop::Exited(code)));
        }
        if !self.is_stepping {
            return Ok(None);
        }
        self.registers = self.cage.registers()?;
        Ok(Some(Stop::DoneStep))
    }

    fn stopped(&mut self, fault: &Fault) -> Stop {
        self.registers = fault.registers;
        let before = fault.registers.rip.wrapping_sub(1);
        match fault.vector {
            Vector::BREAKPOINT if self.breakpoints.contains_key(&before) => {
                self.registers.rip = before;
                Stop::SwBreak(())
            }
            Vector::DEBUG if self.is_stepping => Stop::DoneStep,
            vector => {
                self.fault = Some(*fault);
                Stop::Signal(signal(vector))
            }
        }
    }

    /// Goes on. A guest has no handlers: if it gets the signal of its fault, that is its end.
    fn go(&mut self, is_stepping: bool, delivered: Option<Signal>) -> Result<(), Error> {
        self.is_stepping = is_stepping;
        self.fault = self.fault.filter(|fault| Some(signal(fault.vector)) == delivered);
        let trap = if is_stepping { TRAP } else { 0 };
        self.registers.rflags = self.registers.rflags & !TRAP | trap;
        self.cage.set_registers(&self.registers)
    }

    /// Changes the bytes that breakpoints stand for, and leaves the breakpoints.
    fn write_around_breakpoints(&mut self, address: u64, bytes: &[u8]) -> bool {
        let mut mixed = bytes.to_vec();
        for (address, (new, mixed)) in (address..).zip(bytes.iter().zip(&mut mixed)) {
            if let Some(old) = self.breakpoints.get_mut(&address) {
                *old = *new;
                *mixed = INT3;
            }
        }
        self.cage.memory().poke(address, &mixed)
    }
}

fn signal(vector: Vector) -> Signal {
    match vector {
        Vector::BREAKPOINT | Vector::DEBUG => Signal::SIGTRAP,
        Vector::INVALID_OPCODE => Signal::SIGILL,
        Vector::DIVIDE | Vector::FLOAT | Vector::VECTOR_FLOAT => Signal::SIGFPE,
        Vector::ALIGNMENT => Signal::SIGBUS,
        _ => Signal::SIGSEGV,
    }
}

impl Target for Guest<'_> {
    type Arch = X86_64_SSE;
    type Error = Error;

    fn base_ops(&mut self) -> BaseOps<'_, Self::Arch, Self::Error> {
        BaseOps::SingleThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_section_offsets(&mut self) -> Option<SectionOffsetsOps<'_, Self>> {
        self.image.is_some().then_some(self)
    }
}

impl SectionOffsets for Guest<'_> {
    /// All segments lie as they were linked, so that the address of the first one tells of all.
    fn get_section_offsets(&mut self) -> Result<Offsets<u64>, Error> {
        Ok(Offsets::Segments { text_seg: self.image.unwrap_or_default(), data_seg: None })
    }
}

impl SingleThreadBase for Guest<'_> {
    fn read_registers(&mut self, to: &mut X86_64CoreRegs) -> TargetResult<(), Self> {
        *to = to_gdb(&self.registers, &self.cage.vectors().map_err(TargetError::Fatal)?);
        Ok(())
    }

    fn write_registers(&mut self, from: &X86_64CoreRegs) -> TargetResult<(), Self> {
        let mut vectors = self.cage.vectors().map_err(TargetError::Fatal)?;
        from_gdb(from, &mut self.registers, &mut vectors);
        self.cage.set_vectors(&vectors).map_err(TargetError::Fatal)
    }

    fn read_addrs(&mut self, address: u64, to: &mut [u8]) -> TargetResult<usize, Self> {
        // A debugger asks for more than there is, and takes what there is.
        let to_page_end = usize::try_from(PAGE_BYTES - address % PAGE_BYTES).unwrap_or(to.len());
        let is_whole = self.cage.memory().read(address, to);
        let len = if is_whole { to.len() } else { to_page_end.min(to.len()) };
        if !is_whole && !self.cage.memory().read(address, &mut to[..len]) {
            return Err(TargetError::NonFatal);
        }
        for (address, byte) in (address..).zip(&mut to[..len]) {
            *byte = *self.breakpoints.get(&address).unwrap_or(byte);
        }
        Ok(len)
    }

    fn write_addrs(&mut self, address: u64, bytes: &[u8]) -> TargetResult<(), Self> {
        let is_done = self.write_around_breakpoints(address, bytes);
        if is_done { Ok(()) } else { Err(TargetError::NonFatal) }
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadResume for Guest<'_> {
    fn resume(&mut self, signal: Option<Signal>) -> Result<(), Error> {
        self.go(false, signal)
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadSingleStep for Guest<'_> {
    fn step(&mut self, signal: Option<Signal>) -> Result<(), Error> {
        self.go(true, signal)
    }
}

impl Breakpoints for Guest<'_> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Guest<'_> {
    fn add_sw_breakpoint(&mut self, address: u64, _kind: usize) -> TargetResult<bool, Self> {
        let mut byte = [0];
        if self.breakpoints.contains_key(&address) {
            return Ok(true);
        }
        let is_there = self.cage.memory().read(address, &mut byte);
        if is_there && self.cage.memory().poke(address, &[INT3]) {
            self.breakpoints.insert(address, byte[0]);
        }
        Ok(is_there)
    }

    fn remove_sw_breakpoint(&mut self, address: u64, _kind: usize) -> TargetResult<bool, Self> {
        let Some(byte) = self.breakpoints.remove(&address) else { return Ok(false) };
        Ok(self.cage.memory().poke(address, &[byte]))
    }
}
