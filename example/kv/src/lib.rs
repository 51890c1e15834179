//! Two handles on one store: what one finds, the other finds.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Reads the same value through both stores and compares.
pub async fn start(first: impl KvRead, second: impl KvRead) -> Result<(), Failure> {
    let one = first.get("secret").await?;
    let two = second.get("secret").await?;
    match (one, two) {
        (Some(one), Some(two)) if one == two => println!("the two secrets are equal"),
        (Some(_), Some(_)) => return Err(Failure::new("the two secrets differ")),
        _ => return Err(Failure::new("there is no `secret`")),
    }
    for entry in first.list("").await? {
        println!("{}", entry.name);
    }
    Ok(())
}
