//! What whoever runs the guest asks of it: `control/shutdown` in the store.

use alloc::{format, rc::Rc, string::String};

use crate::store::{Refusal, Store, StoreError, Watch};

const PATH: &str = "control/shutdown";

/// What the guest is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To end.
    PowerOff,
    /// To end, and be started anew.
    Reboot,
    /// To end without ado.
    Halt,
    /// To let itself be saved or moved ([`Domain::suspend`](crate::Domain::suspend)).
    Suspend,
    /// Something that this crate has no name for.
    Other(String),
}

/// Who listens to such requests.
pub struct Control {
    store: Rc<Store>,
    watch: Watch,
}

impl Control {
    /// Begins to listen, and says that the guest does as it is told: `features` are of `poweroff`, `reboot`, `suspend`.
    pub fn new(store: &Rc<Store>, features: &[&str]) -> Result<Self, StoreError> {
        for feature in features {
            // It is only a hint, and not every host lets guests write it.
            let _ = store.write(&format!("control/feature-{feature}"), "1");
        }
        Ok(Self { store: Rc::clone(store), watch: store.watch(PATH)? })
    }

    /// Waits until something may be there to [`take`](Control::take).
    pub async fn changed(&self) {
        self.watch.changed().await;
    }

    /// Takes a request, if there is one, and acknowledges it; does not wait for one.
    ///
    /// Fails if the store does not say, or does not let it be acknowledged: then it is still there.
    pub fn take(&self) -> Result<Option<Request>, StoreError> {
        let _ = self.watch.take();
        // Read and acknowledged at once: a request that comes in between would be lost.
        let word = self.store.transaction(|it| {
            let word = it.read(PATH)?;
            if !word.is_empty() {
                it.write(PATH, "")?;
            }
            Ok(word)
        });
        match word {
            Ok(word) => Ok(Request::of(&word)),
            // There is no such path before the first request.
            Err(StoreError::Refused { refusal: Refusal::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Request {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "" => return None,
            "poweroff" => Self::PowerOff,
            "reboot" => Self::Reboot,
            "halt" => Self::Halt,
            "suspend" => Self::Suspend,
            other => Self::Other(other.into()),
        })
    }
}
