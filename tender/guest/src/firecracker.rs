//! A guest of Firecracker: the file that `firecracker --config-file` reads (`docs/getting-started.md` of Firecracker).
//!
//! Firecracker 1.12 and later boot a file with a PVH entry. It says by words of its own on the guest's command line
//! where the devices are. From 1.13 on it also writes `pci=off` there, which an image
//! passes over. No test runs Firecracker.

use serde_json::{Value, json};

use crate::{Guest, mac, mib};

/// Returns the file. The card `index` is on the tap `tap{index}`.
#[must_use]
pub fn config(guest: &Guest<'_>) -> String {
    let drives = guest.disks.iter().map(|disk| {
        json!({
            "drive_id": disk.name,
            "path_on_host": disk.file,
            // With one, Firecracker tells the guest of it on the command line.
            "is_root_device": false,
            "is_read_only": false,
            // Without it a flush does nothing.
            "cache_type": "Writeback",
        })
    });
    let drives: Vec<_> = drives.collect();
    let cards: Vec<_> = (0..).zip(&guest.cards).map(|(index, name)| card(index, name)).collect();
    let config = json!({
        "boot-source": {
            "kernel_image_path": guest.image,
            // Where it is left out, Firecracker has one of its own, for Linux.
            "boot_args": guest.command_line,
        },
        "drives": drives,
        "network-interfaces": cards,
        "machine-config": { "vcpu_count": 1, "mem_size_mib": mib(guest.memory_bytes) },
        "entropy": {},
    });
    format!("{config:#}\n")
}

/// A card has an address, which images want to be told.
fn card(index: u8, name: &str) -> Value {
    json!({
        "iface_id": name,
        "guest_mac": mac(index).to_string(),
        "host_dev_name": format!("tap{index}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{PLAIN, full};

    #[test]
    fn a_guest_is_told_whole() {
        insta::assert_snapshot!(config(&PLAIN));
        insta::assert_snapshot!(config(&full()));
    }

    #[test]
    fn a_whole_name_is_given_back_by_a_reader_of_json() {
        let file: Value = serde_json::from_str(&config(&full())).expect("it is JSON");
        assert_eq!(file["boot-source"]["boot_args"], full().command_line);
        assert_eq!(file["drives"][0]["path_on_host"], full().disks[0].file);
    }
}
