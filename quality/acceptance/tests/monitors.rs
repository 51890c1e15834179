//! What lies beside an image, for whoever runs it without the command.
#![forbid(unsafe_code)]

use std::{fs, path::PathBuf, process::Command};

use sarab_acceptance::{process::Process, sarab::build, script::Script, target::on_virtio};
use serde_json::Value;

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

#[test]
fn the_script_of_qemu_runs_an_image_wherever_its_folder_is() {
    on_virtio("the_script_of_qemu_runs_an_image_wherever_its_folder_is", |target| {
        let script = Script::of("hello-key", target);
        let run = |words: &[&str]| script.run(words);
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
        let script = Script::of("block", target);
        script.put_disk("here.img");
        fs::write(script.path("here.img"), vec![0; 1 << 20]).expect("room");
        let (status, said) = script.run(&[]);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.starts_with("2048 sectors of 512 bytes\n"), "{said}");
        assert_eq!(fs::read(script.path("here.img")).expect("it is there")[512 * 2], 2);
    });
}
