//! The memory disk of dom0.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Job, Lab};
use crate::{agent, archive::Archive};

/// The programs of the toolstack that are needed, beside each other.
const TOOLS: [&str; 5] = ["xl", "libxl-save-helper", "xenstored", "xenconsoled", "xen-init-dom0"];
/// Those for the store.
const STORE: [&str; 4] = ["xenstore-read", "xenstore-write", "xenstore-list", "xenstore-ls"];
/// Where Debian has libraries.
const LIBRARIES: &str = "lib/x86_64-linux-gnu";

const SCRIPTS: [(&str, &str); 3] = [
    ("init", include_str!("init.sh")),
    ("etc/xen/scripts/vif-bridge", include_str!("vif-bridge.sh")),
    ("etc/xen/scripts/block", include_str!("block.sh")),
];

/// Makes the memory disk for `job`. It is a copy of some 20 MB, which is quicker than to find out whether one
/// that was kept still fits.
pub(super) fn memory_disk(lab: &Lab, job: &Job) -> Result<Vec<u8>, String> {
    let mut archive = Archive::default();
    lab.linux.pack(&mut archive)?;
    base(&lab.root, &mut archive).map_err(|error| format!("{}: {error}", lab.root.display()))?;
    let mut add = |name: &str, file: &Path| {
        let content = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        archive.program(name, &content);
        Ok::<(), String>(())
    };
    add("agent", &job.agent)?;
    for (name, file) in &job.files {
        add(name, file)?;
    }
    for (name, content) in &job.texts {
        archive.program(name, content.as_bytes());
    }
    archive.program(agent::ORDER, &job.order.to_bytes());
    Ok(archive.finish())
}

/// Adds what every job has.
fn base(root: &Path, archive: &mut Archive) -> io::Result<()> {
    for folder in ["dev", "proc", "sys", "tmp", "run", "root", "var/lib/xen", "var/lock"] {
        archive.folder(folder);
    }
    archive.folder("var/log/xen/console");
    archive.link("sbin", "bin");
    archive.link("var/run", "../run");
    archive.link("usr/lib/x86_64-linux-gnu", &format!("/{LIBRARIES}"));
    for (name, text) in SCRIPTS {
        archive.program(name, text.as_bytes());
    }
    archive.program("etc/xen/xl.conf", b"");
    let tools = tools(root)?;
    for tool in TOOLS {
        let file = tools.join(tool);
        archive.copy(&file.strip_prefix(root).unwrap_or(&file).to_string_lossy(), &file)?;
    }
    for tool in STORE {
        archive.copy(&format!("usr/bin/{tool}"), &root.join("usr/bin").join(tool))?;
    }
    for folder in [LIBRARIES, "usr/lib/x86_64-linux-gnu"] {
        for file in fs::read_dir(root.join(folder))? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name.contains(".so") {
                archive.copy(&format!("{LIBRARIES}/{name}"), &file.path())?;
            }
        }
    }
    let loader = fs::canonicalize(root.join(LIBRARIES).join("ld-linux-x86-64.so.2"))?;
    archive.program("lib64/ld-linux-x86-64.so.2", &fs::read(loader)?);
    Ok(())
}

/// Returns the folder of the toolstack, whose name has Xen's version.
fn tools(root: &Path) -> io::Result<PathBuf> {
    let mut folders = fs::read_dir(root.join("usr/lib"))?.flatten();
    let folder = folders.find(|it| it.file_name().to_string_lossy().starts_with("xen-"));
    Ok(folder.ok_or(io::ErrorKind::NotFound)?.path().join("bin"))
}
