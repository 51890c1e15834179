//! One at a time: two runs of the tool on one project would write the same files.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use crate::{
    console::Console,
    report::{Context, Failure, Report},
};

/// The file that is locked, in the folder of everything that is made for a project.
const FILE: &str = "turn.lock";

/// The right to write what is made for a project. It ends when this is dropped, and when the
/// process becomes the unikernel.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for the turn to write in the folder `output`; tells of it where that takes time.
    pub(crate) fn take(output: &Path, console: Console) -> Result<Self, Failure> {
        fs::create_dir_all(output).map_err(|error| no_folder(output, &error))?;
        let path = output.join(FILE);
        let file = File::create(&path).context("open", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                console.say("waiting for another command that works on this project\n");
                file.lock().context("lock", &path)?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("lock", &path);
            }
        }
        Ok(Self { _file: file })
    }
}

fn no_folder(output: &Path, error: &io::Error) -> Failure {
    Report::error(format!("cannot make the folder `{}`: {error}", output.display()))
        .help("the environment variable CARGO_TARGET_DIR can name another place to build in")
        .into()
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use anstream::ColorChoice;

    use super::*;
    use crate::console::Format;

    #[test]
    fn a_turn_waits_for_the_one_before_it() {
        let console = Console::new(Format::Json, ColorChoice::Never, true);
        let folder = tempfile::tempdir().unwrap();
        let first = Turn::take(folder.path(), console).unwrap();
        let (sender, receiver) = mpsc::channel();
        let output = folder.path().to_path_buf();
        let second = thread::spawn(move || {
            let turn = Turn::take(&output, console).unwrap();
            sender.send(()).unwrap();
            drop(turn);
        });
        assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
        drop(first);
        receiver.recv().unwrap();
        second.join().unwrap();
    }
}
