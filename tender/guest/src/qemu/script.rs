//! A script that runs QEMU.

use std::path::Path;

use super::{
    device::{Device, Disk, Place},
    line::{Accelerator, Line, QEMU, Reports, SECTOR_BYTES, Setting},
    machine::Machine,
    shell::word_of,
};
use crate::Guest;

/// The descriptor through which QEMU says the status.
const STATUS: i32 = 4;

/// Returns a script for a POSIX shell that runs `guest`, whose files are found from the script's folder. Its cards are on
/// networks that QEMU makes up, of which there are 255 at most.
///
/// QEMU's own status would be another: with the device that ends it by a status it is twice that and one, of which a
/// shell sees the lowest 8 bits. So the script reads the byte that the guest says before.
#[must_use]
pub fn script(guest: &Guest<'_>) -> String {
    let devices = devices(guest);
    let line = Line {
        machine: Machine::with_room(devices.len()),
        accelerator: Accelerator::Tcg,
        memory_bytes: guest.memory_bytes,
        devices: &devices,
        image: Path::new(guest.image),
        boot: guest.command_line,
        reports: Reports::SerialPort,
        status: STATUS,
        has_sandbox: false,
        debug_port: None,
    };
    let options: String = line.settings().iter().map(option).collect();
    let (head, words) = (head(guest), word_of(guest.command_line.as_ref()));
    format!(
        r#"{head}
cd "$(dirname "$0")" || exit 1

# KVM without the processor's help is slower than the translator.
accelerator=tcg
if [ -w /dev/kvm ] && grep -Eq '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
    accelerator=kvm
fi

# A word in quotes is a boot key, whatever stands in it.
words={words}
for word in "$@"; do
    words="$words \"$(printf %s "$word" | sed 's/["\\]/\\&/g')\""
done

# The guest says its status, a byte, by port 0x501: that is descriptor {STATUS}, of a file without a name.
said=$(mktemp) || exit 1
exec 3<&0 {STATUS}>"$said" 5<"$said"
rm "$said"

{QEMU} \
{options}    <&3 &
trap 'kill $!' HUP INT TERM
wait $! # until a signal, if one comes
wait $!

status=$(od -An -v -tu1 <&5)
status=${{status##* }}
exit "${{status:-1}}"
"#
    )
}

/// What a person is to know.
fn head(guest: &Guest<'_>) -> String {
    let name = guest.name;
    let mut text = format!(
        "#!/bin/sh
# Runs `{name}` in QEMU. Words behind the script are boot keys, the exit status is the guest's.
# Ctrl-C asks the guest to end; a signal to the script ends QEMU, as a power cut does.
"
    );
    if !guest.cards.is_empty() {
        text.push_str(
            "#
# Network card N is on a network that QEMU makes up: the guest is 10.0.N.2, the host 10.0.N.1. To reach a
# port of the guest, put `,hostfwd=tcp:127.0.0.1:8080-10.0.N.2:8080` behind its `user,..`; for the
# tap `tap0`, write `tap,id=netN,ifname=tap0,script=no,downscript=no` in place of that.
",
        );
    }
    text
}

/// Returns the devices: the cards, then the disks, as the manifest has them.
fn devices(guest: &Guest<'_>) -> Vec<Device> {
    let cards = (0..=u8::MAX).zip(&guest.cards).map(|(index, _)| Device::user(index));
    let disks = guest.disks.iter().map(|disk| {
        Device::Disk(Disk {
            name: disk.name.into(),
            path: disk.file.into(),
            place: Place::File,
            sector_bytes: SECTOR_BYTES,
            is_writable: true,
        })
    });
    cards.chain(disks).collect()
}

/// Returns a line of the script. Two values are the script's own.
fn option((name, value): &Setting) -> String {
    match (*name, value) {
        ("-accel", _) => "    -accel \"$accelerator\" \\\n".into(),
        ("-append", _) => "    -append \"$words\" \\\n".into(),
        (name, None) => format!("    {name} \\\n"),
        (name, Some(value)) => format!("    {name} {} \\\n", word_of(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{PLAIN, full};

    #[test]
    fn a_guest_is_run_by_a_readable_script() {
        insta::assert_snapshot!(script(&PLAIN));
        insta::assert_snapshot!(script(&full()));
    }
}
