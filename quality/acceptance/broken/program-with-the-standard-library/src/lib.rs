//! Answers from a table.

use std::collections::HashMap;

use sarab::{Failure, prelude::*};

/// Answers from a table.
#[sarab::job]
pub async fn start(tcp: impl Tcp) -> Result<(), Failure> {
    let _ = (tcp, HashMap::from([(1, 2)]));
    Ok(())
}
