//! Text for whoever watches the machine.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt::Arguments;

use crate::{Machine, current};

/// Writes text of the program to the console; [`print!`](crate::print!) calls it.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn print(text: Arguments<'_>) {
    current::get().machine.print(&whole(text));
}

/// Writes text about the program to the console: a whole line, with its end.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn print_error(text: Arguments<'_>) {
    print_error_on(&*current::get().machine, text);
}

pub(crate) fn print_error_on(machine: &dyn Machine, text: Arguments<'_>) {
    machine.print_error(&whole(text));
}

/// Makes one text of it, so that the machine is called once.
fn whole(text: Arguments<'_>) -> Cow<'static, str> {
    text.as_str().map_or_else(|| format!("{text}").into(), Cow::Borrowed)
}

/// Writes formatted text to the console of the machine.
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => {
        $crate::print(::core::format_args!($($text)*))
    };
}

/// Writes formatted text and the end of a line to the console of the machine.
#[macro_export]
macro_rules! println {
    () => {
        $crate::print(::core::format_args!("\n"))
    };
    ($($text:tt)*) => {
        $crate::print(::core::format_args!("{}\n", ::core::format_args!($($text)*)))
    };
}
