//! What lies beside an image, for whoever runs it without the command.
#![forbid(unsafe_code)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sarab_acceptance::{
    process::{Process, run, succeed},
    project::empty,
    sarab::sarab,
    target::on_virtio,
};
use serde_json::Value;

/// Builds an example, and returns what the command tells a program of it.
fn build(example: &str, target: &str) -> Value {
    let mut command = sarab();
    command.args(["build", &format!("example/{example}"), "-t", target]);
    let said = succeed(command.args(["--message-format", "json"]));
    let mut objects = said.lines().map(|line| serde_json::from_str(line).expect("it is JSON"));
    objects.find(|object: &Value| object["reason"] == "built").expect("it was built")
}

fn path(value: &Value) -> PathBuf {
    value.as_str().expect("it is a path").into()
}

fn companions(built: &Value) -> Vec<PathBuf> {
    built["companions"].as_array().expect("a list").iter().map(path).collect()
}

#[test]
fn what_each_monitor_wants_to_be_told_lies_beside_the_image() {
    for (target, expected) in [
        ("unix", &[][..]),
        ("virtio", &["block.qemu.sh", "block.libvirt.xml", "block.firecracker.json"]),
        ("xen", &["block.cfg", "block.cfg.in"]),
    ] {
        let built = build("block", target);
        let image = path(&built["image"]);
        let expected: Vec<_> = expected.iter().map(|name| image.with_file_name(name)).collect();
        assert_eq!(companions(&built), expected);
        for file in expected {
            let text = fs::read_to_string(&file).expect("it is there");
            let is_template = file.ends_with("block.cfg.in");
            let disk = if is_template { "@DISK_disk@" } else { "example/block/disk.img" };
            assert!(text.contains(disk), "{}: {text}", file.display());
        }
    }
}

#[test]
fn firecracker_is_told_where_the_image_is() {
    let built = build("block", "virtio");
    let file = path(&built["image"]).with_file_name("block.firecracker.json");
    let text = fs::read_to_string(file).expect("it is there");
    let config: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(config["boot-source"]["kernel_image_path"], built["image"]);
    assert_eq!(config["drives"][0]["drive_id"], "disk");
}

/// Runs the script of an image in `folder` from elsewhere.
fn script(folder: &Path, name: &str, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(folder.join(name));
    let Output { status, stdout, stderr } = run(command.args(words).current_dir("/"));
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).expect("it prints UTF-8"))
}

#[test]
fn the_script_of_qemu_runs_an_image_wherever_its_folder_is() {
    on_virtio("the_script_of_qemu_runs_an_image_wherever_its_folder_is", |target| {
        let built = build("hello-key", target);
        let image = path(&built["image"]);
        let moved = empty();
        for name in ["hello-key", "hello-key.qemu.sh"] {
            fs::copy(image.with_file_name(name), moved.path().join(name)).expect("room");
        }
        let run = |words: &[&str]| script(moved.path(), "hello-key.qemu.sh", words);
        let hello = r#"good "morning" \ $HOME"#;
        let said = run(&["--times", "2", "--pause", "1ms", "--hello", hello]);
        assert_eq!(said, (Some(0), format!("{hello}\n{hello}\n")));
        let unknown = "hello-key: unknown key --tims, did you mean --times?\n\
            hello-key: --help shows all keys\n";
        assert_eq!(run(&["--tims"]), (Some(64), unknown.into()));
    });
}

#[test]
fn a_signal_to_the_script_of_qemu_ends_qemu() {
    on_virtio("a_signal_to_the_script_of_qemu_ends_qemu", |target| {
        let image = path(&build("hello-key", target)["image"]);
        let mut command = Command::new(image.with_file_name("hello-key.qemu.sh"));
        let mut running = Process::start(command.args(["--times", "20"]));
        running.wait_for("Hello");
        running.signal("TERM");
        // QEMU has the other end of the streams, so they end with it.
        assert_eq!(running.end().0, Some(1));
    });
}

#[test]
fn the_script_of_qemu_gives_the_guest_its_disks() {
    on_virtio("the_script_of_qemu_gives_the_guest_its_disks", |target| {
        let image = path(&build("block", target)["image"]);
        let moved = empty();
        let text = fs::read_to_string(image.with_file_name("block.qemu.sh")).expect("it is there");
        // As a person does who has the disk elsewhere.
        let file = "file.filename=";
        let (head, rest) = text.split_once(file).expect("it names a file");
        let (_, rest) = rest.split_once(" \\\n").expect("a line of its own");
        let copy = moved.path().join("block.qemu.sh");
        fs::copy(image.with_file_name("block.qemu.sh"), &copy).expect("room");
        fs::write(&copy, [head, file, "here.img", " \\\n", rest].concat()).expect("room");
        fs::copy(&image, moved.path().join("block")).expect("room");
        fs::write(moved.path().join("here.img"), vec![0; 1 << 20]).expect("room");
        let (status, said) = script(moved.path(), "block.qemu.sh", &[]);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.starts_with("2048 sectors of 512 bytes\n"), "{said}");
        assert_eq!(fs::read(moved.path().join("here.img")).expect("it is there")[512 * 2], 2);
    });
}
