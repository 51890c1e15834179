//! Images of disks, from making them to what other programs read on them.
#![forbid(unsafe_code)]

use std::{
    env,
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    process::Command,
};

use sarab_acceptance::{
    namespace::skip,
    process::{fail, run, succeed},
    project::{empty, sarab_in, write},
};
use sarab_tree::{Options, Tree};
use sarab_treefs::TreeFs;
use sarab_unix::Disk;

/// Runs `sarab disk` with these words in a folder; returns what it prints.
fn disk(folder: &Path, line: &str) -> String {
    succeed(sarab_in(folder).arg("disk").args(line.split(' ')))
}

/// The same where it must fail; returns what it says.
fn refused(folder: &Path, line: &str) -> String {
    fail(sarab_in(folder).arg("disk").args(line.split(' ')), 1)
}

/// Returns whether the host has a program; a test that lacks it says so.
fn have(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&paths).any(|path| path.join(program).is_file());
    if !is_there {
        skip("disk", &format!("there is no {program}"));
    }
    is_there
}

#[test]
fn a_folder_goes_into_an_image_and_comes_out_the_same() {
    let folder = empty();
    let here = folder.path();
    write(here, "pages/index.html", "<p>hello\n");
    write(here, "pages/a folder with a long name/\u{e9}t\u{e9}.txt", "warm\n");
    fs::write(here.join("pages/large"), vec![7; 3_000_001]).expect("there is room");
    fs::write(here.join("pages/empty"), "").expect("there is room");
    for kind in ["fat12", "fat16", "fat32", "tree"] {
        let size = if kind == "fat12" { "8M" } else { "64M" };
        disk(here, &format!("create {kind}.img {size}"));
        disk(here, &format!("format {kind}.img {kind} --label DATA"));
        disk(here, &format!("put {kind}.img pages"));
        let listed = disk(here, &format!("ls {kind}.img pages"));
        assert!(
            listed.contains("3000001") && listed.contains("a folder with a long name/"),
            "{listed}"
        );
        assert_eq!(disk(here, &format!("cat {kind}.img pages/index.html")), "<p>hello\n");
        disk(here, &format!("get {kind}.img pages {kind}-out"));
        succeed(
            Command::new("diff").args(["-r", "pages", &format!("{kind}-out")]).current_dir(here),
        );
        disk(here, &format!("check {kind}.img"));
        sound(here, kind);
        disk(here, &format!("rm --recursive {kind}.img pages"));
        assert_eq!(disk(here, &format!("ls {kind}.img")), "");
        sound(here, kind);
    }
}

/// Has the checker of Linux look at the image of a kind, where there is one for it.
fn sound(folder: &Path, kind: &str) {
    if kind != "tree" && have("fsck.fat") {
        let image = format!("{kind}.img");
        let output = run(Command::new("fsck.fat").args(["-n", &image]).current_dir(folder));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
    }
}

/// Makes symbolic links in the file system of an image, as a program does.
fn link(image: &Path, links: &[(&str, &str)]) {
    futures_lite::future::block_on(async {
        let disk = Disk::open_file("image", image).expect("it is there");
        let tree = Tree::mount(disk, Options::default()).await.expect("it holds a store");
        let files = TreeFs::over(tree, || None).await.expect("there are files in it");
        for (target, path) in links {
            files.symlink(target, path).await.expect("it is new");
        }
        files.tree().sync().await.expect("it is written");
    });
}

#[test]
fn links_are_shown_and_followed_but_not_into_what_is_elsewhere() {
    let folder = empty();
    let here = folder.path();
    write(here, "pages/index.html", "<p>hello\n");
    disk(here, "create data.img 64M");
    disk(here, "format data.img tree");
    disk(here, "put data.img pages");
    let links = [("pages/index.html", "start"), ("pages", "all"), ("/absent", "pages/astray")];
    link(&here.join("data.img"), &links);
    let listed = disk(here, "ls data.img");
    assert!(listed.contains("all -> pages\n") && listed.contains("pages/\n"), "{listed}");
    assert!(disk(here, "ls data.img all").contains("astray -> /absent"));
    assert_eq!(disk(here, "cat data.img start"), "<p>hello\n");
    let got = run(sarab_in(here).args(["disk", "get", "data.img", "/", "out"]));
    let said = String::from_utf8_lossy(&got.stderr).into_owned();
    assert!(got.status.success() && said.contains("`all` is left out"), "{said}");
    assert_eq!(fs::read(here.join("out/start")).expect("it was copied"), b"<p>hello\n");
    disk(here, "rm data.img all");
    disk(here, "rm data.img pages/astray");
    assert_eq!(disk(here, "cat data.img pages/index.html"), "<p>hello\n");
    write(here, "start", "<p>again\n");
    disk(here, "put data.img start --force");
    assert_eq!(disk(here, "cat data.img pages/index.html"), "<p>again\n");
    assert!(disk(here, "ls data.img").contains("start -> pages/index.html"));
}

#[test]
fn an_image_takes_no_room_until_it_is_written() {
    use std::os::unix::fs::MetadataExt;
    let folder = empty();
    disk(folder.path(), "create data.img 1G");
    let status = fs::metadata(folder.path().join("data.img")).expect("it is there");
    assert_eq!((status.len(), status.blocks()), (1 << 30, 0));
}

#[test]
fn partitions_hold_what_they_are_given_and_others_read_the_table() {
    let folder = empty();
    let here = folder.path();
    write(here, "file", "text\n");
    for (kind, first, second) in
        [("gpt", "32M:efi:BOOT", "rest:linux:root"), ("mbr", "32M:data", "rest:linux")]
    {
        let image = format!("{kind}.img");
        disk(here, &format!("create {image} 128M"));
        disk(here, &format!("format {image} {kind} --part {first} --part {second}"));
        disk(here, &format!("format {image}:1 fat16"));
        disk(here, &format!("put {image} file --partition 1"));
        assert_eq!(disk(here, &format!("cat {image}:1 file")), "text\n");
        let told = disk(here, &format!("info {image}"));
        assert!(told.contains("a FAT file system") && told.contains("linux"), "{told}");
        let said = refused(here, &format!("ls {image}"));
        assert!(said.contains("name a partition") && said.contains("there are: 1, 2"), "{said}");
        if have("sfdisk") {
            let checked = succeed(Command::new("sfdisk").args(["-V", &image]).current_dir(here));
            assert!(checked.contains("No errors detected"), "{checked}");
        }
    }
}

#[test]
fn a_table_that_another_program_made_is_read() {
    let folder = empty();
    let here = folder.path();
    if !have("sfdisk") {
        return;
    }
    for (label, lines) in [
        ("gpt", "size=8M,name=one\nsize=4M,type=U\n"),
        ("dos", "size=8M,type=c\nsize=4M\nsize=4M\nsize=40M,type=E\nsize=4M\nsize=6M\n"),
    ] {
        let image = format!("{label}.img");
        disk(here, &format!("create {image} 128M"));
        write(here, "script", &format!("label: {label}\n{lines}"));
        let line = format!("sfdisk -q {image} < script");
        succeed(Command::new("sh").args(["-c", &line]).current_dir(here));
        let told = disk(here, &format!("info {image}"));
        assert!(told.contains("8.0 MiB") && told.contains("4.0 MiB"), "{told}");
        assert_eq!(label == "dos", told.contains("\n     6 "), "{told}");
        disk(here, &format!("check {image}"));
    }
}

#[test]
fn a_damaged_table_is_told_of_and_repaired() {
    let folder = empty();
    let here = folder.path();
    disk(here, "create disk.img 64M");
    disk(here, "format disk.img gpt");
    let mut image = File::options().write(true).open(here.join("disk.img")).expect("it is there");
    image.seek(SeekFrom::Start(512 + 60)).expect("it is long enough");
    image.write_all(&[0xff; 8]).expect("there is room");
    drop(image);
    let output = run(sarab_in(here).args(["disk", "check", "disk.img"]));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the first copy of the table is damaged"), "{said}");
    disk(here, "check disk.img --repair");
    disk(here, "check disk.img");
}

#[test]
fn an_encrypted_image_opens_by_its_passphrases_alone() {
    let folder = empty();
    let here = folder.path();
    for (file, text) in [("one", "sesame\n"), ("two", "second\n"), ("file", "a secret text\n")] {
        write(here, file, text);
    }
    disk(here, "create disk.img 16M");
    disk(here, "format disk.img encrypted --passphrase-file one");
    disk(here, "format disk.img fat --passphrase-file one");
    disk(here, "put disk.img file --passphrase-file one");
    assert_eq!(disk(here, "cat disk.img file --passphrase-file one"), "a secret text\n");
    assert!(refused(here, "ls disk.img").contains("--passphrase-file"));
    assert!(refused(here, "ls disk.img --passphrase-file two").contains("does not fit"));
    let mut bytes = Vec::new();
    let mut image = File::open(here.join("disk.img")).expect("it is there");
    image.read_to_end(&mut bytes).expect("it can be read");
    assert!(!bytes.windows(13).any(|window| window == b"a secret text"));
    disk(here, "passphrase add disk.img --passphrase-file one --new-file two");
    disk(here, "passphrase rm disk.img --passphrase-file one");
    assert!(refused(here, "ls disk.img --passphrase-file one").contains("does not fit"));
    assert_eq!(disk(here, "cat disk.img file --passphrase-file two"), "a secret text\n");
}

#[test]
fn a_snapshot_is_compared_with_what_there_is_now() {
    let folder = empty();
    let here = folder.path();
    for (file, text) in
        [("pages/old", "old\n"), ("pages/same", "same\n"), ("pages/in/gone", "gone\n")]
    {
        write(here, file, text);
    }
    disk(here, "create a.img 32M");
    disk(here, "format a.img tree");
    disk(here, "put a.img pages");
    disk(here, "snapshot create a.img before");
    assert_eq!(disk(here, "snapshot diff a.img before"), "");
    disk(here, "rm a.img pages/in -r");
    write(here, "pages/old", "new\n");
    write(here, "fresh", "fresh\n");
    disk(here, "put a.img pages/old pages/ --force");
    disk(here, "put a.img pages/same pages/ --force");
    disk(here, "put a.img fresh");
    let expected = "+ fresh\n- pages/in/\n- pages/in/gone\n~ pages/old\n";
    assert_eq!(disk(here, "snapshot diff a.img before"), expected);
    assert!(disk(here, "snapshot ls a.img").contains("before"));
    disk(here, "check a.img");
    disk(here, "scrub a.img");
    disk(here, "snapshot rm a.img before");
    assert!(refused(here, "snapshot diff a.img before").contains("`before`"));
    disk(here, "format a.img fat --force");
    assert!(refused(here, "snapshot ls a.img").contains("keeps no snapshots"));
}

#[test]
fn what_is_there_is_not_lost_by_accident() {
    let folder = empty();
    let here = folder.path();
    write(here, "file", "text\n");
    disk(here, "create disk.img 16M");
    assert!(refused(here, "create disk.img 16M").contains("--force"));
    disk(here, "format disk.img fat");
    let said = refused(here, "format disk.img gpt");
    assert!(said.contains("holds a FAT file system") && said.contains("--force"), "{said}");
    disk(here, "put disk.img file");
    assert!(refused(here, "put disk.img file").contains("--force"));
    assert!(refused(here, "get disk.img file").contains("--force"));
    disk(here, "put disk.img file --force");
    disk(here, "format disk.img gpt --force");
}

#[test]
fn a_copy_that_does_not_fit_leaves_what_was_there() {
    let folder = empty();
    let here = folder.path();
    write(here, "old/file", "text\n");
    write(here, "new/file", &"x".repeat(20 << 20));
    for kind in ["fat", "tree"] {
        disk(here, "create disk.img 16M --force");
        disk(here, &format!("format disk.img {kind} --force"));
        disk(here, "put disk.img old/file");
        let before = disk(here, "info disk.img");
        let said = refused(here, "put disk.img new/file --force");
        assert!(said.contains("a larger image"), "{kind}: {said}");
        assert_eq!(disk(here, "cat disk.img file"), "text\n", "{kind}");
        assert_eq!(disk(here, "ls disk.img").lines().count(), 1, "{kind}");
        let is_free = |line: &&str| line.starts_with("free");
        let after = disk(here, "info disk.img");
        assert_eq!(after.lines().find(is_free), before.lines().find(is_free), "{kind}");
        disk(here, "check disk.img");
    }
}

#[test]
fn a_copy_that_did_not_come_to_its_end_leaves_nothing() {
    let folder = empty();
    let here = folder.path();
    write(here, "file", "text\n");
    for kind in ["fat", "tree"] {
        disk(here, "create disk.img 16M --force");
        disk(here, &format!("format disk.img {kind} --force"));
        disk(here, "mkdir disk.img file");
        refused(here, "put disk.img file / --force");
        assert_eq!(disk(here, "ls disk.img").lines().count(), 1, "{kind}");
        disk(here, "check disk.img");
    }
    write(here, ".sarab-put", "text\n");
    assert!(refused(here, "put disk.img .sarab-put").contains("another name"));
    // As one leaves it that is killed.
    disk(here, "format disk.img fat --force");
    if have("mcopy") {
        let mut copy = Command::new("mcopy");
        succeed(copy.args(["-i", "disk.img", "file", "::.sarab-put"]).current_dir(here));
        disk(here, "put disk.img file");
        assert_eq!(disk(here, "ls disk.img").lines().count(), 1);
    }
}

#[test]
fn what_stands_at_the_end_of_an_image_only_is_not_lost_either() {
    let folder = empty();
    let here = folder.path();
    disk(here, "create disk.img 8M");
    let mut image = File::options().write(true).open(here.join("disk.img")).expect("it is there");
    image
        .seek(SeekFrom::End(-512))
        .and_then(|_| image.write_all(b"ticket"))
        .expect("there is room");
    drop(image);
    assert!(refused(here, "format disk.img fat").contains("--force"));
}

#[test]
fn nothing_of_what_was_there_before_a_format_is_taken_for_what_is_there() {
    let folder = empty();
    let here = folder.path();
    for (file, text) in [("one", "sesame\n"), ("file", "text\n")] {
        write(here, file, text);
    }
    disk(here, "create disk.img 8M");
    disk(here, "format disk.img encrypted --passphrase-file one");
    disk(here, "format --force disk.img fat");
    disk(here, "put disk.img file");
    assert_eq!(disk(here, "cat disk.img file"), "text\n");
}

#[test]
fn a_partition_is_not_created_over_its_image() {
    let folder = empty();
    let here = folder.path();
    disk(here, "create disk.img 8M");
    disk(here, "format disk.img fat");
    let said = fail(sarab_in(here).args(["disk", "create", "--force", "disk.img:2", "4M"]), 64);
    assert!(said.contains("format disk.img gpt"), "{said}");
    assert_eq!(disk(here, "ls disk.img"), "");
}

#[test]
fn an_image_that_somebody_uses_is_left_alone() {
    let folder = empty();
    let here = folder.path();
    disk(here, "create disk.img 16M");
    let image = File::open(here.join("disk.img")).expect("it is there");
    image.lock().expect("nobody has it");
    for line in ["format disk.img fat", "info disk.img", "create --force disk.img 8M"] {
        let said = refused(here, line);
        assert!(said.contains("`disk.img` is in use"), "{said}");
    }
    drop(image);
    disk(here, "format disk.img fat");
}

#[test]
fn a_file_system_of_another_kind_is_named() {
    let folder = empty();
    let here = folder.path();
    if !have("mkfs.ext4") {
        return;
    }
    disk(here, "create disk.img 16M");
    succeed(Command::new("mkfs.ext4").args(["-q", "disk.img"]).current_dir(here));
    let said = refused(here, "ls disk.img");
    assert!(said.contains("holds an ext4 file system"), "{said}");
    assert!(disk(here, "info disk.img").contains("an ext4 file system"));
    assert!(refused(here, "format disk.img fat").contains("an ext4 file system"));
}

#[test]
fn a_program_is_told_everything_in_objects() {
    let folder = empty();
    let here = folder.path();
    write(here, "file", "text\n");
    let mut objects = Vec::new();
    for line in ["create a.img 16M", "format a.img fat", "put a.img file", "ls a.img", "info a.img"]
    {
        let said = disk(here, &format!("--message-format json {line}"));
        objects.push(serde_json::from_str::<serde_json::Value>(said.trim()).expect("an object"));
    }
    let reasons: Vec<_> = objects.iter().map(|object| object["reason"].as_str()).collect();
    assert_eq!(reasons, ["created", "formatted", "copied", "listed", "info"].map(Some));
    assert_eq!(objects[3]["entries"][0]["name"], "file");
    assert_eq!(objects[4]["fat"]["width"], "FAT16");
}
