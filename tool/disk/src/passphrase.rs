//! The passphrases of an encrypted image.

use clap::ArgMatches;
use sarab_disk::Encrypted;
use sarab_kit::{Problem, Voice};
use serde_json::json;

use crate::{format::new_passphrase, host::Access, place::Place, stack};

/// Adds a passphrase, or removes one.
pub(crate) async fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Problem::new("nothing to do").usage());
    };
    let place = Place::of(matches)?;
    let known = stack::passphrase(matches, "passphrase-file")?.unwrap_or_default();
    let disk = stack::part(&place, Access::Write, Some(voice)).await?;
    let done = if name == "add" {
        let new = stack::passphrase(matches, "new-file")?.ok_or_else(|| {
            let problem = Problem::new("there is no new passphrase");
            problem.help("give it by `--new-file FILE`").usage()
        })?;
        Encrypted::add_passphrase(&disk, &known, new_passphrase(&new)?).await
    } else {
        Encrypted::remove_passphrase(&disk, &known).await
    };
    done.map_err(|error| stack::locked(&place, &error))?;
    let volume = Encrypted::look(&disk).await.map_err(|error| stack::locked(&place, &error))?;
    let count = volume.passphrases;
    let noun = if count == 1 { "passphrase" } else { "passphrases" };
    let object = json!({ "reason": "changed", "image": place.file, "passphrases": count });
    voice.result(&format!("{place} has {count} {noun} now\n"), &object);
    Ok(())
}
