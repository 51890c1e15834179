//! The memory disk of the machine, and the script that it runs.

use std::{fs, path::Path};

use super::{archive::Archive, build::Programs, check::Check, linux::Linux};

/// Goes before each line that a check says.
pub(super) const SAID: &str = "| ";
/// Goes before each line of the script itself.
pub(super) const MARK: &str = "lab: ";

/// Makes the memory disk: each program is in the root folder, under its name.
pub(super) fn memory_disk(
    linux: &Linux,
    programs: &Programs,
    checks: &[Check],
) -> Result<Vec<u8>, String> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    archive.program("bin/busybox", &read(&linux.busybox)?);
    for (index, module) in linux.modules.iter().enumerate() {
        archive.program(&module_name(index), &read(module)?);
    }
    for (name, path) in programs {
        archive.program(name, &read(path)?);
    }
    archive.program("init", script(linux.modules.len(), checks).as_bytes());
    Ok(archive.finish())
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn module_name(index: usize) -> String {
    format!("{index}.ko")
}

/// Loads the modules, takes the checks and turns the machine off.
fn script(modules: usize, checks: &[Check]) -> String {
    let mut script = PREPARE.to_string();
    for index in 0..modules {
        script.extend(["insmod /", &module_name(index), "\n"]);
    }
    script.push_str(TAKE);
    for (index, check) in checks.iter().enumerate() {
        script.extend([&format!("take {index} "), &*quoted(&check.command), "\n"]);
    }
    script.push_str(END);
    script
}

/// Quotes a text so that the shell takes it as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

const PREPARE: &str = "#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/ CI=true
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
ip link set lo up
";

/// A check is bounded, and what it says cannot be taken for what the script says.
const TAKE: &str = "take() {
    echo \"lab: begin $1\"
    timeout 120 sh -c \"$2\" >/tmp/said 2>&1
    status=$?
    sed 's/^/| /' /tmp/said
    printf '\\nlab: end %s %s\\n' $1 $status
}
";

/// What is on its way to the console needs a moment.
const END: &str = "sleep 1
poweroff -f
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_word() {
        assert_eq!(quoted("a 'b' c"), r"'a '\''b'\'' c'");
    }

    #[test]
    fn the_script_speaks_as_the_transcript_listens() {
        assert!(TAKE.contains(&format!("\"{MARK}begin")) && TAKE.contains(&format!("{MARK}end")));
        assert!(TAKE.contains(&format!("s/^/{SAID}/")));
    }
}
