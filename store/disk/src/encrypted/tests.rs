//! Encrypted disks: promises, passphrases, damage, and what lies below.

use alloc::{rc::Rc, string::ToString, vec, vec::Vec};

use embassy_futures::block_on;
use proptest::prelude::*;
use sarab_device::{Error, ErrorKind, check};
use sarab_memory::{DiskError, RamDisk};

use super::*;

/// As little as Argon2 lets a passphrase cost.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

/// Counts upwards in place of being random.
fn counting(start: u8) -> impl FnMut(&mut [u8]) {
    let mut next = start;
    move |bytes| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_mul(5).wrapping_add(3);
        }
    }
}

fn new(passphrase: &str, start: u8) -> New<'_, impl FnMut(&mut [u8])> {
    New { passphrase, cost: CHEAP, random: counting(start) }
}

fn formatted(sector_bytes: u32, sectors: u64) -> Rc<RamDisk> {
    let skipped = 65536 / u64::from(sector_bytes);
    let disk = Rc::new(RamDisk::new(sector_bytes, skipped + sectors).unwrap());
    block_on(Encrypted::format(&disk, new("sesame", 1))).unwrap();
    disk
}

fn open(
    disk: &Rc<RamDisk>,
    passphrase: &str,
) -> Result<Encrypted<Rc<RamDisk>>, EncryptionError<DiskError>> {
    block_on(Encrypted::open(Rc::clone(disk), passphrase.to_string()))
}

fn fault<T>(result: Result<T, EncryptionError<DiskError>>) -> HeaderFault {
    match result {
        Err(EncryptionError::Header(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opens"),
    }
}

fn poke(disk: &RamDisk, at: u64, byte: u8) {
    let mut sector = block_on(disk.read(at / 512, 1)).unwrap().to_vec();
    sector[usize::try_from(at % 512).unwrap()] ^= byte;
    block_on(disk.write(at / 512, sector.into())).unwrap();
}

#[test]
fn it_keeps_the_promises_of_a_block() {
    for (sector_bytes, sectors) in [(512, 0), (512, 1), (512, 500), (4096, 40), (32768, 9)] {
        let disk = open(&formatted(sector_bytes, sectors), "sesame").unwrap();
        assert_eq!(disk.geometry().sector_count, sectors);
        assert_eq!(block_on(check::block(&disk)), Ok(()));
    }
}

#[test]
fn what_was_written_is_there_when_it_is_opened_again_and_noise_below() {
    let below = formatted(512, 8);
    let data = Bytes::from(vec![7; 1024]);
    block_on(open(&below, "sesame").unwrap().write(3, data.clone())).unwrap();
    assert_eq!(block_on(open(&below, "sesame").unwrap().read(3, 2)).unwrap(), data);
    let noise = block_on(below.read(128 + 3, 2)).unwrap();
    assert_ne!(noise[..512], noise[512..], "equal sectors do not look equal");
    assert!(noise.chunks(4).all(|bytes| bytes != [7; 4]), "nothing shines through");
}

#[test]
fn sectors_are_encrypted_as_ieee_1619_says() {
    // Vector 10 of annex B: the sector of number ff.
    let key = "2718281828459045235360287471352662497757247093699959574966967627\
               3141592653589793238462643383279502884197169399375105820974944592";
    let expected = "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b";
    let bytes = |hex: &str| -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2).map(|pair| core::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let key = Zeroizing::new(<[u8; 64]>::try_from(bytes(key)).unwrap());
    let cipher = Cipher::new(&key, 512, 512);
    let plain = Bytes::from((0..=255).chain(0..=255).collect::<Vec<u8>>());
    let encrypted = cipher.encrypt(0xff, plain.clone());
    assert_eq!(encrypted[..32], bytes(expected));
    assert_eq!(cipher.decrypt(0xff, encrypted), plain);
}

#[test]
fn the_bytes_of_the_format_do_not_change() {
    let below = formatted(512, 8);
    block_on(open(&below, "sesame").unwrap().write(0, vec![0; 512].into())).unwrap();
    let image = block_on(below.read(0, 129)).unwrap();
    let header = block_on(below.read(64, 8)).unwrap();
    assert_eq!(image[..4096], header, "both copies are the same");
    let sums = [&image[..4096], &image[65536..]].map(xxhash_rust::xxh3::xxh3_64);
    assert_eq!(sums, [810_183_105_458_042_020, 7_200_772_948_674_154_373]);
}

#[test]
fn a_wrong_passphrase_is_refused_in_clear_words() {
    for wrong in ["", "Sesame", "sesame "] {
        let error = open(&formatted(512, 8), wrong).err().unwrap();
        assert_eq!(error.to_string(), "the passphrase does not fit this disk");
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
}

#[test]
fn passphrases_come_and_go_and_the_sectors_stay() {
    let below = formatted(512, 8);
    block_on(open(&below, "sesame").unwrap().write(1, vec![7; 512].into())).unwrap();
    block_on(Encrypted::add_passphrase(&below, "sesame", new("second", 9))).unwrap();
    assert_eq!(block_on(Encrypted::look(&below)).unwrap().passphrases, 2);
    block_on(Encrypted::remove_passphrase(&below, "sesame")).unwrap();
    assert_eq!(fault(open(&below, "sesame")), HeaderFault::Passphrase);
    let read = block_on(open(&below, "second").unwrap().read(1, 1)).unwrap();
    assert_eq!(read, vec![7; 512]);
    let last = block_on(Encrypted::remove_passphrase(&below, "second"));
    assert_eq!(fault(last), HeaderFault::Last);
}

#[test]
fn a_disk_has_eight_passphrases_at_most() {
    let below = formatted(512, 8);
    for index in 1..8 {
        let name = index.to_string();
        block_on(Encrypted::add_passphrase(&below, "sesame", new(&name, index))).unwrap();
    }
    let ninth = block_on(Encrypted::add_passphrase(&below, "sesame", new("ninth", 99)));
    assert_eq!(fault(ninth), HeaderFault::Full);
    for index in 1..8 {
        assert!(open(&below, &index.to_string()).is_ok());
    }
}

#[test]
fn a_damaged_copy_does_not_hinder_and_shows() {
    for at in [100, 32768 + 100] {
        let below = formatted(512, 8);
        poke(&below, at, 1);
        assert!(open(&below, "sesame").is_ok());
        assert!(block_on(Encrypted::look(&below)).unwrap().is_damaged);
        block_on(Encrypted::add_passphrase(&below, "sesame", new("second", 9))).unwrap();
        assert!(!block_on(Encrypted::look(&below)).unwrap().is_damaged, "both are written anew");
    }
}

#[test]
fn two_damaged_copies_are_told_from_no_header() {
    let below = formatted(512, 8);
    poke(&below, 100, 1);
    poke(&below, 32768 + 100, 1);
    assert_eq!(fault(open(&below, "sesame")), HeaderFault::Checksum);
    let blank = Rc::new(RamDisk::new(512, 200).unwrap());
    assert_eq!(fault(open(&blank, "sesame")), HeaderFault::None);
}

/// Changes a byte in both copies and puts the right checksums in.
fn forge(below: &RamDisk, at: u64, byte: u8) {
    for copy in header::COPIES {
        poke(below, copy + at, byte);
        let mut bytes = block_on(below.read(copy / 512, 8)).unwrap().to_vec();
        let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..4088]).to_le_bytes();
        bytes[4088..].copy_from_slice(&checksum);
        block_on(below.write(copy / 512, bytes.into())).unwrap();
    }
}

#[test]
fn a_header_of_an_unknown_sort_is_refused() {
    let forged = |at, byte| {
        let below = formatted(512, 8);
        forge(&below, at, byte);
        fault(open(&below, "sesame"))
    };
    assert_eq!(forged(8, 2), HeaderFault::Version { version: 3 });
    assert_eq!(forged(10, 3), HeaderFault::Cipher { cipher: 2 });
    assert_eq!(forged(13, 1), HeaderFault::Unit { unit_bytes: 0x300 });
    assert_eq!(forged(128, 2), HeaderFault::Slot);
    assert_eq!(forged(128 + 4, 2), HeaderFault::Slot);
    assert_eq!(forged(128 + 16, 3), HeaderFault::Slot);
}

#[test]
fn a_forged_header_makes_no_passphrase_fit() {
    // GUID, cost, salt, sealed key, tag.
    for at in [16, 128 + 8, 128 + 12, 128 + 32, 128 + 64, 128 + 127, 128 + 128] {
        let below = formatted(512, 8);
        forge(&below, at, 2);
        assert_eq!(fault(open(&below, "sesame")), HeaderFault::Passphrase, "byte {at}");
    }
}

#[test]
fn a_cost_that_would_hold_the_machine_up_is_refused() {
    let below = formatted(512, 8);
    forge(&below, 128 + 11, 0xff);
    let cost = Cost { memory_kib: 0xff00_0008, passes: 1 };
    assert_eq!(fault(open(&below, "sesame")), HeaderFault::Cost(cost));
    let cost = Cost { memory_kib: 1, passes: 1 };
    let new = New { cost, ..new("x", 1) };
    assert_eq!(fault(block_on(Encrypted::format(&below, new))), HeaderFault::Cost(cost));
}

#[test]
fn a_disk_too_small_or_of_other_sectors_is_refused() {
    let tiny = RamDisk::new(512, 127).unwrap();
    let error = block_on(Encrypted::format(&tiny, new("x", 1))).unwrap_err();
    assert_eq!(error.to_string(), "65024 bytes have no room for a header of 65536");
    let coarse = RamDisk::new(65536, 4).unwrap();
    let error = block_on(Encrypted::format(&coarse, new("x", 1))).unwrap_err();
    assert!(error.to_string().starts_with("sectors of 65536 bytes cannot be encrypted"), "{error}");
}

#[test]
fn an_image_moves_to_a_disk_of_larger_sectors_but_not_of_smaller_ones() {
    let moved = |from: u32, to: u32| {
        let below = formatted(from, 64 * 512 / u64::from(from));
        block_on(open(&below, "sesame").unwrap().write(0, vec![7; 8192].into())).unwrap();
        let count = below.geometry().size_bytes() / u64::from(to);
        let other = Rc::new(RamDisk::new(to, count).unwrap());
        let all = u32::try_from(below.geometry().sector_count).unwrap();
        block_on(other.write(0, block_on(below.read(0, all)).unwrap())).unwrap();
        open(&other, "sesame").map(|disk| block_on(disk.read(0, 8192 / to)).unwrap())
    };
    assert_eq!(moved(512, 4096), Ok(vec![7; 8192].into()));
    let error = EncryptionError::Unit { unit_bytes: 4096, sector_bytes: 512 };
    assert_eq!(moved(4096, 512), Err(error));
}

#[test]
fn a_header_that_is_cut_off_anywhere_leaves_a_passphrase_that_fits() {
    use sarab_device::middleware::{Fault, Harm, Verb, Watched, When};
    for cut in 1..=2 {
        let below = formatted(512, 8);
        let fault = Fault::new(1).on(Verb::Write, When::From(cut), Harm::Fail(ErrorKind::Failed));
        let failing = Watched::new(Rc::clone(&below), fault);
        let added = block_on(Encrypted::add_passphrase(&failing, "sesame", new("second", 9)));
        assert!(added.is_err());
        assert!(open(&below, "sesame").is_ok());
        assert_eq!(open(&below, "second").is_ok(), cut == 2);
    }
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(changes in prop::collection::vec((0..2300_u64, any::<u8>()), 1..20)) {
        let below = formatted(512, 8);
        for (at, byte) in changes {
            // Not the cost: any that is allowed is paid.
            if !(136..144).contains(&(at % 256)) {
                forge(&below, at, byte);
            }
        }
        let _ = open(&below, "sesame").map(drop);
    }
}

#[test]
fn a_passphrase_that_was_added_twice_is_removed_as_a_whole() {
    let disk = formatted(512, 8);
    for start in [2, 3] {
        block_on(Encrypted::add_passphrase(&disk, "sesame", new("twice", start))).unwrap();
    }
    block_on(Encrypted::remove_passphrase(&disk, "twice")).unwrap();
    assert_eq!(fault(open(&disk, "twice")), HeaderFault::Passphrase);
    assert!(open(&disk, "sesame").is_ok());
    block_on(Encrypted::add_passphrase(&disk, "sesame", new("sesame", 4))).unwrap();
    assert_eq!(fault(block_on(Encrypted::remove_passphrase(&disk, "sesame"))), HeaderFault::Last);
    assert!(open(&disk, "sesame").is_ok());
}
