//! States of a store that were kept.

mod state;

use clap::ArgMatches;
use sarab_kit::{Problem, Voice};
use sarab_tree::Head;
use serde_json::json;

use crate::{
    columns::{Side, columns},
    host::Access,
    kind::Kind,
    stack,
    volume::{fail, store},
};
use state::State;

/// Shows, makes, removes or compares snapshots.
pub(crate) async fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let Some((deed, matches)) = matches.subcommand() else {
        return Err(Problem::new("nothing to do").usage());
    };
    let access = if matches!(deed, "create" | "rm") { Access::Write } else { Access::Read };
    let (place, disk) = stack::open(matches, access, Some(voice)).await?;
    let kind = Kind::of(&disk).await.map_err(|error| fail(&place, &error))?;
    if kind != Kind::Tree {
        let problem = Problem::new(format!("`{place}` holds {kind}, which keeps no snapshots"));
        return Err(problem.help("a store does: `sarab disk format IMAGE tree`"));
    }
    let tree = store(&place, disk).await?;
    let name = matches.try_get_one::<String>("name").ok().flatten().map_or("", String::as_str);
    let say = |error| fail(&place, &error);
    match deed {
        "create" => {
            tree.snapshot(Head::MAIN, name).await.map_err(say)?;
            let text = format!("{place} has a snapshot `{name}`\n");
            voice.result(&text, &json!({ "reason": "kept", "snapshot": name }));
        }
        "rm" => {
            tree.delete_snapshot(name).await.map_err(say)?;
            let text = format!("{place} has no snapshot `{name}` any more\n");
            voice.result(&text, &json!({ "reason": "removed", "snapshot": name }));
        }
        "diff" => {
            let other = matches.get_one::<String>("other");
            let old = State::read(&tree.read_snapshot(name).map_err(say)?).await.map_err(say)?;
            let reader = match other {
                Some(other) => tree.read_snapshot(other).map_err(say)?,
                None => tree.read(),
            };
            let new = State::read(&reader).await.map_err(say)?;
            diff(&old, &new, voice);
        }
        _ => {
            let snapshots = tree.snapshots();
            let row = |it: &sarab_tree::Snapshot| [it.transaction.to_string(), it.name.clone()];
            let rows: Vec<_> = snapshots.iter().map(row).collect();
            let names: Vec<_> = snapshots.iter().map(|it| &it.name).collect();
            let text = columns([Side::Right, Side::Left], &rows);
            voice.result(&text, &json!({ "reason": "listed", "snapshots": names }));
        }
    }
    Ok(())
}

/// Tells what is in one state and not in another, and what is in both and not the same.
fn diff(old: &State, new: &State, voice: Voice) {
    let changes = old.changes(new);
    let text =
        changes.iter().fold(String::new(), |text, (mark, path)| text + &format!("{mark} {path}\n"));
    let object = |(mark, path): &(char, String)| json!({ "mark": mark.to_string(), "path": path });
    let objects: Vec<_> = changes.iter().map(object).collect();
    voice.result(&text, &json!({ "reason": "compared", "changes": objects }));
}
