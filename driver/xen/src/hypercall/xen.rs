//! The real hypervisor, called through its page of entry points.
//!
//! The page lies in the image, among its code: a page that the hypervisor fills when its frame is written to a
//! machine register, whose number `CPUID` tells (Xen, `arch-x86/cpuid.h`):
//!
//! | leaf, from the base on | register | holds |
//! | --- | --- | --- |
//! | 0 | `ebx`, `ecx`, `edx` | `XenVMMXenVMM` |
//! | 1 | `eax` | the version, `major << 16 \| minor` |
//! | 2 | `ebx` | the machine register |
//!
//! The base is the first of `0x4000_0000`, `0x4000_0100`, .. that says so. Call number `n` is entered at byte
//! `32 * n` of the page, with its arguments in `rdi`, `rsi`, `rdx`, `r10`, and answers in `rax`.

use core::arch::{
    asm, global_asm,
    x86_64::{__cpuid, _rdtsc},
};

use zerocopy::{FromBytes, IntoBytes};

use super::{
    DomainId, GrantFrames, HypercallError, Hypervisor, POLL_MOST, Parameter, Reason, Space, Woken,
    arguments::{
        AddToPhysmap, AllocUnbound, BindInterdomain, BindVirq, HvmParam, QuerySize, SchedPoll,
        SingleshotTimer,
    },
};

// Among the code, so that it may be run where pages that are written may not.
global_asm!(
    ".pushsection .text.sarab_xen_hypercalls, \"ax\", @progbits",
    ".balign 4096",
    ".hidden sarab_xen_hypercalls",
    ".globl sarab_xen_hypercalls",
    "sarab_xen_hypercalls:",
    ".skip 4096, 0xcc",
    ".popsection",
);

unsafe extern "C" {
    static sarab_xen_hypercalls: [u8; 4096];
}

const SIGNATURE: [u8; 12] = *b"XenVMMXenVMM";
const DOMAIN_SELF: DomainId = 0x7ff0;
/// Bytes of the code of a call.
const CALL_BYTES: usize = 32;

/// Numbers of calls (`xen.h`, `__HYPERVISOR_*`).
mod call {
    pub(super) const MEMORY: usize = 12;
    pub(super) const CONSOLE: usize = 18;
    pub(super) const GRANT_TABLE: usize = 20;
    pub(super) const VCPU: usize = 24;
    pub(super) const SCHED: usize = 29;
    pub(super) const EVENT_CHANNEL: usize = 32;
    pub(super) const HVM: usize = 34;
}

/// The hypervisor that the guest runs on.
#[derive(Debug)]
pub struct Xen {
    version: u32,
}

impl Xen {
    /// Finds the hypervisor, and has it fill the page of its calls; `None` where it is not Xen.
    ///
    /// # Safety
    ///
    /// This is the processor's kernel mode, memory is mapped one to one, and from here on the memory that the
    /// drivers are given is used as their contracts say.
    #[must_use]
    pub unsafe fn find() -> Option<Self> {
        let base = (0x4000_0000..0x4001_0000).step_by(0x100).find(|&base| is_xen(base))?;
        let register = __cpuid(base + 2).ebx;
        let page = &raw const sarab_xen_hypercalls;
        let frame = page.expose_provenance() as u64;
        // SAFETY: the register is the one that Xen names, which makes it fill the page there; nothing but
        // Xen's calls lies in it.
        unsafe { write_register(register, frame) };
        Some(Self { version: __cpuid(base + 1).eax })
    }
}

fn is_xen(base: u32) -> bool {
    let leaf = __cpuid(base);
    [leaf.ebx, leaf.ecx, leaf.edx].map(u32::to_le_bytes).as_flattened() == SIGNATURE
}

/// # Safety
///
/// Kernel mode, and a register and value of which the writer knows what they do.
unsafe fn write_register(register: u32, value: u64) {
    let [low, high] = [value & 0xffff_ffff, value >> 32];
    // SAFETY: by the contract of this function.
    unsafe { asm!("wrmsr", in("ecx") register, in("rax") low, in("rdx") high, options(nostack)) }
}

/// Calls the hypervisor.
///
/// # Safety
///
/// [`Xen::find`] has found it, and the arguments are what the call takes: those that are addresses are of memory
/// that it may read and write.
unsafe fn hypercall(number: usize, arguments: [u64; 3]) -> i64 {
    let page = (&raw const sarab_xen_hypercalls).cast::<u8>();
    let entry = page.wrapping_add(number * CALL_BYTES);
    let [one, two, three] = arguments;
    let answer: i64;
    // SAFETY: the page holds the code of the call. It changes no register but these, and memory only as the
    // contract of this function says; the return address is on the stack, hence no `nostack`.
    unsafe {
        asm!(
            "call {entry}",
            entry = in(reg) entry,
            inlateout("rdi") one => _,
            inlateout("rsi") two => _,
            inlateout("rdx") three => _,
            lateout("rax") answer,
            lateout("rcx") _,
            lateout("r8") _,
            lateout("r10") _,
            lateout("r11") _,
        );
    }
    answer
}

/// Makes the call `number`, command `command`, whose only argument is a table in memory.
fn ask<T: FromBytes + IntoBytes>(
    (number, command): (usize, u64),
    name: &'static str,
    table: &mut T,
) -> Result<(), HypercallError> {
    let address = core::ptr::from_mut(table).expose_provenance() as u64;
    // The third argument counts the tables, where a call takes several.
    // SAFETY: the callers below make calls that take that table, and it is a table of plain numbers.
    HypercallError::check(name, unsafe { hypercall(number, [command, address, 1]) })
}

/// Makes a call on one channel.
fn on_channel(command: u64, name: &'static str, mut channel: u32) -> Result<(), HypercallError> {
    ask((call::EVENT_CHANNEL, command), name, &mut channel)
}

/// Makes a call of the scheduler whose argument is one number.
fn schedule(command: u64, mut argument: u32) -> i64 {
    let address = (&raw mut argument).expose_provenance() as u64;
    // SAFETY: the call reads four bytes at that address, at most.
    unsafe { hypercall(call::SCHED, [command, address, 0]) }
}

impl Hypervisor for Xen {
    fn version(&self) -> u32 {
        self.version
    }

    fn ticks(&self) -> u64 {
        // SAFETY: every processor of 64 bits has the counter.
        unsafe { _rdtsc() }
    }

    fn map_page(&self, space: Space, index: u64, frame: u64) -> Result<(), HypercallError> {
        let space = space as u32;
        let mut table = AddToPhysmap { domain: DOMAIN_SELF, size: 0, space, index, frame };
        ask((call::MEMORY, 7), "XENMEM_add_to_physmap", &mut table)
    }

    fn parameter(&self, parameter: Parameter) -> Result<u64, HypercallError> {
        let index = parameter as u32;
        let mut table = HvmParam { domain: DOMAIN_SELF, pad: 0, index, value: 0 };
        ask((call::HVM, 1), "HVMOP_get_param", &mut table)?;
        Ok(table.value)
    }

    fn set_parameter(&self, parameter: Parameter, value: u64) -> Result<(), HypercallError> {
        let index = parameter as u32;
        let mut table = HvmParam { domain: DOMAIN_SELF, pad: 0, index, value };
        ask((call::HVM, 0), "HVMOP_set_param", &mut table)
    }

    fn grant_frames(&self) -> Result<GrantFrames, HypercallError> {
        const NAME: &str = "GNTTABOP_query_size";
        let mut table = QuerySize { domain: DOMAIN_SELF, ..QuerySize::default() };
        ask((call::GRANT_TABLE, 6), NAME, &mut table)?;
        HypercallError::check(NAME, table.status.into())?;
        Ok(GrantFrames { count: table.count, count_max: table.count_max })
    }

    fn alloc_unbound(&self, peer: DomainId) -> Result<u32, HypercallError> {
        let mut table = AllocUnbound { domain: DOMAIN_SELF, peer, channel: 0 };
        ask((call::EVENT_CHANNEL, 6), "EVTCHNOP_alloc_unbound", &mut table)?;
        Ok(table.channel)
    }

    fn bind_interdomain(&self, peer: DomainId, channel: u32) -> Result<u32, HypercallError> {
        let mut table = BindInterdomain { peer, pad: 0, peer_channel: channel, channel: 0 };
        ask((call::EVENT_CHANNEL, 0), "EVTCHNOP_bind_interdomain", &mut table)?;
        Ok(table.channel)
    }

    fn bind_timer(&self) -> Result<u32, HypercallError> {
        let mut table = BindVirq { interrupt: 0, processor: 0, channel: 0 };
        ask((call::EVENT_CHANNEL, 1), "EVTCHNOP_bind_virq", &mut table)?;
        Ok(table.channel)
    }

    fn close(&self, channel: u32) -> Result<(), HypercallError> {
        on_channel(3, "EVTCHNOP_close", channel)
    }

    fn send(&self, channel: u32) -> Result<(), HypercallError> {
        on_channel(4, "EVTCHNOP_send", channel)
    }

    fn unmask(&self, channel: u32) -> Result<(), HypercallError> {
        on_channel(9, "EVTCHNOP_unmask", channel)
    }

    fn yield_now(&self) {
        schedule(0, 0);
    }

    fn poll(&self, channels: &[u32], deadline_ns: Option<u64>) -> Result<(), HypercallError> {
        let channels = &channels[..channels.len().min(POLL_MOST)];
        let mut table = SchedPoll {
            channels: channels.as_ptr().expose_provenance() as u64,
            count: u32::try_from(channels.len()).unwrap_or_default(),
            pad: 0,
            // 0 would be no deadline.
            deadline_ns: deadline_ns.map_or(0, |deadline| deadline.max(1)),
        };
        ask((call::SCHED, 3), "SCHEDOP_poll", &mut table)
    }

    fn suspend(&self) -> Result<Woken, HypercallError> {
        let answer = schedule(2, Reason::Suspend as u32);
        HypercallError::check("SCHEDOP_shutdown", answer)?;
        Ok(if answer == 1 { Woken::Unchanged } else { Woken::Anew })
    }

    fn shutdown(&self, reason: Reason) {
        schedule(2, reason as u32);
    }

    fn set_timer(&self, deadline_ns: u64) -> Result<(), HypercallError> {
        let mut table = SingleshotTimer { deadline_ns, flags: 0, pad: 0 };
        let address = (&raw mut table).expose_provenance() as u64;
        // SAFETY: the call reads the table at that address.
        let answer = unsafe { hypercall(call::VCPU, [8, 0, address]) };
        HypercallError::check("VCPUOP_set_singleshot_timer", answer)
    }

    fn stop_timer(&self) -> Result<(), HypercallError> {
        // SAFETY: the call takes no more arguments than command and processor.
        let answer = unsafe { hypercall(call::VCPU, [9, 0, 0]) };
        HypercallError::check("VCPUOP_stop_singleshot_timer", answer)
    }

    fn write_log(&self, text: &[u8]) {
        let address = text.as_ptr().expose_provenance() as u64;
        // SAFETY: the call reads so many bytes at that address.
        unsafe { hypercall(call::CONSOLE, [0, text.len() as u64, address]) };
    }
}
