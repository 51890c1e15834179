//! Whole command lines.

use std::{iter, path::PathBuf};

use sarab_device::Mac;

use super::*;

/// What each line ends with but for the guest's words.
const STREAMS: &str = "-chardev stdio,id=serial,signal=off -serial chardev:serial \
     -chardev file,id=error,path=/dev/stderr,append=on -device isa-debugcon,iobase=0xe9,chardev=error \
     -chardev file,id=status,path=/dev/fd/4,append=on -device isa-debugcon,iobase=0x501,chardev=status \
     -device isa-debug-exit,iobase=0xf4,iosize=4";

fn plain() -> Line<'static> {
    Line {
        machine: Machine::Microvm,
        accelerator: Accelerator::Tcg,
        memory_bytes: 128 << 20,
        devices: &[],
        image: Path::new("site"),
        boot: "--key value",
        reports: Reports::StandardError,
        status: 4,
        has_sandbox: false,
        debug_port: None,
    }
}

/// Compares a line with its words; none of the expected ones has a space in it, and what stands behind the `+` is the
/// guest's.
fn check(line: &Line<'_>, expected: &str) {
    let expected = expected.replace("STREAMS", STREAMS);
    let expected = expected.split_whitespace().chain(iter::once(line.boot));
    let words = line.words();
    let words: Vec<_> = words.iter().map(|word| word.to_str().expect("text")).collect();
    assert_eq!(words, expected.collect::<Vec<_>>());
}

#[test]
fn a_machine_without_devices() {
    check(
        &plain(),
        "qemu-system-x86_64 \
         -M microvm,acpi=off,pic=off,pit=off,rtc=on,isa-serial=on,auto-kernel-cmdline=on \
         -global virtio-mmio.force-legacy=false -accel tcg -cpu max -m 128M -smp 1 \
         -nodefaults -no-user-config -display none -no-reboot STREAMS \
         -device virtio-rng-device,bus=virtio-mmio-bus.0 -kernel site -append",
    );
    check(
        &Line {
            machine: Machine::Q35,
            accelerator: Accelerator::Kvm,
            memory_bytes: (2 << 20) + 1,
            has_sandbox: true,
            debug_port: Some(1234),
            ..plain()
        },
        "qemu-system-x86_64 -M q35 -accel kvm -cpu host -m 2049K -smp 1 \
         -nodefaults -no-user-config -display none -no-reboot \
         -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny STREAMS \
         -device virtio-rng-pci,bus=pcie.0,addr=0x1,disable-legacy=on \
         -gdb tcp:127.0.0.1:1234 -S -kernel site -append",
    );
}

fn card(backend: Backend, mtu: usize) -> Device {
    Device::Card { backend, mac: Mac([2, 0, 0, 0, 0, 0xab]), mtu }
}

fn disk(name: &str, path: &str) -> Disk {
    let (name, path) = (name.into(), PathBuf::from(path));
    Disk { name, path, place: Place::File, sector_bytes: 512, is_writable: true }
}

#[test]
fn devices_stand_on_the_bus_in_their_order() {
    let devices = [
        card(Backend::Tap("tap0".into()), 9000),
        Device::Disk(disk("data", "a,b.img")),
        card(Backend::User(0), 1500),
    ];
    let head = "-accel tcg -cpu max -m 128M -smp 1 \
         -nodefaults -no-user-config -display none -no-reboot STREAMS";
    let disk = "-blockdev driver=raw,node-name=disk1,read-only=off,discard=unmap,cache.direct=off,\
         cache.no-flush=off,file.driver=file,file.aio=threads,file.filename=a,,b.img";
    let tap = "-netdev tap,id=net0,ifname=tap0,script=no,downscript=no,vnet_hdr=on";
    let user = "-netdev user,id=net2,net=10.0.0.0/24,host=10.0.0.1,dhcpstart=10.0.0.2";
    let line = Line { devices: &devices, ..plain() };
    check(
        &line,
        &format!(
            "qemu-system-x86_64 \
             -M microvm,acpi=off,pic=off,pit=off,rtc=on,isa-serial=on,auto-kernel-cmdline=on \
             -global virtio-mmio.force-legacy=false {head} {tap} \
             -device virtio-net-device,bus=virtio-mmio-bus.0,netdev=net0,mac=02:00:00:00:00:ab,host_mtu=9000 \
             {disk} \
             -device virtio-blk-device,bus=virtio-mmio-bus.1,drive=disk1,write-cache=on,serial=data \
             {user} \
             -device virtio-net-device,bus=virtio-mmio-bus.2,netdev=net2,mac=02:00:00:00:00:ab,host_mtu=1500 \
             -device virtio-rng-device,bus=virtio-mmio-bus.3 -kernel site -append"
        ),
    );
    check(
        &Line { machine: Machine::Q35, ..line },
        &format!(
            "qemu-system-x86_64 -M q35 {head} {tap} \
             -device virtio-net-pci,bus=pcie.0,addr=0x1,disable-legacy=on,romfile=,netdev=net0,\
             mac=02:00:00:00:00:ab,host_mtu=9000 \
             {disk} \
             -device virtio-blk-pci,bus=pcie.0,addr=0x2,disable-legacy=on,drive=disk1,write-cache=on,serial=data \
             {user} \
             -device virtio-net-pci,bus=pcie.0,addr=0x3,disable-legacy=on,romfile=,netdev=net2,\
             mac=02:00:00:00:00:ab,host_mtu=1500 \
             -device virtio-rng-pci,bus=pcie.0,addr=0x4,disable-legacy=on -kernel site -append"
        ),
    );
}

/// Returns what `disk` adds to a line.
fn of(disk: Disk) -> Vec<String> {
    let devices = [Device::Disk(disk)];
    let words = Line { devices: &devices, ..plain() }.words();
    let words = words.iter().map(|word| word.to_str().expect("text").to_owned());
    words.filter(|word| word.contains("disk0")).collect()
}

#[test]
fn a_disk_is_what_its_file_is() {
    let device = "virtio-blk-device,bus=virtio-mmio-bus.0,drive=disk0,write-cache=on";
    let tail = "discard=unmap,cache.direct=off,cache.no-flush=off,file.driver";
    assert_eq!(
        of(Disk { is_writable: false, ..disk("a,b", "x") }),
        [
            format!(
                "driver=raw,node-name=disk0,read-only=on,{tail}=file,file.aio=threads,file.filename=x"
            ),
            format!("{device},serial=a,,b"),
        ]
    );
    let block = Disk { place: Place::BlockDevice, sector_bytes: 4096, ..disk("d", "/dev/x") };
    assert_eq!(
        of(block),
        [
            format!(
                "driver=raw,node-name=disk0,read-only=off,{tail}=host_device,file.aio=threads,\
                 file.filename=/dev/x"
            ),
            format!("{device},logical_block_size=4096,physical_block_size=4096,serial=d"),
        ]
    );
}

#[test]
fn a_name_that_is_too_long_to_say_is_not_cut_but_left_out() {
    let says = |name: &str| of(disk(name, "x"))[1].ends_with(&format!(",serial={name}"));
    assert!(says(&"n".repeat(20)));
    assert!(!says(&"n".repeat(21)) && !of(disk(&"n".repeat(21), "x"))[1].contains("serial"));
}
