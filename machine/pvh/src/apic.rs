//! The interrupt controllers: the one of the processor, and the one that devices are wired to (Intel SDM
//! volume 3, chapter 10; Intel 82093AA).

use crate::{
    interrupt::{SPURIOUS_VECTOR, VECTOR},
    page::map_device,
    port::Port,
    register,
};

/// Where the processor's own is.
pub(crate) const LOCAL: usize = 0xfee0_0000;
const LOCAL_BYTES: usize = 4096;

// Registers of it.
const ID: usize = 0x20;
const SPURIOUS: usize = 0xf0;
pub(crate) const END_OF_INTERRUPT: usize = 0xb0;
const TIMER: usize = 0x320;
const TIMER_INITIAL: usize = 0x380;
const TIMER_CURRENT: usize = 0x390;
const TIMER_DIVIDE: usize = 0x3e0;

/// The bit that switches it on.
const ENABLED: u32 = 1 << 8;
/// Divides by one.
const DIVIDE_BY_1: u32 = 0b1011;
/// The timer counts down once.
const ONE_SHOT: u32 = 0;
/// The timer waits for a value of the time-stamp counter.
const TSC_DEADLINE: u32 = 2 << 17;

/// Where the first of the devices' own is.
const IO: usize = 0xfec0_0000;
const IO_BYTES: usize = 4096;
/// Its two registers: which one is meant, and its value.
const IO_SELECT: usize = IO;
const IO_WINDOW: usize = IO + 0x10;
/// The first register of its table of interrupts, each of which has two.
const IO_TABLE: u32 = 0x10;

/// The masks of the two controllers that PCs had before (Intel 8259A), which firmware has set up for
/// itself: their vectors are those of faults.
// SAFETY: what the masks hold says which interrupts come, and reaches no memory.
const OLD_MASKS: [Port; 2] = unsafe { [Port::new(0x21), Port::new(0xa1)] };

/// Switches the processor's own interrupt controller on, and the old ones off.
pub(crate) fn enable() {
    for port in OLD_MASKS {
        port.write8(0xff);
    }
    leave_x2apic();
    map(LOCAL, LOCAL_BYTES);
    write(SPURIOUS, ENABLED | u32::from(SPURIOUS_VECTOR));
}

/// The register that says where the controller is, and in which form it is reached (section 10.12.1).
const BASE_REGISTER: u32 = 0x1b;
const IS_ON: u64 = 1 << 11;
const IS_X2APIC: u64 = 1 << 10;

/// Goes back to registers in memory, where firmware has left the controller in its other form. The way leads over
/// off (section 10.12.5).
fn leave_x2apic() {
    let base = register::read(BASE_REGISTER);
    if base & IS_X2APIC != 0 {
        let base = base & !(IS_X2APIC | IS_ON);
        // SAFETY: the address of the controller stays; no interrupt comes before it is on again.
        unsafe { register::write(BASE_REGISTER, base) };
        // SAFETY: as above.
        unsafe { register::write(BASE_REGISTER, base | IS_ON) };
    }
}

/// Maps a controller.
fn map(start: usize, size_bytes: usize) {
    // SAFETY: on every PC these addresses are those of devices.
    if let Err(error) = unsafe { map_device(start, size_bytes) } {
        panic!("the interrupt controller at {start:#x}: {error}");
    }
}

/// Returns the address and the data by which a device that sends messages asks for an interrupt (section
/// 10.11): to this processor, [`VECTOR`], once.
#[must_use]
pub fn message() -> (u64, u32) {
    let id = u64::from(read(ID) >> 24);
    (LOCAL as u64 | id << 12, VECTOR.into())
}

/// The interrupts that the first controller of devices has.
const LINES: u8 = 24;

/// Lets the devices' interrupt `number` through: each time its line rises, once. Tells whether there is such an
/// interrupt. One that nobody waits for costs time, and does nothing else: its handler only acknowledges.
#[must_use]
pub fn route(number: u8) -> bool {
    if number >= LINES {
        return false;
    }
    map(IO, IO_BYTES);
    let register = IO_TABLE + 2 * u32::from(number);
    let id = read(ID) & 0xff00_0000;
    for (register, value) in [(register + 1, id), (register, VECTOR.into())] {
        // SAFETY: the controller is mapped; its registers are no memory.
        unsafe { register_at(IO_SELECT).write_volatile(register) };
        // SAFETY: as above.
        unsafe { register_at(IO_WINDOW).write_volatile(value) };
    }
    true
}

/// Has the timer interrupt when the time-stamp counter reaches a value, which the processor is told by a
/// register of its own.
pub(crate) fn use_tsc_deadline() {
    write(TIMER, TSC_DEADLINE | u32::from(VECTOR));
}

/// Has the timer count down in steps of its own clock.
pub(crate) fn use_one_shot() {
    write(TIMER_DIVIDE, DIVIDE_BY_1);
    write(TIMER, ONE_SHOT | u32::from(VECTOR));
}

/// Has the timer count down from `ticks`, and interrupt at zero.
pub(crate) fn count_down(ticks: u32) {
    write(TIMER_INITIAL, ticks);
}

/// Returns what the timer has still to count.
pub(crate) fn left() -> u32 {
    read(TIMER_CURRENT)
}

fn register_at(address: usize) -> *mut u32 {
    core::ptr::with_exposed_provenance_mut(address)
}

fn read(register: usize) -> u32 {
    // SAFETY: `enable` has mapped the controller; reading a register of it has no effect on memory.
    unsafe { register_at(LOCAL + register).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: `enable` has mapped the controller; its registers are no memory.
    unsafe { register_at(LOCAL + register).write_volatile(value) }
}
