//! The command line of QEMU, and a script that runs it.

mod device;
mod line;
mod machine;
mod script;
mod shell;

pub use device::{Backend, Device, Disk, Place};
pub use line::{Accelerator, Line, QEMU, Reports, SANDBOX};
pub use machine::{Kind, Machine};
pub use script::script;
pub use shell::quote;
