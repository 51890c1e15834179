//! What is written for the files of a folder.

use std::{fs, path::Path, string::ToString, time::SystemTime, vec::Vec};

use embassy_futures::block_on;
use sarab_compose::{Inputs, Package, Unikernel, job, plan::Constructor, protocol::Mode};
use sarab_device::{KvRead as _, check};

use super::*;
use crate::{Fat, image::Image};

const INPUTS: Inputs<'static> = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };

const FILES: [(&str, &str); 4] =
    [(".hidden", ""), ("css/A b.css", "b{}"), ("css/deep/x", "x"), ("index.html", "<h1>")];

/// Makes a project with a folder `web/htdocs` and returns the package of it.
fn project(root: &Path) -> Package {
    for (name, text) in FILES {
        let path = root.join("web/htdocs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let time = SystemTime::UNIX_EPOCH + core::time::Duration::from_secs(1_700_000_000);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    Package::new(root, root.join("target/sarab/site/unix"))
}

#[test]
fn a_live_volume_holds_the_files_and_is_the_same_every_time() {
    let root = tempfile::tempdir().unwrap();
    let mut images = Vec::new();
    for _ in 0..2 {
        let mut package = project(root.path());
        let job = job::<fn(KvRead)>("start").of(fat_of("web/htdocs"));
        let plan = Unikernel::new("site", [job]).prepare(&INPUTS, &mut package).unwrap();
        assert_eq!(plan.files, ["htdocs.fat", "src/fat_of_htdocs.rs"]);
        assert_eq!(plan.modules, ["fat_of_htdocs"]);
        assert_eq!(plan.devices[0].crates[0].name, "sarab-fat");
        images.push(fs::read(package.folder().join("htdocs.fat")).unwrap());
    }
    assert!(images[0] == images[1]);
    assert!(images[0].len() < 200_000, "{} bytes", images[0].len());
    let image = Image::new(images.swap_remove(0).leak());
    let report = block_on(Fat::check(&image)).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    let fat = block_on(Fat::mount_with(image, || None)).unwrap();
    let expected = FILES.map(|(name, text)| (name, text.as_bytes()));
    assert_eq!(block_on(check::kv_read(&fat, &expected)), Ok(()));
    let modified = block_on(fat.metadata("index.html")).unwrap().unwrap().modified.unwrap();
    assert_eq!(modified.since_epoch().as_secs(), 1_700_000_000);
}

#[test]
fn a_folder_that_is_missing_is_named_with_the_way_out() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    let text = volume::write(&mut package, "absent").unwrap_err().to_string();
    assert!(text.ends_with("/absent`; make it, or name another"), "{text}");
}

#[test]
fn a_volume_on_a_disk_is_a_file_system_or_a_store_to_read() {
    let disk = || device::<fn() -> Block>("disk").of(());
    let job = job::<fn(Fs, KvRead)>("start").of((fat(&disk()), fat_files(&disk())));
    let plan = Unikernel::new("both", [job]).evaluate(&INPUTS).unwrap();
    let mount = Constructor::Open("sarab_fat::Fat::mount".into());
    assert_eq!(plan.devices.iter().filter(|device| device.constructor == mount).count(), 2);
}
