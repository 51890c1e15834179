//! Telling what is on an image.

use clap::ArgMatches;
use sarab_device::Block;
use sarab_disk::{
    Encrypted, Partition, Table,
    partition::{Entry, Guid, Scheme},
};
use sarab_fat::Fat;
use sarab_kit::{Problem, Voice, shown_size};
use serde_json::{Value, json};

use crate::{
    columns::{Side, columns},
    host::{self, Access},
    kind::Kind,
    parts::type_name,
    place::Place,
    stack,
    volume::{Disk, fail, now, store},
};

/// What is to be told: lines for a person, and an object for a program.
struct Told {
    rows: Vec<[String; 2]>,
    table: String,
    object: Value,
}

impl Told {
    fn row(&mut self, name: &str, value: impl Into<String>) {
        self.rows.push([name.into(), value.into()]);
    }
}

/// Tells what is on an image.
pub(crate) async fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let (place, disk) = stack::open(matches, Access::Read, Some(voice)).await?;
    let kind = Kind::of(&disk).await.map_err(|error| fail(&place, &error))?;
    let geometry = disk.geometry();
    let object = json!({
        "reason": "info", "image": place.file, "partition": place.partition,
        "kind": format!("{kind:?}").to_lowercase(), "size_bytes": geometry.size_bytes(),
        "sector_bytes": geometry.sector_bytes,
    });
    let mut told = Told { rows: Vec::new(), table: String::new(), object };
    told.row("size", host::shape(&disk));
    told.row("holds", kind.to_string());
    match kind {
        Kind::Table => table(&mut told, &place, &disk, voice).await?,
        Kind::Fat => fat(&mut told, &place, disk).await?,
        Kind::Tree => tree(&mut told, &place, disk).await?,
        Kind::Encrypted => encrypted(&mut told, &place, &disk).await?,
        _ => {}
    }
    let text = columns([Side::Left, Side::Left], &told.rows) + &told.table;
    voice.result(&text, &told.object);
    Ok(())
}

async fn table(
    told: &mut Told,
    place: &Place,
    disk: &impl Block,
    voice: Voice,
) -> Result<(), Problem> {
    let table = Table::read(disk).await.map_err(|error| fail(place, &error))?;
    for warning in &table.warnings {
        voice.warn(format!("`{place}`: {warning}"));
    }
    match table.scheme {
        Scheme::Gpt { disk } => told.row("table", format!("GPT, disk {disk}")),
        Scheme::Mbr { disk } => told.row("table", format!("MBR, disk {disk:08x}")),
    }
    let (mut rows, mut objects) = (vec![HEAD.map(String::from)], Vec::new());
    for entry in &table.entries {
        let part = Partition::new(disk, entry.first, entry.count);
        let part = part.map_err(|error| fail(place, &error))?;
        let kind = Kind::of(&part).await.map_err(|error| fail(place, &error))?;
        rows.push(row(entry, kind, disk));
        objects.push(json!({
            "number": entry.number, "first": entry.first, "count": entry.count,
            "type": entry.kind.to_string(), "name": entry.name,
            "kind": format!("{kind:?}").to_lowercase(),
        }));
    }
    let sides = [Side::Right, Side::Right, Side::Right, Side::Left, Side::Left, Side::Left];
    told.table = format!("\n{}", columns(sides, &rows));
    told.object["partitions"] = json!(objects);
    Ok(())
}

const HEAD: [&str; 6] = ["number", "first", "size", "type", "name", "holds"];

fn row(entry: &Entry, kind: Kind, disk: &impl Block) -> [String; 6] {
    let bytes = entry.count * u64::from(disk.geometry().sector_bytes);
    [
        entry.number.to_string(),
        entry.first.to_string(),
        shown_size(bytes),
        type_name(entry.kind),
        entry.name.clone(),
        kind.to_string(),
    ]
}

async fn fat(told: &mut Told, place: &Place, disk: Disk) -> Result<(), Problem> {
    let fat = Fat::mount_with(disk, now).await.map_err(|error| fail(place, &error))?;
    let info = fat.info().await.map_err(|error| fail(place, &error))?;
    let bytes = |count: u32| u64::from(count) * u64::from(info.cluster_bytes);
    let (free, all) = (bytes(info.free_count), bytes(info.cluster_count));
    told.row(
        "format",
        format!("{}, {} in a cluster", info.width, shown_size(info.cluster_bytes.into())),
    );
    told.row("label", info.label.clone().unwrap_or_else(|| "-".into()));
    told.row("serial", format!("{:04x}-{:04x}", info.serial >> 16, info.serial & 0xffff));
    told.row("free", format!("{} of {}", shown_size(free), shown_size(all)));
    if info.was_dirty {
        told.row("state", format!("not unmounted; look by `sarab disk check {place}`"));
    }
    told.object["fat"] = json!({
        "width": info.width.to_string(), "label": info.label, "free_bytes": free,
        "total_bytes": all, "is_dirty": info.was_dirty,
    });
    Ok(())
}

async fn tree(told: &mut Told, place: &Place, disk: Disk) -> Result<(), Problem> {
    let tree = store(place, disk).await?;
    let (space, label, snapshots) = (tree.space(), tree.label(), tree.snapshots().len());
    told.row("label", if label.is_empty() { "-" } else { label.as_str() });
    told.row("uuid", Guid::from_bytes(tree.uuid()).to_string());
    told.row("transactions", tree.transaction().to_string());
    // What waits for a later root is given back as soon as a change lacks room.
    let free_bytes = space.free_bytes + space.pending_bytes;
    let (free, all) = (shown_size(free_bytes), shown_size(space.total_bytes));
    told.row("free", format!("{free} of {all}"));
    told.row("snapshots", snapshots.to_string());
    told.object["tree"] = json!({
        "label": label, "free_bytes": free_bytes, "total_bytes": space.total_bytes,
        "snapshots": snapshots, "transaction": tree.transaction(),
    });
    Ok(())
}

async fn encrypted(told: &mut Told, place: &Place, disk: &impl Block) -> Result<(), Problem> {
    let volume = Encrypted::look(&disk).await.map_err(|error| fail(place, &error))?;
    told.row("format", format!("AES-256-XTS, units of {} bytes", volume.unit_bytes));
    told.row("guid", volume.guid.to_string());
    told.row("passphrases", volume.passphrases.to_string());
    if volume.is_damaged {
        told.row("state", "one copy of the header is damaged");
    }
    told.object["encrypted"] = json!({
        "guid": volume.guid.to_string(), "passphrases": volume.passphrases,
        "is_damaged": volume.is_damaged,
    });
    Ok(())
}
