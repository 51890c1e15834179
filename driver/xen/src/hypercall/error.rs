//! What goes wrong with a hypercall.

use core::fmt;

/// The hypervisor has refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HypercallError {
    /// What was asked, in Xen's words.
    pub call: &'static str,
    /// Its answer (Xen, `errno.h`, negative).
    pub code: i64,
}

impl HypercallError {
    /// Returns the result of `call`, for which the hypervisor has answered `code`.
    pub fn check(call: &'static str, code: i64) -> Result<(), Self> {
        if code < 0 { Err(Self { call, code }) } else { Ok(()) }
    }

    fn meaning(&self) -> &'static str {
        match -self.code {
            1 => ", it does not permit it",
            3 => ", there is no such domain",
            12 => ", it has no memory left for it",
            22 => ", it takes the arguments for wrong",
            28 => ", it has no room left for it",
            38 => ", it does not know it",
            _ => "",
        }
    }
}

impl fmt::Display for HypercallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, code } = self;
        write!(f, "the hypervisor has answered {code} to {call}{}", self.meaning())
    }
}

impl core::error::Error for HypercallError {}
