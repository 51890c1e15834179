//! Has two addresses.
#![no_std]

use sarab::key::{Ipv4Prefix, Ipv6Prefix};

/// Shows them.
pub async fn start(v4: Option<Ipv4Prefix>, v6: Option<Ipv6Prefix>) {
    let _ = (v4, v6);
}
