//! The memory disk of the machine, and the script that it runs.

use std::fs;

use sarab_lab::{archive::Archive, linux::Linux};

use crate::lab::{build::Programs, check::Check, script::taking};

/// Makes the memory disk: each program is in the root folder, under its name.
pub(super) fn memory_disk(
    linux: &Linux,
    programs: &Programs,
    checks: &[Check],
) -> Result<Vec<u8>, String> {
    let mut archive = Archive::default();
    for folder in ["dev", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    linux.pack(&mut archive)?;
    for (name, path) in programs {
        let content = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        archive.program(name, &content);
    }
    let script = [PREPARE, &taking(checks), END].concat();
    archive.program("init", script.as_bytes());
    Ok(archive.finish())
}

const PREPARE: &str = "#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/ CI=true
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
ip link set lo up
for module in /modules/*.ko; do insmod $module; done
";

/// What is on its way to the console needs a moment.
const END: &str = "sleep 1
poweroff -f
";
