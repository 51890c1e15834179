//! What is checked on Xen.
//!
//! dom0 has the bridge `br0` with the address 10.0.0.1/24, and the images in its root folder. A guest there is a
//! line like `sarab-xl --memory 32MiB --net service=bridge:br0 --disk data=/disk /site --port 80`; [`Check::asking`] takes
//! one with a line that asks it something meanwhile, and [`Check::between`] makes its disk before and looks at it after.

use crate::lab::{
    check::Check,
    programs::{ASK_SITE, DEEDS, Tender},
    script::taking,
};

const XEN: Tender =
    Tender { target: "xen", command: "sarab-xl --memory 32MiB", network: "bridge:br0" };

/// The same with very little memory.
const SMALL: Tender =
    Tender { target: "xen", command: "sarab-xl --memory 7MiB", network: "bridge:br0" };

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
    checks.extend(XEN.examples());
    checks.push(wrong_key());
    checks.extend(DEEDS.map(|deed| XEN.hostile(deed)));
    checks.push(XEN.hostile(("touch nowhere", 104, "crash: general protection fault\n")));
    checks.extend(XEN.servers());
    let [site, _] = SMALL.servers();
    checks.push(Check { name: "site in 7 MiB".into(), ..site });
    checks.push(fetch());
    checks.push(crowd());
    checks.push(two_nets());
    checks.push(Check::new(
        "a saved site serves again once it is restored",
        SAVED.replace("ASK", ASK_SITE),
        &["served twice\n"],
    ));
    checks
}

/// A boot key that is none.
fn wrong_key() -> Check {
    let command = XEN.line("hello-key", "", "--helo x");
    Check { status: 64, ..Check::new("a wrong boot key ends with 64", command, &["--helo"]) }
}

/// Two cards and two disks, each under its own name; and dom0 counts the flushes that its disks were asked for.
fn crowd() -> Check {
    let options = "--net right=bridge:br1 --net left=bridge:br0 --disk second=/b --disk first=/a";
    let tender = XEN.line("crowd", options, "");
    let says = ["first 1048576\n", "second 3145728\n", "left ", "right ", "both disks flushed\n"];
    Check::asking("two cards and two disks, whose flushes arrive", &tender, FLUSHES, &says)
        .between(TWO_OF_EACH, LAST_SECTORS)
}

/// A client of a server in dom0.
fn fetch() -> Check {
    let options = "--net service=bridge:br0";
    let command = XEN.line("fetch", options, "--url http://10.0.0.1:8000/x");
    let served = "mkdir -p /www\necho hello >/www/x\nhttpd -p 10.0.0.1:8000 -h /www";
    Check::new("fetch from a server in dom0", command, &["200 OK\n", "hello\n"]).between(served, "")
}

/// A question for everybody on the one bridge reaches the other; br1 has no other guest.
fn two_nets() -> Check {
    let tender = XEN.line("two-nets", "--net left=bridge:br0 --net right=bridge:br1", "");
    let says = ["crossed\n", "frames from left to right"];
    Check::asking("two-nets passes frames", &tender, CROSS, &says)
}

/// What comes out of the guest's other card is what it was sent on the first.
const CROSS: &str = "count=$(cat /sys/class/net/br1/statistics/rx_packets)
    ping -c 1 -W 1 10.0.0.77 >/dev/null
    [ $(cat /sys/class/net/br1/statistics/rx_packets) -gt $count ] && echo crossed";

/// What the back ends of the disks were asked for (Linux, `drivers/block/xen-blkback/xenbus.c`).
const FLUSHES: &str = "cat /sys/bus/xen-backend/devices/vbd-*/statistics/f_req | grep -c '^[1-9]' | grep -q 2 \
    && echo both disks flushed";

const TWO_OF_EACH: &str = "brctl addbr br1
ip link set br1 up
dd if=/dev/zero of=/a bs=1M count=1
dd if=/dev/zero of=/b bs=1M count=3";

/// By `xl` alone, as a host does it.
const SAVED: &str = "cat >/site.cfg <<end
name = 'saved'
type = 'pvh'
kernel = '/site'
memory = 16
shadow_memory = 4
tsc_mode = 'native'
vif = [ 'bridge=br0' ]
end
serves() {
    for try in 1 2 3 4 5 6 7 8 9 10; do
        ASK | grep -q '<title>Sarab' && return
        sleep 1
    done
    return 1
}
xl create /site.cfg && serves && xl save saved /saved && sleep 2 && xl restore /saved && serves && echo served twice
xl destroy saved";

/// Each disk has its name in its last sector.
const LAST_SECTORS: &str = "tail -c 512 /a | grep -q first || status=1
tail -c 512 /b | grep -q second || status=1";

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
