//! What is checked on Xen.
//!
//! dom0 has the bridge `br0` with the address 10.0.0.1/24, and the images in its root folder. A guest there is a
//! line like `sarab-xl --memory 32MiB --net service=bridge:br0 --disk data=/disk /site --port 80`; [`Check::asking`] takes
//! one with a line that asks it something meanwhile, and [`Check::between`] makes its disk before and looks at it after.

use crate::lab::{check::Check, script::taking};

/// Returns the script that takes `checks` in dom0.
pub(super) fn script(checks: &[Check]) -> String {
    format!("ln -s /agent /bin/sarab-xl\n{}", taking(checks))
}

/// Returns all, in the order in which they are taken.
pub(super) fn all() -> Vec<Check> {
    let mut checks = vec![
        Check::new("Xen runs dom0", "xl info && xl list", &["xen_major", "Domain-0"]),
        Check::new("dom0 has a bridge", "ip address show br0", &["10.0.0.1/24"]),
    ];
    checks.extend(refused());
    checks
}

/// What the tender does not start.
fn refused() -> [Check; 2] {
    let refused = |name: &str, command: &str, status, says: &str| Check {
        status,
        ..Check::new(name, command, &[says])
    };
    [
        refused("an image that is not there", "sarab-xl /none", 64, "cannot open the image /none"),
        refused("a file that is no image", "sarab-xl /init", 65, "/init: not an image"),
    ]
}
