//! The life of the tender, and what goes on beside it: signals and relays.

use std::{cell::RefCell, rc::Rc, time::Duration};

use embassy_futures::select::{Either, select};
use rustix::{
    io::Errno,
    process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit},
};
use sarab_runtime::{App, Failure, Status, run, timeout};
use sarab_unix::{
    Process,
    reactor::{Source, Start},
};

use crate::{
    door::Door,
    relay::{Traffic, relay},
    signals::Signals,
    tender::Tender,
    unavailable,
};

static APP: App = App { name: "sarab-host", version: "", target: "unix", crates: &[], keys: &[] };

/// How long what the unikernel has sent may take to reach its clients when it has ended.
const REST: Duration = Duration::from_secs(5);

/// Relays what comes to `doors`, and passes signals on, until the tender has ended.
pub(crate) fn live(
    tender: &mut Tender,
    signals: &Signals,
    doors: Vec<Door>,
) -> Result<Status, Failure> {
    allow_descriptors();
    let process = Process::new(None).map_err(unavailable("cannot make an event loop"))?;
    let mut outcome = Ok(Status::FAILURE);
    run(Rc::new(process), &APP, [], async |_boot| {
        outcome = until_ended(tender, signals, doors).await;
    });
    outcome
}

async fn until_ended(
    tender: &mut Tender,
    signals: &Signals,
    doors: Vec<Door>,
) -> Result<Status, Failure> {
    let traffic = Rc::<Traffic>::default();
    for door in doors {
        relay(door, &traffic).map_err(unavailable("cannot watch a port"))?;
    }
    let wait = unavailable("cannot watch the tender");
    let ended = tender.end().map_err(unavailable("cannot watch the tender"))?;
    let ended = Source::new(ended, Start::Unknown).map_err(&wait)?;
    let heard = Source::new(signals, Start::Unknown).map_err(&wait)?;
    let tender = RefCell::new(tender);
    let end = ended.read(|_| tender.borrow_mut().status().transpose().unwrap_or(Err(Errno::AGAIN)));
    let status = match select(end, pass_on(&heard, &tender)).await {
        Either::First(status) => status.map_err(&wait)?,
        Either::Second(error) => return Err(wait(error)),
    };
    let _ = timeout(REST, traffic.settle()).await;
    Ok(status)
}

/// Passes each signal on, as long as they can be read.
///
/// To be stopped (Ctrl-Z) is for both: the tender first, and it goes on when this process does. To be
/// ended is for a tender that is stopped, too: it would hear of it only when somebody continues it.
async fn pass_on(heard: &Source<&Signals>, tender: &RefCell<&mut Tender>) -> Errno {
    loop {
        match heard.read(|signals| signals.take()).await {
            Ok(Signal::TSTP) => {
                tender.borrow().signal(Signal::STOP);
                let _ = kill_process(getpid(), Signal::STOP);
                tender.borrow().signal(Signal::CONT);
            }
            Ok(signal) => {
                tender.borrow().signal(signal);
                tender.borrow().signal(Signal::CONT);
            }
            Err(error) => return error,
        }
    }
}

/// Allows as many descriptors as the host lets this process have; each connection is two.
fn allow_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Fewer are no reason not to run; accepting waits where there are too few.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
