//! Files as disks: promises, failures, locks.

use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt};

use sarab_device::{Error, ErrorKind, check};
use tempfile::NamedTempFile;

use super::*;
use crate::device::testing::on_a_machine;

fn image(size_bytes: u64) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    file.as_file().set_len(size_bytes).expect("room for it");
    file
}

fn disk(file: &NamedTempFile) -> Disk {
    Disk::open_file("data", file.path()).expect("a disk")
}

#[track_caller]
fn check_refused(path: &Path, kind: ErrorKind, words: &str) {
    let error = Disk::open_file("data", path).err().expect("it is refused");
    assert_eq!(error.kind(), kind, "{error}");
    let path = path.display().to_string();
    assert_eq!(error.to_string().replace(&path, "PATH"), words);
}

#[test]
fn it_keeps_the_promises_of_a_disk() {
    let file = image(4 << 20);
    on_a_machine(async || check::block(&disk(&file)).await);
}

#[test]
fn an_empty_disk_and_one_of_a_sector_are_disks_too() {
    on_a_machine(async || {
        check::block(&disk(&image(0))).await?;
        check::block(&disk(&image(512))).await
    });
}

#[test]
fn writes_are_there_when_it_is_opened_again() {
    let file = image(8 * 512);
    on_a_machine(async || {
        let first = disk(&file);
        first.write(3, vec![7; 1024].into()).await?;
        first.flush().await?;
        drop(first);
        let again = disk(&file).read(2, 4).await?;
        assert_eq!(again, [vec![0; 512], vec![7; 1024], vec![0; 512]].concat());
        Ok::<_, DiskError>(())
    });
}

#[test]
fn a_failed_flush_is_never_forgotten() {
    let full = rustix::fs::open("/dev/full", OFlags::RDWR, Mode::empty()).expect("a device");
    let geometry = Geometry { sector_bytes: 512, sector_count: 8, is_writable: true };
    let disk = Disk::over("data", full, geometry);
    on_a_machine(async || {
        let error = disk.flush().await.expect_err("it cannot be flushed");
        assert_eq!(error.to_string(), "cannot flush disk `data`: invalid argument");
        check::block_after_failed_flush(&disk).await
    });
}

#[test]
fn a_failed_flush_is_remembered_by_a_disk_that_can_be_written_again() {
    let disk = disk(&image(8 * 512));
    assert_eq!(disk.durable.make(disk.durable.ask(), || Err(Errno::IO)), Err(Errno::IO));
    on_a_machine(async || check::block_after_failed_flush(&disk).await);
}

#[test]
fn a_failure_of_a_flush_that_was_dropped_is_kept_as_well() {
    let durable = Arc::new(Durable::default());
    let (ticket, other) = (durable.ask(), Arc::clone(&durable));
    on_a_machine(async || {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go, may_go) = std::sync::mpsc::channel::<()>();
        let flush = move || {
            let _ = (begun.send(()), may_go.recv());
            Err(Errno::IO)
        };
        let mut dropped = blocking::unblock(move || other.make(ticket, flush));
        let first = std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut dropped).poll(context))
        });
        assert!(first.await.is_pending());
        has_begun.recv().expect("the worker runs");
        drop(dropped);
        go.send(()).expect("the worker waits");
        let later = blocking::unblock(move || durable.make(durable.ask(), || Ok(())));
        assert_eq!(later.await, Err(Errno::IO));
        Ok::<_, DiskError>(())
    });
}

#[test]
fn nobody_else_opens_a_disk_that_is_open() {
    let file = image(512);
    let first = disk(&file);
    check_refused(
        file.path(),
        ErrorKind::InUse,
        "PATH: in use; another unikernel, or the host itself, has this disk open, and two would destroy it",
    );
    drop(first);
    drop(disk(&file));
}

#[test]
fn what_is_no_disk_is_refused_with_the_way_out() {
    check_refused(
        Path::new("absent.img"),
        ErrorKind::NotFound,
        "PATH: no such file; make a disk of 64 MiB with `truncate -s 64M PATH`, or attach another \
         with `--disk data=FILE`",
    );
    check_refused(
        image(1000).path(),
        ErrorKind::InvalidInput,
        "PATH: 1000 bytes are not whole sectors of 512; make it larger with `truncate -s %512 \
         PATH`",
    );
    check_refused(
        Path::new("/dev/null"),
        ErrorKind::InvalidInput,
        "PATH: neither a file nor a block device; attach one with `--disk data=FILE`",
    );
    check_refused(Path::new("/"), ErrorKind::InvalidInput, "PATH: is a directory");
}

#[test]
fn a_file_that_cannot_be_written_is_a_disk_to_read() {
    let mut file = image(0);
    file.write_all(&[7; 1024]).expect("room for it");
    file.as_file().set_permissions(Permissions::from_mode(0o444)).expect("it is ours");
    let opened = rustix::fs::open(file.path(), OFlags::RDONLY, Mode::empty()).expect("a file");
    let geometry = Geometry { sector_bytes: 512, sector_count: 2, is_writable: false };
    on_a_machine(async || check::block(&Disk::over("data", opened, geometry)).await);
}

#[test]
fn a_file_that_shrinks_is_told_from_a_disk_that_fails() {
    let file = image(4096);
    let disk = disk(&file);
    file.as_file().set_len(512).expect("it is ours");
    on_a_machine(async || {
        let error = disk.read(0, 8).await.expect_err("the sectors are gone");
        let words = "the file of disk `data` was made smaller while it was open";
        assert_eq!(error.to_string(), words);
        Ok::<_, DiskError>(())
    });
}

#[test]
fn discarding_gives_the_room_back() {
    use std::os::unix::fs::MetadataExt;
    let file = image(1 << 20);
    on_a_machine(async || {
        let disk = disk(&file);
        disk.write(0, vec![7; 1 << 20].into()).await?;
        disk.flush().await?;
        let blocks = || file.as_file().metadata().expect("a status").blocks();
        let before = blocks();
        disk.discard(0, 2048).await?;
        assert!(blocks() < before, "{} blocks of {before} are left", blocks());
        assert_eq!(disk.read(5, 1).await?, vec![0; 512]);
        Ok::<_, DiskError>(())
    });
}
