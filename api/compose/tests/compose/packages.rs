//! What devices write into the generated package.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::{Block, KvRead, disk, reads};
use sarab_compose::plan::Plan;
use sarab_compose::protocol::{Diagnostic, Mode};
use sarab_compose::{Impl, Inputs, Job, Package, Prepared, Unikernel, device, job};

/// Embeds the file `page` of the project as the module `pages`.
fn pages() -> Impl<KvRead> {
    device::<fn() -> KvRead>("archive::Embedded::open")
        .named("pages")
        .module("pages")
        .prepare(|package| {
            let page = fs::read_to_string(package.project().join("page"))?;
            package.write("src/pages.rs", format!("pub const PAGE: &str = {page:?};\n"))?;
            Ok(())
        })
        .of(())
}

fn prepare(jobs: impl IntoIterator<Item = Job>, folder: &Path) -> Result<Plan, Diagnostic> {
    let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
    let mut package = Package::new(folder, folder.join("made"));
    Unikernel::new("test", jobs).prepare(&inputs, &mut package)
}

fn fails(hook: impl Fn(&mut Package) -> Prepared + 'static) -> Diagnostic {
    let folder = tempfile::tempdir().unwrap();
    let disk = device::<fn() -> Block>("disk::Disk::open").named("data").prepare(hook).of(());
    prepare([reads(disk)], folder.path()).unwrap_err()
}

#[test]
fn a_live_device_writes_files_that_the_plan_lists() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("page"), "hello").unwrap();
    let start = || job::<fn(KvRead)>("start").of(pages());
    let plan = prepare([start(), start()], folder.path()).unwrap();
    assert_eq!(plan.files, ["src/pages.rs"]);
    assert_eq!(plan.modules, ["pages"]);
    let written = fs::read_to_string(folder.path().join("made/src/pages.rs")).unwrap();
    assert_eq!(written, "pub const PAGE: &str = \"hello\";\n");
}

#[test]
fn a_file_is_written_only_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let write = |text: &str| Package::new(".", folder.path()).write("a", text).unwrap();
    write("one");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions.clone()).unwrap();
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    write("one");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    #[expect(clippy::permissions_set_readonly_false, reason = "the file is about to be removed")]
    permissions.set_readonly(false);
    fs::set_permissions(&path, permissions).unwrap();
    write("two");
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
}

#[test]
fn a_path_that_leaves_the_package_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut package = Package::new(".", folder.path());
    for path in ["../a", "/a", "", "a/../../b", "."] {
        let error = package.write(path, "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path}");
    }
    assert_eq!(package.files().count(), 0);
}

#[test]
fn two_devices_cannot_give_a_file_different_contents() {
    let folder = tempfile::tempdir().unwrap();
    let mut package = Package::new(".", folder.path());
    package.write("a", "one").unwrap();
    package.write("a", "one").unwrap();
    assert_eq!(package.write("a", "two").unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_hook_that_fails_or_panics_names_its_device_and_place() {
    let error = fails(|package| {
        fs::read(package.project().join("missing"))?;
        Ok(())
    });
    assert!(error.message.starts_with("`data` cannot be prepared: "), "{}", error.message);
    assert!(error.labels[0].origin.file.ends_with("packages.rs"));
    let error = fails(|_| panic!("no room"));
    assert_eq!(error.message, "the code that prepares `data` panicked: no room");
    assert_eq!(error.labels[0].text, "panicked here");
}

#[test]
fn an_evaluation_prepares_nothing() {
    let jobs = [job::<fn(KvRead)>("start").of(pages()), reads(disk("data"))];
    let plan = crate::plan(&jobs, "");
    assert_eq!(plan.files, [""; 0]);
    assert_eq!(plan.modules, ["pages"]);
}
