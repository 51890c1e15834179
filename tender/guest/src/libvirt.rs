//! A guest of libvirt: a domain of QEMU (<https://libvirt.org/formatdomain.html>).

use std::fmt::Write as _;

use crate::{Guest, SERIAL_BYTES_MAX, letters};

/// The bridge that libvirt makes by itself.
const BRIDGE: &str = "virbr0";

/// The first slot of the bus for a device. In 0 is the bus, and libvirt may want 1 for a screen.
const SLOT_FIRST: usize = 2;

/// Returns the domain. Each device has a place on the first bus, so that they stand there in their order; there is room
/// for 27 of them.
#[must_use]
pub fn domain(guest: &Guest<'_>) -> String {
    let Guest { name, image, command_line, .. } = guest;
    let (name, image, command_line) = (escaped(name), escaped(image), escaped(command_line));
    let memory_kib = guest.memory_bytes.div_ceil(1 << 10);
    let devices = devices(guest);
    format!(
        "\
<!--
  For libvirt: `virsh create` starts it from this file, `virsh console` shows what it prints.
  Boot keys stand between <cmdline> and </cmdline>. Each network card is on the bridge {BRIDGE}.
-->
<domain type='kvm'>
  <name>{name}</name>
  <memory unit='KiB'>{memory_kib}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{image}</kernel>
    <cmdline>{command_line}</cmdline>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
{devices}    <serial type='pty'>
      <target type='isa-serial' port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
"
    )
}

fn devices(guest: &Guest<'_>) -> String {
    let mut text = String::new();
    let mut slots = SLOT_FIRST..;
    let mut place = || {
        let slot = slots.next().unwrap_or_default();
        format!(
            "<address type='pci' domain='0x0000' bus='0x00' slot='{slot:#04x}' function='0x0'/>"
        )
    };
    for name in &guest.cards {
        let (name, place) = (commented(name), place());
        let _ = write!(
            text,
            "    <!-- network card `{name}` -->
    <interface type='bridge'>
      <source bridge='{BRIDGE}'/>
      <model type='virtio-non-transitional'/>
      <rom enabled='no'/>
      {place}
    </interface>
"
        );
    }
    for (index, disk) in guest.disks.iter().enumerate() {
        let (file, letters, place) = (escaped(disk.file), letters(index), place());
        let serial = match disk.name {
            name if name.len() <= SERIAL_BYTES_MAX => {
                format!("      <serial>{}</serial>\n", escaped(name))
            }
            name => format!("      <!-- `{}`, found by its place -->\n", commented(name)),
        };
        let _ = write!(
            text,
            "    <disk type='file' device='disk' model='virtio-non-transitional'>
      <driver name='qemu' type='raw' cache='writeback' discard='unmap'/>
      <source file='{file}'/>
      <target dev='vd{letters}' bus='virtio'/>
{serial}      {place}
    </disk>
"
        );
    }
    let place = place();
    let _ = write!(
        text,
        "    <rng model='virtio-non-transitional'>
      <backend model='random'>/dev/urandom</backend>
      {place}
    </rng>
"
    );
    text
}

/// Returns a text as it stands between tags, or in single quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Returns a text as it stands in a comment, which two hyphens would end.
fn commented(text: &str) -> String {
    text.replace("--", "- -")
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;
    use crate::{
        Disk,
        examples::{PLAIN, full},
    };

    #[test]
    fn a_guest_is_told_whole() {
        insta::assert_snapshot!(domain(&PLAIN));
        insta::assert_snapshot!(domain(&full()));
    }

    #[test]
    fn whatever_stands_in_a_text_is_given_back_by_a_reader_of_xml() {
        let (name, file) = ("a<b>&'\"--", "/x/<'\"&amp;-->");
        let disks = vec![Disk { name, file }];
        let guest = Guest { name, command_line: "--a \"<&>\"", cards: vec![name], disks, ..PLAIN };
        let text = domain(&guest);
        let document = Document::parse(&text).expect("it is XML");
        let find = |tag| document.descendants().find(|node| node.has_tag_name(tag)).expect(tag);
        assert_eq!(find("cmdline").text(), Some(guest.command_line));
        assert_eq!(find("serial").text(), Some(name));
        let disk = find("disk").children().find(|node| node.has_tag_name("source"));
        assert_eq!(disk.and_then(|source| source.attribute("file")), Some(file));
    }
}
