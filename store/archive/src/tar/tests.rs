//! Archives that are sound, cut off, changed and hostile.

extern crate std;

use std::{format, path::Path, process::Command, string::String, vec};

use embassy_futures::block_on;
use proptest::prelude::*;
use sarab_device::check;
use sarab_memory::RamDisk;

use super::*;

type Opened = Result<Tar<RamDisk>, TarError<sarab_memory::DiskError>>;

/// Opens `archive`, filled up to whole sectors of `sector_bytes`.
fn open_in(sector_bytes: u32, archive: &[u8]) -> Opened {
    let size = archive.len().next_multiple_of(sector_bytes as usize);
    let disk = RamDisk::new(sector_bytes, size as u64 / u64::from(sector_bytes)).unwrap();
    let mut archive = archive.to_vec();
    archive.resize(size, 0);
    block_on(disk.write(0, archive.into())).unwrap();
    block_on(Tar::open(disk))
}

fn open(archive: &[u8]) -> Opened {
    open_in(512, archive)
}

fn fault(archive: &[u8]) -> (u64, What) {
    match open(archive) {
        Err(TarError::Header { offset, what }) => (offset, what),
        other => panic!("{other:?}"),
    }
}

/// Makes an archive of entries: type, name, data.
fn archive(entries: &[(::tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (kind, name, data) in entries {
        let mut header = ::tar::Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_mtime(1_700_000_000);
        if *kind == ::tar::EntryType::Link {
            header.set_size(0);
            builder.append_link(&mut header, name, str::from_utf8(data).unwrap()).unwrap();
        } else {
            header.set_size(data.len() as u64);
            builder.append_data(&mut header, name, *data).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

const FILE: ::tar::EntryType = ::tar::EntryType::Regular;

fn long(character: &str) -> String {
    [character.repeat(90), character.repeat(90), character.repeat(120)].join("/")
}

fn tree() -> Vec<(String, Vec<u8>)> {
    vec![
        ("empty".into(), vec![]),
        ("a-b".into(), vec![1; 511]),
        ("a/b".into(), vec![2; 512]),
        ("a/c/d".into(), vec![3; 513]),
        ("a0".into(), vec![4; 200_000]),
        ("\u{e9}t\u{e9} 1".into(), b"text".to_vec()),
    ]
}

fn long_tree() -> Vec<(String, Vec<u8>)> {
    let mut tree = tree();
    tree.push((long("x"), b"long".to_vec()));
    tree.push((format!("{}/{}", "p".repeat(100), "n".repeat(90)), b"prefix".to_vec()));
    tree
}

/// Writes `tree` to a folder and has the `tar` of this machine make an archive of it.
fn by_gnu_tar(folder: &Path, format: &str, tree: &[(String, Vec<u8>)]) -> Vec<u8> {
    for (name, data) in tree {
        let path = folder.join("in").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, data).unwrap();
    }
    let out = folder.join("out.tar");
    let status = Command::new("tar")
        .args([&format!("--format={format}"), "--mtime=@1700000000", "-cf"])
        .arg(&out)
        .args(["-C".as_ref(), folder.join("in").as_os_str(), ".".as_ref()])
        .status()
        .expect("the command `tar` runs");
    assert!(status.success());
    std::fs::read(out).unwrap()
}

fn holds(store: &impl KvRead, tree: &[(String, Vec<u8>)]) {
    let expected: Vec<(&str, &[u8])> =
        tree.iter().map(|(k, v)| (k.as_str(), v.as_slice())).collect();
    assert_eq!(block_on(check::kv_read(store, &expected)), Ok(()));
}

#[test]
fn what_gnu_tar_wrote_is_read_back() {
    for (format, tree) in
        [("ustar", tree()), ("pax", long_tree()), ("gnu", long_tree()), ("v7", tree())]
    {
        let folder = tempfile::tempdir().unwrap();
        let archive = by_gnu_tar(folder.path(), format, &tree);
        for sector_bytes in [512, 4096, 65536] {
            holds(&open_in(sector_bytes, &archive).unwrap(), &tree);
        }
        let store = open(&archive).unwrap();
        let modified = block_on(store.metadata("a/b")).unwrap().unwrap().modified;
        assert_eq!(
            modified.map(|time| time.since_epoch().as_secs()),
            Some(1_700_000_000),
            "{format}"
        );
    }
}

#[test]
fn an_archive_without_entries_is_empty() {
    holds(&open(&[0; 1024]).unwrap(), &[]);
    holds(&open(&archive(&[])).unwrap(), &[]);
}

#[test]
fn the_folder_part_of_a_name_is_joined_to_it() {
    let name = format!("{}/{}", "p".repeat(100), "n".repeat(90));
    holds(&open(&archive(&[(FILE, &name, b"x")])).unwrap(), &[(name.clone(), b"x".to_vec())]);
}

#[test]
fn a_later_entry_replaces_an_earlier_one() {
    let archive = archive(&[(FILE, "a", b"old"), (FILE, "./a", b"new")]);
    holds(&open(&archive).unwrap(), &[("a".into(), b"new".to_vec())]);
}

#[test]
fn a_hard_link_is_the_value_under_another_name() {
    let linked = archive(&[(FILE, "a", b"text"), (::tar::EntryType::Link, "b", b"a")]);
    let tree = [("a".into(), b"text".to_vec()), ("b".into(), b"text".to_vec())];
    holds(&open(&linked).unwrap(), &tree);
    let dangling = archive(&[(::tar::EntryType::Link, "b", b"a")]);
    assert_eq!(fault(&dangling), (0, What::Link));
}

#[test]
fn what_is_no_file_is_passed_over() {
    let archive = archive(&[
        (::tar::EntryType::Fifo, "queue", b""),
        (::tar::EntryType::Directory, "folder", b""),
        (FILE, "a", b"text"),
    ]);
    holds(&open(&archive).unwrap(), &[("a".into(), b"text".to_vec())]);
}

#[test]
fn only_what_has_data_is_followed_by_them_whatever_size_is_told() {
    for kind in *b"123456DV" {
        let has_data = matches!(kind, b'D' | b'V');
        let mut archive = archive(&[(FILE, "a", b"text"), (FILE, "b", b""), (FILE, "c", b"")]);
        let header = &mut archive[1024..1536];
        header[124..136].copy_from_slice(b"00000001000\0");
        header[156] = kind;
        header[157] = b'a';
        signed(header);
        let store = open(&archive).unwrap();
        let next = block_on(store.get("c")).unwrap();
        assert_eq!(next.is_none(), has_data, "type {}", char::from(kind));
    }
}

#[test]
fn a_read_of_a_range_asks_for_its_sectors_only() {
    use sarab_device::middleware::{Record, Watched};
    let archive = archive(&[(FILE, "a", &vec![7; 1 << 20])]);
    let disk = open(&archive).unwrap().block;
    let store = block_on(Tar::open(Watched::new(disk, Record::new(100)))).unwrap();
    store.block.observer().clear();
    let read = block_on(store.get_range("a", 5000..5010)).unwrap().unwrap();
    assert_eq!(&read[..], [7; 10]);
    let asked = store.block.observer().operations();
    assert_eq!(asked.iter().map(|read| read.size_bytes).collect::<Vec<_>>(), [512]);
}

#[test]
fn small_files_are_indexed_many_at_a_time() {
    use sarab_device::middleware::{Record, Watched};
    let names: Vec<String> = (0..1000).map(|number| format!("{number:04}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (FILE, name.as_str(), &b"x"[..])).collect();
    let disk = open(&archive(&entries)).unwrap().block;
    let store = block_on(Tar::open(Watched::new(disk, Record::new(100)))).unwrap();
    assert!(store.block.observer().operations().len() <= 17);
    assert_eq!(store.index.list("").len(), 1000);
}

#[test]
fn a_header_that_was_changed_is_named() {
    let sound = archive(&[(FILE, "a", b"1"), (FILE, "b", b"2")]);
    let mut wrong = sound.clone();
    wrong[1024] = b'c';
    assert_eq!(fault(&wrong), (1024, What::Checksum));
    let text = format!("{}", open(&wrong).unwrap_err());
    assert_eq!(text, "the tar archive's header at byte 1024: its checksum is wrong");
}

#[test]
fn an_archive_that_was_cut_off_is_named() {
    let sound = archive(&[(FILE, "a", &[1; 600])]);
    assert_eq!(fault(&sound[..512]), (0, What::PastEnd));
    assert_eq!(fault(&sound[..512 + 1024]), (1536, What::NoEnd));
    assert_eq!(fault(&[]), (0, What::NoEnd));
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let with_name = |name: &[u8]| {
        let mut archive = archive(&[(FILE, "a", b"")]);
        archive[..name.len()].copy_from_slice(name);
        signed(&mut archive);
        archive
    };
    for wrong in [&b"../a"[..], b"a/../../b", b"..", b"/", b"./", b"\xff\xfe"] {
        let wrong = with_name(wrong);
        let folder_is_skipped =
            matches!(open(&wrong), Ok(store) if store.index.list("").is_empty());
        assert!(folder_is_skipped || fault(&wrong) == (0, What::Name));
    }
    holds(&open(&with_name(b"/./b//c")).unwrap(), &[("b/c".into(), vec![])]);
}

#[test]
fn sizes_no_disk_has_are_refused() {
    let with_size = |size: &[u8; 12]| {
        let mut archive = archive(&[(FILE, "a", b"x")]);
        archive[124..136].copy_from_slice(size);
        signed(&mut archive);
        archive
    };
    assert_eq!(fault(&with_size(b"77777777777\0")), (0, What::PastEnd));
    assert_eq!(fault(&with_size(b"9\0\0\0\0\0\0\0\0\0\0\0")), (0, What::Number));
    assert_eq!(fault(&with_size(&[0xff; 12])), (0, What::Number));
    assert_eq!(
        fault(&with_size(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")),
        (0, What::Number)
    );
    assert_eq!(
        fault(&with_size(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff")),
        (0, What::PastEnd)
    );
    holds(
        &open(&with_size(b"\x80\0\0\0\0\0\0\0\0\0\0\x01")).unwrap(),
        &[("a".into(), b"x".to_vec())],
    );
}

#[test]
fn an_extended_header_of_a_gigabyte_is_not_read() {
    let mut archive = archive(&[(FILE, "a", b"")]);
    archive[156] = b'x';
    archive[124..136].copy_from_slice(b"10000000000\0");
    signed(&mut archive);
    let disk = RamDisk::new(512, 4 << 21).unwrap();
    block_on(disk.write(0, archive.into())).unwrap();
    let error = block_on(Tar::open(disk)).unwrap_err();
    assert_eq!(error, TarError::Header { offset: 0, what: What::Extension });
}

#[test]
fn a_file_that_is_a_folder_as_well_is_refused() {
    assert_eq!(fault(&archive(&[(FILE, "a/b", b""), (FILE, "a", b"")])), (512, What::Clash));
}

#[test]
fn a_sparse_file_is_not_supported() {
    let mut archive = archive(&[(FILE, "a", b"")]);
    archive[156] = b'S';
    signed(&mut archive);
    assert_eq!(fault(&archive), (0, What::Type));
}

/// Makes the checksum of the first header fit.
fn signed(archive: &mut [u8]) {
    archive[148..156].fill(b' ');
    let sum: u32 = archive[..512].iter().map(|byte| u32::from(*byte)).sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// Reads all that an archive says it holds.
fn read_all(archive: &[u8]) {
    let Ok(store) = open(archive) else { return };
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in block_on(store.list(&folder)).unwrap() {
            let key = key::prefix(&folder) + &entry.name;
            let size = block_on(store.metadata(&key)).unwrap().map(|known| known.size_bytes);
            let value = block_on(store.get(&key)).unwrap();
            assert_eq!(value.map(|value| value.len() as u64), size);
            if entry.kind == sarab_device::EntryKind::Folder {
                folders.push(key);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        read_all(&bytes);
    }

    #[test]
    fn a_changed_archive_never_panics(
        changes in proptest::collection::vec((0_usize..12_000, any::<u8>()), 1..8),
        is_signed: bool,
    ) {
        let long = long("y");
        let mut archive = archive(&[
            (FILE, "first", &[1; 700]),
            (FILE, &long, b"long"),
            (::tar::EntryType::Link, "link", b"first"),
            (FILE, "folder/last", &[2; 10]),
        ]);
        let size = archive.len();
        for (at, byte) in changes {
            archive[at % size] = byte;
        }
        if is_signed {
            for block in archive.chunks_mut(512).filter(|block| block[257..262] == *b"ustar") {
                signed(block);
            }
        }
        read_all(&archive);
    }
}
