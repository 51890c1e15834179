//! What is shown when a program panics.

use core::fmt::{self, Display};
use core::panic::Location;

use crate::current;

/// The report of a panic, by [`Display`]: what panicked, where and why, on one line.
///
/// A target shows it from its panic handler or hook, on the core that panicked, and then ends with
/// a status of its own. It allocates nothing.
///
/// ```text
/// site 0.1.0 panicked at src/lib.rs:10:5: index 4 of 3
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PanicReport<'a, M> {
    /// Why, as the panic says it.
    pub message: M,
    /// Where.
    pub place: Option<&'a Location<'a>>,
}

impl<M: Display> Display for PanicReport<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match current::find() {
            Some(runtime) => write!(f, "{} {} panicked", runtime.app.name, runtime.app.version)?,
            None => f.write_str("panicked")?,
        }
        if let Some(place) = self.place {
            write!(f, " at {place}")?;
        }
        write!(f, ": {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on_virtual;
    use alloc::string::ToString;

    #[test]
    fn a_report_names_the_program_the_place_and_the_reason() {
        let place = Location::caller();
        let text = block_on_virtual(async move {
            PanicReport { message: "index 4 of 3", place: Some(place) }.to_string()
        });
        assert_eq!(text, alloc::format!("rehearsal 0.0.0 panicked at {place}: index 4 of 3"));
    }

    #[test]
    fn a_panic_outside_a_runtime_is_reported_too() {
        let report = PanicReport { message: "no", place: None };
        assert_eq!(report.to_string(), "panicked: no");
    }
}
