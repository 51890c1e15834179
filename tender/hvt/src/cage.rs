//! The machine.

use crate::{
    counter,
    error::{Error, failed},
    exit::{Exit, Raw},
    fault::{Fault, Vector},
    kick::{self, Kick},
    memory::GuestMemory,
    pages::Pages,
    physical::Physical,
    processor::{self, Processor},
    registers::Registers,
    supervisor::Supervisor,
};
use kvm_bindings::{kvm_fpu, kvm_sregs, kvm_userspace_memory_region};
use kvm_ioctls::{Kvm, VcpuFd, VmFd};
use std::{io, os::fd::AsRawFd};

/// Where a guest starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The first instruction.
    pub entry: u64,
    /// The stack pointer.
    pub stack: u64,
    /// The first argument (`rdi`).
    pub argument: u64,
}

/// A virtual machine of one processor that runs in ring 3.
#[derive(Debug)]
pub struct Cage {
    // Fields are dropped in this order: first what uses memory, then the memory.
    kick: Option<Kick>,
    processor: VcpuFd,
    _machine: VmFd,
    pages: Pages,
    memory: GuestMemory,
    supervisor: Supervisor,
    physical: Physical,
    /// Segments and control registers of ring 3, to return to after a fault.
    ring3: kvm_sregs,
    is_over: bool,
}

impl Cage {
    /// Makes a machine of `memory` that begins at `start`.
    pub fn new(kvm: &Kvm, memory: GuestMemory, start: Start) -> Result<Self, Error> {
        let supervisor = Supervisor::anywhere().map_err(failed("getrandom"))?;
        let physical = Physical::new(&memory);
        let pages = physical.build(&memory, supervisor).map_err(failed("mmap"))?;
        let machine = kvm.create_vm().map_err(failed("KVM_CREATE_VM"))?;
        give_all(&machine, &pages, &memory)?;
        let processor = machine.create_vcpu(0).map_err(failed("KVM_CREATE_VCPU"))?;
        let ring3 = prepare(kvm, &processor, supervisor)?;
        processor.set_regs(&start.registers().to_kvm()).map_err(failed("KVM_SET_REGS"))?;
        Ok(Self {
            kick: None,
            processor,
            _machine: machine,
            pages,
            memory,
            supervisor,
            physical,
            ring3,
            is_over: false,
        })
    }

    /// The guest's memory.
    #[must_use]
    pub fn memory(&self) -> &GuestMemory {
        &self.memory
    }

    /// The descriptor of the processor, which is all that running the guest takes.
    #[must_use]
    pub fn descriptor(&self) -> i32 {
        self.processor.as_raw_fd()
    }

    /// Runs the guest until something is to be done for it, or about it.
    ///
    /// Errors: [`Error::Over`] after a fault; what KVM refuses.
    pub fn enter(&mut self) -> Result<Exit, Error> {
        if self.is_over {
            return Err(Error::Over);
        }
        let raw = match self.processor.run() {
            Ok(exit) => Raw::new(&exit, self.physical),
            Err(error) if error.errno() == EINTR => return Ok(self.interrupted()),
            Err(error) => return Err(failed("KVM_RUN")(error)),
        };
        self.is_over = matches!(raw, Raw::Fault(_) | Raw::Unexpected(_));
        match raw {
            Raw::Doorbell(value) => Ok(Exit::Doorbell(value)),
            Raw::Misuse(misuse) => Ok(Exit::Misuse(misuse)),
            Raw::Fault(vector) => self.fault(vector),
            Raw::Unexpected(what) => Ok(Exit::Unexpected(what)),
        }
    }

    /// Lets `signal` end [`enter`](Self::enter) with [`Exit::Interrupted`], even if it comes a moment
    /// before the guest is entered. It must be sent to the thread that enters.
    ///
    /// A thread has one such cage at a time: the last that asked for its first signal.
    pub fn interrupt_on(&mut self, signal: i32) -> io::Result<()> {
        let flag = &raw mut self.processor.get_kvm_run().immediate_exit;
        self.kick.get_or_insert_with(|| Kick::new(flag));
        kick::handle(signal)
    }

    /// The registers of the guest in ring 3. After a fault they are in [`Fault`].
    pub fn registers(&self) -> Result<Registers, Error> {
        let general = self.processor.get_regs().map_err(failed("KVM_GET_REGS"))?;
        let special = self.processor.get_sregs().map_err(failed("KVM_GET_SREGS"))?;
        Ok(Registers::new(&general, special.fs.base, special.gs.base))
    }

    /// Whether the processor is in ring 3, and not on its way to report a fault.
    #[must_use]
    pub fn is_in_guest(&self) -> bool {
        self.processor.get_regs().is_ok_and(|registers| registers.rip < self.supervisor.base)
    }

    /// Lets the guest continue in ring 3 with these registers, also after a fault.
    pub fn set_registers(&mut self, registers: &Registers) -> Result<(), Error> {
        self.ring3.fs.base = registers.fs_base;
        self.ring3.gs.base = registers.gs_base;
        self.processor.set_sregs(&self.ring3).map_err(failed("KVM_SET_SREGS"))?;
        self.processor.set_regs(&registers.to_kvm()).map_err(failed("KVM_SET_REGS"))?;
        self.is_over = false;
        Ok(())
    }

    /// The x87 and SSE registers.
    pub fn vectors(&self) -> Result<kvm_fpu, Error> {
        self.processor.get_fpu().map_err(failed("KVM_GET_FPU"))
    }

    /// Sets the x87 and SSE registers.
    pub fn set_vectors(&mut self, vectors: &kvm_fpu) -> Result<(), Error> {
        self.processor.set_fpu(vectors).map_err(failed("KVM_SET_FPU"))
    }

    fn interrupted(&mut self) -> Exit {
        self.processor.set_kvm_immediate_exit(0);
        Exit::Interrupted
    }

    fn fault(&mut self, vector: Vector) -> Result<Exit, Error> {
        let general = self.processor.get_regs().map_err(failed("KVM_GET_REGS"))?;
        let special = self.processor.get_sregs().map_err(failed("KVM_GET_SREGS"))?;
        let Some(frame) = self.supervisor.frame(&self.pages, general.rsp) else {
            return Ok(Exit::Unexpected("a fault that is not ring 3's"));
        };
        let fault = Fault {
            vector,
            error_code: frame.error_code,
            address: (vector == Vector::PAGE).then_some(special.cr2),
            registers: Registers {
                rip: frame.instruction,
                rsp: frame.stack,
                rflags: frame.flags,
                ..Registers::new(&general, special.fs.base, special.gs.base)
            },
        };
        Ok(Exit::Fault(self.supervisor.undo_syscall(fault)))
    }
}

impl Start {
    fn registers(self) -> Registers {
        const ALWAYS_ONE: u64 = 1 << 1;
        Registers {
            rip: self.entry,
            rsp: self.stack,
            rdi: self.argument,
            rflags: ALWAYS_ONE,
            ..Registers::default()
        }
    }
}

fn prepare(kvm: &Kvm, processor: &VcpuFd, supervisor: Supervisor) -> Result<kvm_sregs, Error> {
    let cpuid = kvm
        .get_supported_cpuid(kvm_bindings::KVM_MAX_CPUID_ENTRIES)
        .map_err(failed("KVM_GET_SUPPORTED_CPUID"))?;
    processor.set_cpuid2(&cpuid).map_err(failed("KVM_SET_CPUID2"))?;
    let state = Processor { cpuid: &cpuid };
    let reset = processor.get_sregs().map_err(failed("KVM_GET_SREGS"))?;
    let ring3 = state.special(&reset, Physical::ROOT, supervisor);
    processor.set_sregs(&ring3).map_err(failed("KVM_SET_SREGS"))?;
    if let Some(vectors) = state.vectors() {
        processor.set_xcrs(&vectors).map_err(failed("KVM_SET_XCRS"))?;
    }
    let landing = processor::landing(supervisor).map_err(failed("KVM_SET_MSRS"))?;
    processor.set_msrs(&landing).map_err(failed("KVM_SET_MSRS"))?;
    counter::align(processor);
    Ok(ring3)
}

/// Gives the machine both parts of its memory. Each slot costs a grace period of the kernel, which
/// on a busy host is milliseconds, so that neighbours share one.
fn give_all(machine: &VmFd, pages: &Pages, memory: &GuestMemory) -> Result<(), Error> {
    let (low, high) = (pages.address(), memory.host() as u64);
    if low + pages.size() == high {
        return give(machine, 0, 0, low, pages.size() + memory.size());
    }
    give(machine, 0, 0, low, pages.size())?;
    give(machine, 1, pages.size(), high, memory.size())
}

fn give(machine: &VmFd, slot: u32, at: u64, host: u64, size: u64) -> Result<(), Error> {
    let region = kvm_userspace_memory_region {
        slot,
        guest_phys_addr: at,
        memory_size: size,
        userspace_addr: host,
        flags: 0,
    };
    // SAFETY: both mappings outlive the machine: `Pages` by the order of `Cage`'s fields, the
    // guest's by the promise of who called `GuestMemory::new`. Neither slot overlaps the other.
    unsafe { machine.set_user_memory_region(region) }.map_err(failed("KVM_SET_USER_MEMORY_REGION"))
}

const EINTR: i32 = rustix::io::Errno::INTR.raw_os_error();
