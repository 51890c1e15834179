//! The description language: typed devices, keys, branches, and the plan they make.
//!
//! A `config.rs` is a Rust program that says which devices its jobs use. This crate gives it the
//! words, and gives tools the [`plan`] that comes of it. It knows no device and no target, so
//! another tool can be built on it with devices of its own.
//!
//! # A tour
//!
//! A library declares its *kinds* of device and describes its devices, each by the signature of the
//! function that makes it. Such a description is an ordinary function, and so is a combinator.
//!
//! ```
//! use sarab_compose::{Impl, Key, constant, device, kinds};
//!
//! kinds! {
//!     /// Something that measures a temperature.
//!     Thermometer,
//!     /// Something that shows lines of text.
//!     Display,
//! }
//!
//! /// The probe on a pin of the board.
//! fn probe(pin: Key<u8>) -> Impl<Thermometer> {
//!     device::<fn(u8) -> Thermometer>("probe::Probe::open").label("probe").of(pin)
//! }
//!
//! /// The mean of two thermometers.
//! fn mean(one: Impl<Thermometer>, other: Impl<Thermometer>) -> Impl<Thermometer> {
//!     device::<fn(Thermometer, Thermometer) -> Thermometer>("probe::Mean::new")
//!         .make()
//!         .of((one, other))
//! }
//!
//! /// A display that is so many letters wide.
//! fn display(letters: u16) -> Impl<Display> {
//!     device::<fn(u16) -> Display>("panel::Panel::open").of(constant(letters))
//! }
//! # let _ = mean(probe(constant(1)), probe(constant(2)));
//! # let _ = display(40);
//! ```
//!
//! A `config.rs` declares *keys*, lets them choose, and wires a *job*. A wrong wire is a type error
//! there. The graph is a value: nothing happens until it is evaluated, and then only to the devices
//! on live branches. Equal devices are one device.
//!
//! ```
//! # use sarab_compose::{Impl, Inputs, Key, Unikernel, constant, device, if_, job, key, kinds};
//! # use sarab_compose::protocol::{Diagnostic, Mode};
//! # kinds! { Thermometer, Display }
//! # fn probe(pin: Key<u8>) -> Impl<Thermometer> {
//! #     device::<fn(u8) -> Thermometer>("probe::Probe::open").label("probe").of(pin)
//! # }
//! # fn mean(one: Impl<Thermometer>, other: Impl<Thermometer>) -> Impl<Thermometer> {
//! #     device::<fn(Thermometer, Thermometer) -> Thermometer>("probe::Mean::new").of((one, other))
//! # }
//! # fn display(letters: u16) -> Impl<Display> {
//! #     device::<fn(u16) -> Display>("panel::Panel::open").of(constant(letters))
//! # }
//! let pin = key::<u8>("pin").doc("Pin of the probe inside.").default(4);
//! let is_wide = key::<bool>("wide").doc("Whether the panel is the wide one.").flag();
//!
//! let inside = mean(probe(pin), probe(constant(9)));
//! let panel = if_(&is_wide, display(80), display(40));
//! let show = job::<fn(Thermometer, Display)>("show").of((inside, panel));
//!
//! // A `config.rs` ends with `register("greenhouse", [show])`, which answers the tool that started
//! // it. A test or another tool evaluates in its own process.
//! let given = [("wide".to_string(), None)];
//! let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &|_| None };
//! let plan = Unikernel::new("greenhouse", [show]).evaluate(&inputs)?;
//!
//! let names: Vec<_> = plan.devices.iter().map(|device| device.name.as_str()).collect();
//! assert_eq!(names, ["thermometer", "thermometer_2", "thermometer_3", "display"]);
//! assert_eq!(plan.decisions[0].answer, "true");
//! # Ok::<(), Diagnostic>(())
//! ```
//!
//! # When a value is known
//!
//! | declared with | given | decides branches, is computed with | as an argument |
//! | --- | --- | --- | --- |
//! | `configure()` | when configuring | yes | fixed |
//! | `boot()`, `stage(Stage::Both)` | when booting, or at either | no: an error | read when booting |
//! | no stage | at either, if nothing needs it earlier | yes, and is then only given when configuring | read when booting, or else fixed |
//!
//! A value given when configuring takes the place of the default, and one given when booting that of
//! both. An environment variable counts as given where the command line says nothing.
//!
//! # No cycles
//!
//! A device is wired when it is made, to devices that are there already, so a graph has no cycle: not
//! by arguments, not by [`after`](Device::after), not through a computed key. What can still go wrong
//! is a combinator that calls itself without an end. It is stopped at a depth that no meant graph
//! has.
#![forbid(unsafe_code)]

mod branch;
mod catalog;
mod caught;
mod collect;
mod declaration;
mod declare;
mod device;
mod diagnostic;
mod evaluate;
mod job;
mod key;
mod node;
mod package;
pub mod plan;
pub mod protocol;
mod register;
mod scope;
mod signature;
mod unikernel;
mod values;

pub use branch::{Match, if_, match_, unavailable};
pub use catalog::RESERVED;
pub use declare::{KeyBuilder, key};
pub use device::{Device, Prepared, device};
pub use job::{Function, Job, job};
pub use key::{Key, constant, text};
pub use node::{Expression, Impl, Wire, expression};
pub use package::Package;
pub use register::{register, reject};
pub use sarab_key::{Plain, Value, choices};
pub use scope::{Group, group};
pub use signature::{Kind, Parameter, Signature};
pub use unikernel::{TARGET, Unikernel};
pub use values::Inputs;

/// Declares kinds of device: types that exist only to tell devices apart.
///
/// ```
/// use sarab_compose::{constant, device, job, key, kinds};
///
/// kinds! { Thermometer, Display }
///
/// let probe = device::<fn(u8) -> Thermometer>("probe::Probe::open").of(constant(4));
/// let lines = key::<u16>("lines").default(25);
/// job::<fn(Thermometer, u16)>("show").of((probe, lines));
/// ```
///
/// Wiring a device to a parameter of another kind does not compile: "expected `Impl<Display>`,
/// found `Impl<Thermometer>`".
///
/// ```compile_fail,E0308
/// use sarab_compose::{constant, device, job, key, kinds};
///
/// kinds! { Thermometer, Display }
///
/// let probe = device::<fn(u8) -> Thermometer>("probe::Probe::open").of(constant(4));
/// let lines = key::<u16>("lines").default(25);
/// job::<fn(Display, u16)>("show").of((probe, lines));
/// ```
///
/// The same holds for the type of a key: "expected `Key<u16>`, found `Key<bool>`".
///
/// ```compile_fail,E0308
/// use sarab_compose::{constant, device, job, key, kinds};
///
/// kinds! { Thermometer, Display }
///
/// let probe = device::<fn(u8) -> Thermometer>("probe::Probe::open").of(constant(4));
/// let lines = key::<bool>("lines").flag();
/// job::<fn(Thermometer, u16)>("show").of((probe, lines));
/// ```
///
/// And what was not declared is no parameter: "`Teapot` is neither a kind of device nor a type of
/// value".
///
/// ```compile_fail,E0277
/// struct Teapot;
///
/// sarab_compose::job::<fn(Teapot, u16)>("show");
/// ```
#[macro_export]
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl $crate::Kind for $name {
            const NAME: &'static str = ::core::stringify!($name);
        }

        impl $crate::Parameter for $name {
            type Wire = $crate::Impl<$name>;

            fn name() -> $crate::expansion::String {
                <$name as $crate::Kind>::NAME.into()
            }
        }
    )*};
}

/// What the expansions of this crate's macros name.
#[doc(hidden)]
pub mod expansion {
    pub use std::string::String;
    pub use std::vec::Vec;
}
