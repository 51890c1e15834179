//! What a disk holds, cheap to copy and to compare.

use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use sarab_device::Geometry;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Random, random::mix};

/// What a disk holds.
///
/// Copies share all that is equal: a copy costs nothing, and a write to it a few small tables. Two
/// images of one geometry with the same contents have the same [`digest`](Self::digest).
#[derive(Clone, Debug)]
pub struct Image {
    geometry: Geometry,
    blank: Bytes,
    root: Node,
    /// How many times the root is divided by [`FAN`].
    depth: u32,
    digest: u64,
}

/// One sector's bytes.
#[derive(Clone, Debug)]
pub struct Sector(Rc<Content>);

#[derive(Debug)]
struct Content {
    bytes: Bytes,
    hash: u64,
}

/// Places in a table.
const FAN: usize = 1 << FAN_BITS;
const FAN_BITS: u32 = 4;

#[derive(Clone, Debug, Default)]
enum Node {
    #[default]
    Empty,
    Inner(Rc<[Node; FAN]>),
    Leaf(Sector),
}

impl Sector {
    /// Makes a sector of its bytes.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        let hash = if bytes.iter().all(|byte| *byte == 0) { 0 } else { xxh3_64(&bytes) | 1 };
        Self(Rc::new(Content { bytes, hash }))
    }

    /// Returns its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }

    /// Returns what this sector adds to the digest of an image in which it has the number `at`.
    pub(crate) fn share(&self, at: u64) -> u64 {
        if self.0.hash == 0 { 0 } else { mix(self.0.hash ^ mix(at.wrapping_add(1))) }
    }
}

impl PartialEq for Sector {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash && self.0.bytes == other.0.bytes
    }
}

impl Image {
    /// Makes an image of `sector_count` sectors of `sector_bytes`, all zero.
    ///
    /// # Panics
    /// Where a [`Geometry`] cannot be like that.
    #[must_use]
    pub fn new(sector_bytes: u32, sector_count: u64) -> Self {
        assert!(sector_bytes.is_power_of_two() && sector_bytes >= 512, "a sector is 512 or more");
        assert!(sector_count < 1 << 48, "a disk has fewer than 2^48 sectors");
        let geometry = Geometry { sector_bytes, sector_count, is_writable: true };
        let depth = (64 - sector_count.saturating_sub(1).leading_zeros()).div_ceil(FAN_BITS);
        let blank = Bytes::from(vec![0; sector_bytes as usize]);
        Self { geometry, blank, root: Node::Empty, depth: depth.max(1), digest: 0 }
    }

    /// Makes an image of `bytes`, which are whole sectors.
    ///
    /// # Panics
    /// Where they are not.
    #[must_use]
    pub fn from_bytes(sector_bytes: u32, bytes: &[u8]) -> Self {
        let size = sector_bytes as usize;
        assert!(bytes.len().is_multiple_of(size), "an image is whole sectors");
        let mut image = Self::new(sector_bytes, (bytes.len() / size) as u64);
        for (at, sector) in (0..).zip(bytes.chunks(size)) {
            if sector.iter().any(|byte| *byte != 0) {
                image.put(at, Sector::new(Bytes::copy_from_slice(sector)));
            }
        }
        image
    }

    /// Fills the image with noise that `seed` decides, as on a disk that was used before.
    #[must_use]
    pub fn with_noise(mut self, seed: u64) -> Self {
        for at in 0..self.geometry.sector_count {
            self.garble(at, mix(seed ^ at));
        }
        self
    }

    /// Returns an image of the first `sector_count` sectors; those that are new are zero.
    #[must_use]
    pub fn resized(&self, sector_count: u64) -> Self {
        let mut image = Self::new(self.geometry.sector_bytes, sector_count);
        self.for_each(&mut |at, sector| {
            if at < sector_count {
                image.put(at, sector.clone());
            }
        });
        image
    }

    /// Returns the shape of the disk.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Returns a number that two images share if they hold the same, and else hardly ever.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Returns `count` sectors from `first` on, which must be on the disk.
    #[must_use]
    pub fn read(&self, first: u64, count: u32) -> Bytes {
        if count == 1 {
            return self.bytes(first).clone();
        }
        let mut data = BytesMut::with_capacity(count as usize * self.blank.len());
        (first..first + u64::from(count)).for_each(|at| data.extend_from_slice(self.bytes(at)));
        data.freeze()
    }

    /// Returns all of it.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::new();
        (0..self.geometry.sector_count).for_each(|at| all.extend_from_slice(self.bytes(at)));
        all
    }

    /// Returns sector `at`, or `None` if it was never written.
    #[must_use]
    pub fn sector(&self, at: u64) -> Option<&Sector> {
        let mut node = &self.root;
        for level in (0..self.depth).rev() {
            let Node::Inner(table) = node else { return None };
            node = &table[slot(at, level)];
        }
        if let Node::Leaf(sector) = node { Some(sector) } else { None }
    }

    /// Puts `sector` at `at`, which must be on the disk.
    pub fn put(&mut self, at: u64, sector: Sector) {
        let new = sector.share(at);
        let mut node = &mut self.root;
        for level in (0..self.depth).rev() {
            if let Node::Empty = node {
                *node = Node::Inner(Rc::default());
            }
            let Node::Inner(table) = node else { unreachable!("leaves lie at the same depth") };
            node = &mut Rc::make_mut(table)[slot(at, level)];
        }
        let old = if let Node::Leaf(old) = node { old.share(at) } else { 0 };
        *node = Node::Leaf(sector);
        self.digest = self.digest.wrapping_sub(old).wrapping_add(new);
    }

    /// Writes `data`, whole sectors that lie on the disk.
    pub fn write(&mut self, first: u64, data: &Bytes) {
        let sectors = cut(data, self.geometry.sector_bytes);
        (first..).zip(sectors).for_each(|(at, sector)| self.put(at, sector));
    }

    /// Turns one bit of sector `at`; `bit` counts from its first byte, and around its end.
    pub fn flip(&mut self, at: u64, bit: u64) {
        let mut bytes = self.bytes(at).to_vec();
        let bit = bit % (bytes.len() as u64 * 8);
        if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|place| bytes.get_mut(place)) {
            *byte ^= 1 << (bit % 8);
        }
        self.put(at, Sector::new(bytes.into()));
    }

    /// Puts zeroes in place of sector `at`.
    pub fn zero(&mut self, at: u64) {
        self.put(at, Sector::new(self.blank.clone()));
    }

    /// Puts noise that `seed` decides in place of sector `at`.
    pub fn garble(&mut self, at: u64, seed: u64) {
        self.put(at, Sector::new(Random::new(seed).bytes(self.blank.len()).into()));
    }

    /// Returns the numbers of the sectors in which `other` differs, in order.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<u64> {
        let mut all = Vec::new();
        self.for_each(&mut |at, _| all.push(at));
        other.for_each(&mut |at, _| all.push(at));
        all.sort_unstable();
        all.dedup();
        all.retain(|at| self.bytes(*at) != other.bytes(*at));
        all
    }

    /// Returns the numbers of all sectors that do not read as zeroes, in order.
    #[must_use]
    pub fn written(&self) -> Vec<u64> {
        let mut all = Vec::new();
        self.for_each(&mut |at, sector| {
            if sector.0.hash != 0 {
                all.push(at);
            }
        });
        all
    }

    pub(crate) fn bytes(&self, at: u64) -> &Bytes {
        self.sector(at).map_or(&self.blank, Sector::bytes)
    }

    fn for_each(&self, visit: &mut impl FnMut(u64, &Sector)) {
        each(&self.root, 0, visit);
    }
}

fn each(node: &Node, at: u64, visit: &mut impl FnMut(u64, &Sector)) {
    match node {
        Node::Empty => {}
        Node::Leaf(sector) => visit(at, sector),
        Node::Inner(table) => {
            (0..)
                .zip(table.iter())
                .for_each(|(slot, node)| each(node, (at << FAN_BITS) + slot, visit));
        }
    }
}

/// Returns where sector `at` lies in a table that has `level` levels of tables below it.
fn slot(at: u64, level: u32) -> usize {
    usize::try_from((at >> (level * FAN_BITS)) % (1 << FAN_BITS)).unwrap_or_default()
}

/// Cuts data into sectors.
pub(crate) fn cut(data: &Bytes, sector_bytes: u32) -> impl Iterator<Item = Sector> + use<> {
    let (data, size) = (data.clone(), sector_bytes as usize);
    (0..data.len() / size).map(move |n| Sector::new(data.slice(n * size..(n + 1) * size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(value: u8) -> Sector {
        Sector::new(vec![value; 512].into())
    }

    #[test]
    fn a_copy_is_not_changed_by_writes_to_the_other() {
        let mut one = Image::new(512, 1000);
        one.put(999, sector(1));
        let mut two = one.clone();
        two.put(999, sector(2));
        two.put(0, sector(3));
        assert_eq!((one.read(999, 1)[0], two.read(999, 1)[0]), (1, 2));
        assert_eq!(one.differences(&two), [0, 999]);
    }

    #[test]
    fn the_digest_is_of_the_contents_whatever_way_they_came_about() {
        let mut one = Image::new(512, 20);
        let empty = one.digest();
        one.put(3, sector(1));
        one.put(4, sector(2));
        let mut two = Image::from_bytes(512, &one.to_vec());
        assert_eq!(one.digest(), two.digest());
        two.put(3, sector(2));
        two.put(4, sector(1));
        assert_ne!(one.digest(), two.digest());
        two.zero(3);
        two.zero(4);
        assert_eq!(two.digest(), empty);
        assert_eq!(two.written(), Vec::<u64>::new());
    }

    #[test]
    fn it_is_read_across_what_was_never_written() {
        let mut image = Image::new(512, 40);
        image.write(30, &Bytes::from(vec![5; 1024]));
        let data = image.read(29, 4);
        assert_eq!([data[511], data[512], data[1535], data[1536]], [0, 5, 5, 0]);
    }

    #[test]
    fn one_bit_is_turned() {
        let mut image = Image::new(512, 2);
        image.flip(1, 4096 + 9);
        assert_eq!(image.read(1, 1)[..3], [0, 2, 0]);
        image.flip(1, 9);
        assert_eq!(image.digest(), Image::new(512, 2).digest());
    }

    #[test]
    fn a_shorter_image_holds_what_fits() {
        let mut image = Image::new(512, 8);
        image.put(1, sector(1));
        image.put(7, sector(7));
        let short = image.resized(4);
        assert_eq!((short.geometry().sector_count, short.written()), (4, vec![1]));
        assert_eq!(short.resized(8).written(), [1]);
    }
}
