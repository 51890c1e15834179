//! The contents of files: whole runs of clusters at once, and without a copy where they are whole
//! sectors.

use core::ops::Range;

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    Damage, FatError,
    node::Node,
    volume::{Outcome, Volume},
};

/// Bytes that are copied to be written at once with what is beside them in their sectors.
const COPIED_BYTES_MAX: u64 = 64 << 10;
/// What is written where there is nothing.
static ZEROES: [u8; 1 << 16] = [0; 1 << 16];

/// A part of a file whose clusters follow each other.
struct Piece {
    /// The bytes of the file.
    bytes: Range<u64>,
    /// The byte of the disk at which they begin.
    at: u64,
}

impl<B: Block> Volume<B> {
    /// Returns the first piece of `bytes` of a file; its clusters are known.
    fn piece(&self, node: &Node, bytes: &Range<u64>) -> Outcome<Piece, B> {
        let cluster_bytes = u64::from(self.layout.cluster_bytes());
        let index = u32::try_from(bytes.start / cluster_bytes).unwrap_or(u32::MAX);
        let state = node.state.borrow();
        let (first, clusters) = (state.first, state.runs.len());
        let run = state.runs.at(index).ok_or(Damage::Short { first, clusters })?;
        let within = bytes.start % cluster_bytes;
        let at = self.layout.sector_of(run.first) * u64::from(self.layout.sector_bytes) + within;
        let left = u64::from(run.count) * cluster_bytes - within;
        Ok(Piece { bytes: bytes.start..bytes.end.min(bytes.start + left), at })
    }

    /// Returns `bytes` of a file, which are not past its end; its clusters are known.
    pub(crate) async fn read_data(&self, node: &Node, bytes: Range<u64>) -> Outcome<Bytes, B> {
        let piece = self.piece(node, &bytes)?;
        if piece.bytes.end == bytes.end {
            return self.read_bytes(piece.at, bytes.end - bytes.start).await;
        }
        let mut data = alloc::vec::Vec::new();
        let size = usize::try_from(bytes.end - bytes.start).map_err(|_| FatError::NoMemory)?;
        data.try_reserve_exact(size).map_err(|_| FatError::NoMemory)?;
        let mut rest = bytes;
        while rest.start < rest.end {
            let piece = self.piece(node, &rest)?;
            let read = self.read_bytes(piece.at, piece.bytes.end - piece.bytes.start).await?;
            data.extend_from_slice(&read);
            rest.start = piece.bytes.end;
        }
        Ok(data.into())
    }

    /// Reads bytes of the disk, with the sectors that they stand in.
    async fn read_bytes(&self, at: u64, size: u64) -> Outcome<Bytes, B> {
        let sector_bytes = self.disk_sector_bytes() as u64;
        let first = at / sector_bytes;
        let count = (at + size).div_ceil(sector_bytes) - first;
        let count = u32::try_from(count).map_err(|_| FatError::NoMemory)?;
        let data = self.block.read(first, count).await.map_err(FatError::Disk)?;
        let start = usize::try_from(at % sector_bytes).unwrap_or_default();
        let size = usize::try_from(size).map_err(|_| FatError::NoMemory)?;
        Ok(data.slice(start..start + size))
    }

    /// Writes `data` at `offset` of a file, whose clusters are known. Up to `size_bytes` there is
    /// something on the disk that must stay.
    pub(crate) async fn write_data(
        &self,
        node: &Node,
        offset: u64,
        data: &Bytes,
        size_bytes: u64,
    ) -> Outcome<(), B> {
        let end = offset + data.len() as u64;
        let mut rest = offset..end;
        while rest.start < rest.end {
            let mut piece = self.piece(node, &rest)?;
            self.shape(&mut piece);
            let part = |at: u64| usize::try_from(at - offset).unwrap_or(usize::MAX);
            let bytes = data.slice(part(piece.bytes.start)..part(piece.bytes.end));
            self.write_piece(&piece, bytes, size_bytes).await?;
            rest.start = piece.bytes.end;
        }
        Ok(())
    }

    /// Cuts a large piece where its sectors are whole, so that they need not be copied.
    fn shape(&self, piece: &mut Piece) {
        let sector_bytes = self.disk_sector_bytes() as u64;
        let size = piece.bytes.end - piece.bytes.start;
        if size <= COPIED_BYTES_MAX {
            return;
        }
        let head = piece.at.next_multiple_of(sector_bytes) - piece.at;
        let keep = if head > 0 { head } else { size - (piece.at + size) % sector_bytes };
        piece.bytes.end = piece.bytes.start + keep;
    }

    async fn write_piece(&self, piece: &Piece, data: Bytes, size_bytes: u64) -> Outcome<(), B> {
        let sector_bytes = self.disk_sector_bytes() as u64;
        let before = piece.at % sector_bytes;
        let end = piece.at + data.len() as u64;
        let after = end.next_multiple_of(sector_bytes) - end;
        let first = piece.at / sector_bytes;
        if before == 0 && after == 0 {
            return self.write_sectors(first, data).await;
        }
        let mut whole = BytesMut::zeroed(data.len() + narrow(before) + narrow(after));
        let last = whole.len() - narrow(sector_bytes);
        let last_sector = end / sector_bytes;
        if before > 0 && piece.bytes.start - before < size_bytes {
            let old = self.block.read(first, 1).await.map_err(FatError::Disk)?;
            whole[..old.len()].copy_from_slice(&old);
        }
        let is_kept = after > 0 && piece.bytes.end < size_bytes;
        if is_kept && (last_sector != first || before == 0) {
            let old = self.block.read(last_sector, 1).await.map_err(FatError::Disk)?;
            whole[last..].copy_from_slice(&old);
        }
        whole[narrow(before)..][..data.len()].copy_from_slice(&data);
        self.write_sectors(first, whole.freeze()).await
    }

    /// Writes zeroes to `bytes` of a file, which begin with its end; its clusters are known.
    pub(crate) async fn write_zeroes(&self, node: &Node, bytes: Range<u64>) -> Outcome<(), B> {
        let size_bytes = bytes.start;
        let mut rest = bytes;
        while rest.start < rest.end {
            let end = rest.end.min((rest.start + 1).next_multiple_of(ZEROES.len() as u64));
            let zeroes = Bytes::from_static(&ZEROES[..narrow(end - rest.start)]);
            self.write_data(node, rest.start, &zeroes, size_bytes).await?;
            rest.start = end;
        }
        Ok(())
    }
}

/// Returns a number of bytes that is known to be small.
fn narrow(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
