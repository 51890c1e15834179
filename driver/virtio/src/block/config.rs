//! What a disk says of itself (virtio 1.2 section 5.2.4).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | sectors of 512 bytes |
//! | 8 | 4 | most bytes of a buffer of data, if `SIZE_MAX` |
//! | 12 | 4 | most buffers of data of a request, if `SEG_MAX` |
//! | 20 | 4 | bytes of a sector of the disk, if `BLK_SIZE` |
//! | 36 | 4 | most sectors of 512 bytes in a discard, if `DISCARD` |

use sarab_device::Geometry;
use sarab_queue::disk::{Kind, Properties};

use crate::{Fault, OpenError, Transport, device::Device};

const SIZE_MAX: u64 = 1 << 1;
const SEG_MAX: u64 = 1 << 2;
const RO: u64 = 1 << 5;
const BLK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;
const DISCARD: u64 = 1 << 13;

/// The features that the driver has a use for.
pub(super) const FEATURES: u64 = SIZE_MAX | SEG_MAX | RO | BLK_SIZE | FLUSH | DISCARD;

/// Bytes of the sectors that a device of virtio counts.
pub(super) const UNIT_BYTES: u32 = 512;

/// The most bytes of one request: what every device can count.
const REQUEST_BYTES_MAX: u64 = 1 << 30;

/// Bytes that a sector of a disk may have.
const SECTOR_BYTES: core::ops::RangeInclusive<u32> = UNIT_BYTES..=1 << 24;

/// The most buffers that the data of one request are cut into.
const SEGMENTS_MOST: u64 = 16;

/// What a disk is, and what a request of it may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) properties: Properties,
    /// Whether there is something to flush.
    pub(super) flushes: bool,
    /// The most bytes in a buffer of data.
    pub(super) segment_bytes_max: u32,
    /// The most buffers of data in a request.
    pub(super) segments_most: u16,
    /// The most sectors in a request that has data.
    data_sectors_most: u64,
    /// The most sectors in a discard.
    discard_sectors_most: u64,
}

/// The configuration as it is read.
struct Config {
    units: u64,
    segment_bytes_max: u32,
    segments_most: u32,
    sector_bytes: u32,
    discard_units_most: u32,
}

impl Config {
    fn read(device: &Device, transport: &dyn Transport) -> Self {
        let field = |feature, at, otherwise| {
            if device.has(feature) { transport.config_32(at) } else { otherwise }
        };
        let low = u64::from(transport.config_32(0));
        Self {
            units: low | u64::from(transport.config_32(4)) << 32,
            segment_bytes_max: field(SIZE_MAX, 8, u32::MAX),
            // Without `SEG_MAX` nothing is promised but one.
            segments_most: field(SEG_MAX, 12, 1),
            sector_bytes: field(BLK_SIZE, 20, UNIT_BYTES),
            discard_units_most: field(DISCARD, 36, 0),
        }
    }
}

impl Limits {
    pub(super) fn read(device: &Device) -> Result<Self, OpenError> {
        let config = device.config(|transport| Config::read(device, transport))?;
        let Config { sector_bytes, segment_bytes_max, .. } = config;
        let wrong = |name, value: u32| device.error(Fault::Value { name, value: value.into() });
        if !sector_bytes.is_power_of_two() || !SECTOR_BYTES.contains(&sector_bytes) {
            return Err(wrong("blk_size", sector_bytes));
        }
        let bytes_max = u64::from(segment_bytes_max).min(REQUEST_BYTES_MAX);
        // As many buffers as help; with large ones, one is enough.
        let segments_most = u64::from(config.segments_most.max(1))
            .min(SEGMENTS_MOST)
            .min(REQUEST_BYTES_MAX / bytes_max.max(1));
        let data_sectors_most = bytes_max * segments_most / u64::from(sector_bytes);
        if data_sectors_most == 0 {
            return Err(wrong("size_max", segment_bytes_max));
        }
        let units = u64::from(sector_bytes / UNIT_BYTES);
        let discard_sectors_most = u64::from(config.discard_units_most) / units;
        let geometry = Geometry {
            sector_bytes,
            sector_count: (config.units / units).min(u64::MAX / u64::from(sector_bytes)),
            is_writable: !device.has(RO),
        };
        let flushes = device.has(FLUSH);
        let discards = discard_sectors_most > 0;
        Ok(Self {
            properties: Properties { geometry, writes_through: !flushes, discards },
            flushes,
            segment_bytes_max: u32::try_from(bytes_max).unwrap_or(u32::MAX),
            segments_most: u16::try_from(segments_most).unwrap_or(1),
            data_sectors_most,
            discard_sectors_most,
        })
    }

    /// Returns the most sectors that a request may have.
    pub(super) fn sectors_most(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Read | Kind::Write | Kind::WriteThrough => self.data_sectors_most,
            Kind::Discard => self.discard_sectors_most,
            Kind::Flush => u64::MAX,
        }
    }

    /// Returns how many sectors that a device of virtio counts are in one of the disk.
    pub(super) fn units(&self) -> u64 {
        u64::from(self.properties.geometry.sector_bytes / UNIT_BYTES)
    }
}
