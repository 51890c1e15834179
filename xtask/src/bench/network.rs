//! The network of the bench: a tap for unikernels, and a pair of linked devices for servers that run on
//! the host's own TCP/IP, which then is another host's.
//!
//! ```text
//! load generator  10.0.0.1 tap0  ------------- 10.0.0.2  unikernel
//!                 10.0.1.1 near  ---- far ---- 10.0.1.2  nginx, hyper, in a namespace of their own
//! ```

use std::process::{Child, Command, Stdio};

use crate::Done;

/// The address of unikernels.
pub(super) const GUEST: [u8; 4] = [10, 0, 0, 2];
/// The address of the servers behind the pair.
pub(super) const FAR: [u8; 4] = [10, 0, 1, 2];

/// The network. Dropping it ends the far namespace.
pub(super) struct Network {
    holder: Child,
}

impl Network {
    /// Lays it, in the namespace of this process.
    pub(super) fn lay() -> Result<Self, String> {
        for line in [
            "link set lo up",
            "tuntap add tap0 mode tap",
            "address add 10.0.0.1/24 dev tap0",
            "link set tap0 up",
            "link add near type veth peer name far",
            "address add 10.0.1.1/24 dev near",
            "link set near up",
        ] {
            ip(&[], line)?;
        }
        let holder = Command::new("unshare")
            .args(["--net", "--", "sleep", "infinity"])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start unshare: {error}"))?;
        let network = Self { holder };
        let id = network.holder.id().to_string();
        network.wait_for_namespace()?;
        ip(&[], &format!("link set far netns {id}"))?;
        for line in ["link set lo up", "address add 10.0.1.2/24 dev far", "link set far up"] {
            ip(&network.enter(), line)?;
        }
        Ok(network)
    }

    /// Returns the words before a command that is to run behind the pair.
    pub(super) fn enter(&self) -> Vec<String> {
        let id = self.holder.id().to_string();
        ["nsenter", "--target", &id, "--net", "--"].map(str::to_string).to_vec()
    }

    /// Waits until the holder has left this namespace.
    fn wait_for_namespace(&self) -> Done {
        let of = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let ours = of("self");
        for _ in 0..1000 {
            let its = of(&self.holder.id().to_string());
            if its.is_some() && its != ours {
                return Ok(());
            }
            std::thread::yield_now();
            let _ = Command::new("true").status();
        }
        Err("`unshare --net` makes no namespace".into())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Lets the host know who has an address on the tap, for good, so that nothing waits for that.
pub(super) fn keep_neighbour(address: &str, mac: &str) -> Done {
    ip(&[], &format!("neighbour replace {address} lladdr {mac} dev tap0 nud permanent"))
}

fn ip(before: &[String], line: &str) -> Done {
    let words: Vec<&str> = before.iter().map(String::as_str).chain(["ip"]).collect();
    let status = Command::new(words[0]).args(&words[1..]).args(line.split(' ')).status();
    if status.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(format!("`ip {line}` failed"))
}
