//! Making a store on a disk.

use alloc::string::String;

use sarab_device::Block;

use super::{Tree, mount, mount::COPY_PAGES};
use crate::{
    Error, Format, Options, Unfit,
    disk::Disk,
    format::{
        PAGE_BYTES_U64,
        catalog::HeadRecord,
        map::{GROUP_PAGES_MAX, MAP_SLOTS},
        pointer::Top,
        superblock::Superblock,
    },
    grow::usable,
    state::HeadState,
};

/// The least pages that a store can be made on.
const PAGE_COUNT_MIN: u64 = 64;

/// The least pages of a log.
const LOG_PAGES_MIN: u64 = 8;

/// The most bytes of a log, where nothing else is asked for.
const LOG_BYTES_MAX: u64 = 32 << 20;

pub(crate) async fn create<B: Block + 'static>(
    disk: Disk<B>,
    format: &Format,
    options: Options,
) -> Result<Tree<B>, Error<B::Error>> {
    disk.check_writable()?;
    let superblock = plan(format, disk.page_count()).map_err(Error::Unfit)?;
    clear(&disk, &superblock).await?;
    let tree = mount::assemble(disk, superblock, options);
    mount::fix(&mut tree.state.borrow_mut().pages.space, &superblock);
    let main = HeadRecord {
        top: Top::default(),
        kept: 0,
        dead_list: 1,
        origin: 0,
        name: String::from("main"),
    };
    tree.state.borrow_mut().heads.insert(0, HeadState::new(main));
    tree.state.borrow_mut().next_number = 2;
    tree.checkpoint().await?;
    write_superblocks(&tree.disk, &superblock).await?;
    Ok(tree)
}

/// Decides where things go on a disk of `page_count` pages.
fn plan(format: &Format, page_count: u64) -> Result<Superblock, Unfit> {
    if page_count < PAGE_COUNT_MIN {
        return Err(Unfit::Small { page_count, page_count_min: PAGE_COUNT_MIN });
    }
    let group_pages = format.group_pages.unwrap_or(GROUP_PAGES_MAX).clamp(32, GROUP_PAGES_MAX);
    let page_count = usable(page_count, u64::from(group_pages));
    let slots = if page_count < 1024 { 4 } else { 16 };
    let log = 3 + u64::from(slots);
    let usual = (page_count / 32).min(LOG_BYTES_MAX / PAGE_BYTES_U64);
    let wanted = format.log_bytes.map_or(usual, |bytes| bytes / PAGE_BYTES_U64);
    let most = (u64::from(group_pages) - log).min(page_count / 2);
    let log_pages = wanted.clamp(LOG_PAGES_MIN, most.max(LOG_PAGES_MIN)) as u32;
    Ok(Superblock {
        read_features: 0,
        uuid: format.uuid,
        page_count,
        slots,
        group_pages,
        rings: [3, page_count - 1 - u64::from(slots)],
        log,
        log_pages,
        label: label(&format.label),
    })
}

fn label(text: &str) -> [u8; 64] {
    let mut label = [0; 64];
    let mut end = text.len().min(64);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    label[..end].copy_from_slice(&text.as_bytes()[..end]);
    label
}

/// Clears whatever could be taken for a part of a store: first what makes one of it, then the rest.
async fn clear<B: Block + 'static>(
    disk: &Disk<B>,
    superblock: &Superblock,
) -> Result<(), Error<B::Error>> {
    disk.clear(0, 1).await?;
    let copy = disk.page_count() - u64::from(COPY_PAGES);
    disk.clear(copy, u64::from(COPY_PAGES)).await?;
    disk.flush().await?;
    for ring in superblock.rings {
        disk.clear(ring, u64::from(superblock.slots)).await?;
    }
    let group_pages = u64::from(superblock.group_pages);
    for start in (0..superblock.page_count).step_by(group_pages as usize) {
        disk.clear(start + MAP_SLOTS[0], MAP_SLOTS.len() as u64).await?;
    }
    disk.clear(superblock.log, u64::from(superblock.log_pages)).await?;
    disk.flush().await
}

/// Writes the superblocks, which make a store of all that was written before.
async fn write_superblocks<B: Block + 'static>(
    disk: &Disk<B>,
    superblock: &Superblock,
) -> Result<(), Error<B::Error>> {
    let bytes = superblock.bytes();
    disk.write_sector(superblock.page_count - 1, &bytes).await?;
    disk.write_sector(0, &bytes).await?;
    disk.flush().await?;
    Ok(())
}
