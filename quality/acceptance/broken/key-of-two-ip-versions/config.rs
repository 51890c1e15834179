//! One key for the address of version 4 and for that of version 6.

use sarab_config::*;

fn main() {
    let v4 = key::<Ipv4Prefix>("address").doc("Address of the host.").optional();
    let v6 = key::<Ipv6Prefix>("address").doc("Address of the host.").optional();
    let start = job::<fn(Option<Ipv4Prefix>, Option<Ipv6Prefix>)>("start");
    register("broken", [start.of((v4, v6))]);
}
