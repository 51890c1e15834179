//! The files beside an image: what each monitor wants to be told of it.

use std::path::Path;

use sarab_guest::{Disk, Guest, MEMORY_BYTES, firecracker, libvirt, qemu, xl};
use sarab_kit::{Companion, CompanionKind, Described};

/// Those of the target `virtio`.
pub(crate) const VIRTIO: &[Companion] = &[
    Companion {
        suffix: ".qemu.sh",
        kind: CompanionKind::Script,
        write: |image| write(image, from_its_folder, qemu::script),
    },
    text(".libvirt.xml", |image| write(image, whole, libvirt::domain)),
    text(".firecracker.json", |image| write(image, whole, firecracker::config)),
];

/// Those of the target `xen`.
pub(crate) const XEN: &[Companion] = &[
    text(".cfg", |image| write(image, whole, xl::config)),
    text(".cfg.in", |image| write(image, whole, xl::template)),
];

const fn text(suffix: &'static str, write: fn(&Described<'_>) -> String) -> Companion {
    Companion { suffix, kind: CompanionKind::Text, write }
}

/// How a companion calls a file.
type Way = fn(&Path, &Described<'_>) -> String;

fn whole(file: &Path, _: &Described<'_>) -> String {
    file.display().to_string()
}

/// Files that lie beside the image stay there when the folder is moved.
fn from_its_folder(file: &Path, image: &Described<'_>) -> String {
    let folder = image.image.parent().unwrap_or(image.image);
    whole(file.strip_prefix(folder).unwrap_or(file), image)
}

/// Writes of a guest what `form` says, whose files are called by `way`. A disk for which there is no file is one beside
/// the image that somebody has still to make.
fn write(image: &Described<'_>, way: Way, form: fn(&Guest<'_>) -> String) -> String {
    let files = image.disks.iter().map(|disk| {
        let made = || image.image.with_file_name(format!("{}.img", disk.name));
        way(&disk.file.clone().unwrap_or_else(made), image)
    });
    let files: Vec<_> = files.collect();
    let disks = image.disks.iter().zip(&files);
    form(&Guest {
        name: image.name,
        image: &way(image.image, image),
        command_line: "",
        memory_bytes: MEMORY_BYTES,
        cards: image.networks.clone(),
        disks: disks.map(|(disk, file)| Disk { name: disk.name, file }).collect(),
    })
}

#[cfg(test)]
mod tests {
    use sarab_kit::Attachment;

    use super::*;

    fn written(companions: &[Companion], suffix: &str) -> String {
        let image = Described {
            name: "site",
            image: Path::new("/target/site"),
            networks: vec!["service"],
            disks: vec![
                Attachment { name: "bare", file: None },
                Attachment { name: "data", file: Some("/project/data.img".into()) },
                Attachment { name: "pages", file: Some("/target/src/pages.tar".into()) },
            ],
        };
        let companion = companions.iter().find(|companion| companion.suffix == suffix);
        (companion.expect("there is one").write)(&image)
    }

    #[test]
    fn a_script_finds_what_lies_beside_it() {
        let text = written(VIRTIO, ".qemu.sh");
        for expected in [
            "-kernel site ",
            "filename=bare.img ",
            "filename=/project/data.img ",
            "filename=src/pages.tar ",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn other_files_name_whole_paths() {
        for (companions, suffix) in
            [(VIRTIO, ".libvirt.xml"), (VIRTIO, ".firecracker.json"), (XEN, ".cfg")]
        {
            let text = written(companions, suffix);
            for expected in
                ["/target/site", "/target/bare.img", "/project/data.img", "/target/src/pages.tar"]
            {
                assert!(text.contains(expected), "{suffix} {expected}: {text}");
            }
        }
    }

    #[test]
    fn a_template_names_no_file() {
        assert!(!written(XEN, ".cfg.in").contains("/target"));
    }
}
