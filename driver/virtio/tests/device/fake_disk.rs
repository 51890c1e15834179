//! An honest disk in memory.

use std::{cell::RefCell, rc::Rc};

use sarab_virtio::Class;

use crate::{fake::Fake, side::Chain};

pub(crate) const SIZE_MAX: u64 = 1 << 1;
pub(crate) const SEG_MAX: u64 = 1 << 2;
pub(crate) const RO: u64 = 1 << 5;
pub(crate) const BLK_SIZE: u64 = 1 << 6;
pub(crate) const FLUSH: u64 = 1 << 9;
pub(crate) const DISCARD: u64 = 1 << 13;

/// What a disk says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) features: u64,
    pub(crate) units: u64,
    pub(crate) size_max: u32,
    pub(crate) seg_max: u32,
    pub(crate) sector_bytes: u32,
    pub(crate) discard_max: u32,
    pub(crate) queue_size: u16,
}

impl Shape {
    pub(crate) const PLAIN: Self = Self {
        features: FLUSH,
        units: 3000,
        size_max: 0,
        seg_max: 0,
        sector_bytes: 0,
        discard_max: 0,
        queue_size: 64,
    };
}

pub(crate) fn config(shape: Shape) -> Vec<u8> {
    let mut config = vec![0; 60];
    config[..8].copy_from_slice(&shape.units.to_le_bytes());
    config[8..12].copy_from_slice(&shape.size_max.to_le_bytes());
    config[12..16].copy_from_slice(&shape.seg_max.to_le_bytes());
    config[20..24].copy_from_slice(&shape.sector_bytes.to_le_bytes());
    config[36..40].copy_from_slice(&shape.discard_max.to_le_bytes());
    config
}

/// The requests that a disk has done: kinds and bytes.
pub(crate) type Log = Rc<RefCell<Vec<(u32, usize)>>>;

/// A disk that does nothing.
pub(crate) fn idle(shape: Shape) -> Rc<Fake> {
    Rc::new(Fake::new(Class::Disk, shape.features, config(shape), &[shape.queue_size]))
}

/// A disk that keeps its sectors in memory; returns the log of its requests, too: kinds and bytes.
pub(crate) fn disk(shape: Shape) -> (Rc<Fake>, Log) {
    let fake = idle(shape);
    let log = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&log);
    let sectors = RefCell::new(vec![0; usize::try_from(shape.units).unwrap() * 512]);
    fake.serve_by(move |fake, queue| {
        while let Some(chain) = fake.take(queue) {
            check(&chain, shape);
            let (request, written) = serve(&chain, shape, &mut sectors.borrow_mut());
            kept.borrow_mut().push(request);
            fake.give(queue, chain.head, written);
        }
    });
    (fake, log)
}

/// Holds a chain to what the disk has said.
fn check(chain: &Chain, shape: Shape) {
    assert_eq!((chain.read[0].1, chain.written.last().map(|it| it.1)), (16, Some(1)));
    let data = chain.read[1..].iter().chain(&chain.written[..chain.written.len() - 1]);
    if shape.features & SEG_MAX != 0 {
        assert!(data.clone().count() <= shape.seg_max as usize);
    }
    if shape.features & SIZE_MAX != 0 {
        assert!(data.clone().all(|(_, size)| *size <= shape.size_max as usize));
    }
}

/// Does a request; returns its kind and bytes, and how much was written.
fn serve(chain: &Chain, shape: Shape, sectors: &mut [u8]) -> ((u32, usize), u32) {
    let sent = chain.sent();
    let kind = u32::from_le_bytes(sent[..4].try_into().unwrap());
    let first = u64::from_le_bytes(sent[8..16].try_into().unwrap());
    let (data, room) = (&sent[16..], chain.room() - 1);
    let at = usize::try_from(first).unwrap() * 512;
    let (answer, size) = match kind {
        0 => ([&sectors[at..at + room], &[0]].concat(), room),
        1 => {
            assert_eq!(shape.features & RO, 0);
            sectors[at..at + data.len()].copy_from_slice(data);
            (vec![0], data.len())
        }
        4 => {
            assert_ne!(shape.features & FLUSH, 0);
            (vec![0], 0)
        }
        8 => ([&b"data\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..], &[0]].concat(), 20),
        11 => {
            let first = usize::try_from(u64::from_le_bytes(data[..8].try_into().unwrap())).unwrap();
            let count = u32::from_le_bytes(data[8..12].try_into().unwrap());
            assert!(count <= shape.discard_max && data.len() == 16 && data[12..] == [0; 4]);
            sectors[first * 512..][..count as usize * 512].fill(0xdd);
            (vec![0], count as usize * 512)
        }
        _ => (vec![2], 0),
    };
    ((kind, size), chain.fill(&answer))
}
