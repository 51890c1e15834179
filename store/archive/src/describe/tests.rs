//! What is written for the files of a folder.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use sarab_compose::{Inputs, Package, protocol::Mode};

use super::*;

const INPUTS: Inputs<'static> = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };

/// Makes a project with a folder `web/htdocs` and returns the package of it.
fn project(root: &Path) -> Package {
    let htdocs = root.join("web/htdocs");
    fs::create_dir_all(htdocs.join("css")).unwrap();
    for (name, text) in [("index.html", "<h1>"), ("css/a b.css", "b{}"), (".hidden", "")] {
        let path = htdocs.join(name);
        fs::write(&path, text).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    Package::new(root, root.join("target/sarab/site/unix"))
}

#[test]
fn the_module_names_every_file_by_a_relative_path() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    module::write(&mut package, "web/htdocs").unwrap();
    let text = fs::read_to_string(package.folder().join("src/htdocs_files.rs")).unwrap();
    assert_eq!(
        text,
        "//! The files of `web/htdocs`, written by `sarab configure`. Edits are lost.\n\
        \n\
        use sarab_archive::File;\n\
        \n\
        /// The files, sorted by name.\n\
        pub static FILES: [File; 3] = [\n    \
        File::new(\".hidden\", include_bytes!(\"../../../../../web/htdocs/.hidden\"), Some(1700000000)),\n    \
        File::new(\"css/a b.css\", include_bytes!(\"../../../../../web/htdocs/css/a b.css\"), Some(1700000000)),\n    \
        File::new(\"index.html\", include_bytes!(\"../../../../../web/htdocs/index.html\"), Some(1700000000)),\n\
        ];\n"
    );
    let include = package.folder().join("src/../../../../../web/htdocs/index.html");
    assert_eq!(fs::read_to_string(include).unwrap(), "<h1>");
}

#[test]
fn the_archive_is_whole_sectors_and_the_same_every_time() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    packed::write(&mut package, "web/htdocs").unwrap();
    let path = package.folder().join(tar_file("web/htdocs"));
    let archive = fs::read(&path).unwrap();
    assert!(archive.len().is_multiple_of(512));
    fs::remove_file(&path).unwrap();
    let mut again = Package::new(root.path(), package.folder());
    packed::write(&mut again, "web/htdocs").unwrap();
    assert_eq!(fs::read(&path).unwrap(), archive);
    let mut read = ::tar::Archive::new(archive.as_slice());
    let entries = read.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.path().unwrap().display().to_string(), entry.header().mtime().unwrap())
    });
    let names = [".hidden", "css/a b.css", "index.html"];
    assert_eq!(entries.collect::<Vec<_>>(), names.map(|name| (name.to_owned(), 1_700_000_000)));
}

#[test]
fn a_folder_that_is_missing_is_named_with_the_way_out() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    for error in [module::write(&mut package, "absent"), packed::write(&mut package, "absent")] {
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("there is no folder `"), "{text}");
        assert!(text.ends_with("/absent`; make it, or name another"), "{text}");
    }
}

#[test]
fn what_is_no_file_is_not_skipped_silently() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    let socket = root.path().join("web/htdocs/socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let text = module::write(&mut package, "web/htdocs").unwrap_err().to_string();
    assert_eq!(text, format!("`{}` is neither a file nor a folder; remove it", socket.display()));
}

#[test]
fn any_folder_gives_a_module_a_name() {
    assert_eq!(module::name("web/htdocs/"), "htdocs_files");
    assert_eq!(module::name("static"), "static_files");
    assert_eq!(module::name("2026-pages"), "folder_2026_pages_files");
    assert_eq!(module::name("\u{e9}"), "folder___files");
}

#[test]
fn a_live_store_writes_its_files_and_a_dead_one_does_not() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    let job = sarab_compose::job::<fn(KvRead)>("start").of(embedded("web/htdocs"));
    let unikernel = sarab_compose::Unikernel::new("site", [job]);
    let plan = unikernel.prepare(&INPUTS, &mut package).unwrap();
    assert_eq!(plan.files, ["src/htdocs_files.rs"]);
    assert_eq!(plan.modules, ["htdocs_files"]);
    let device = &plan.devices[0];
    assert_eq!(device.label, "files of `web/htdocs` in the image");
    assert_eq!(device.crates[0].name, "sarab-archive");
}

#[test]
fn a_live_store_of_a_missing_folder_says_where_it_was_made() {
    let root = tempfile::tempdir().unwrap();
    let mut package = project(root.path());
    let job = sarab_compose::job::<fn(KvRead)>("start").of(embedded("absent"));
    let unikernel = sarab_compose::Unikernel::new("site", [job]);
    let wrong = unikernel.prepare(&INPUTS, &mut package).unwrap_err();
    assert!(wrong.message.contains("there is no folder `"), "{}", wrong.message);
    assert_eq!(wrong.labels[0].origin.file, file!());
}
