//! The guest's side of a device.

use alloc::{format, rc::Rc, string::String};
use core::cell::{Cell, RefCell};

pub(crate) use super::step::{Parting, Phase};
use super::{
    ConnectError, Kind, PATIENCE_NS, State,
    step::{self, Step},
};
use crate::{
    domain::Domain,
    hypercall::DomainId,
    store::{Store, StoreError, Watch},
};

/// The most steps that are taken at once: more, and the back end plays.
const STEPS_MOST: usize = 8;

/// What a device does when its back end comes and goes.
pub(crate) trait End {
    /// The state that says that the rings are there.
    const OFFERED: State;

    /// Makes rings and writes where they are.
    fn offer(&self, front: &Front) -> Result<(), ConnectError>;

    /// Looks at what the back end serves, and uses it.
    fn finish(&self, front: &Front) -> Result<(), ConnectError>;

    /// Lets go of the rings, if there are any.
    fn leave(&self, parting: Parting);
}

/// The guest's side of a device.
pub(crate) struct Front {
    store: Rc<Store>,
    path: String,
    place: RefCell<Place>,
    /// Fires when there is another back end.
    moved: Watch,
    phase: Cell<Phase>,
}

/// Where the back end is.
struct Place {
    folder: String,
    domain: DomainId,
    /// Fires when the back end's state changes.
    state: Watch,
}

impl Front {
    /// Finds the back end of a device.
    pub(crate) fn new(store: &Rc<Store>, kind: Kind, handle: u32) -> Result<Self, ConnectError> {
        let path = super::path(kind, handle);
        let place = RefCell::new(Place::find(store, &path)?);
        let moved = store.watch(&format!("{path}/backend"))?;
        let phase = Cell::new(Phase::Waiting);
        let front = Self { store: Rc::clone(store), path, place, moved, phase };
        front.set_state(State::Initialising)?;
        Ok(front)
    }

    pub(crate) fn domain(&self) -> &Rc<Domain> {
        self.store.domain()
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the domain of the back end.
    pub(crate) fn peer(&self) -> DomainId {
        self.place.borrow().domain
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Reads what the device's folder says.
    pub(crate) fn own(&self, key: &str) -> Result<String, StoreError> {
        self.store.read(&format!("{}/{key}", self.path))
    }

    /// Writes into the device's folder.
    pub(crate) fn write(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.store.write(&format!("{}/{key}", self.path), value)
    }

    /// Reads a number that the back end says, if it says one.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        let path = format!("{}/{key}", self.place.borrow().folder);
        self.store.read_number(&path).ok()
    }

    /// Tells whether the back end says that it can do something.
    pub(crate) fn is_offered(&self, key: &str) -> bool {
        self.number(key).is_some_and(|value| value != 0)
    }

    /// Waits until the back end serves the device.
    pub(crate) fn connect<E: End>(&self, end: &E) -> Result<(), ConnectError> {
        let deadline_ns = self.domain().now_ns().saturating_add(PATIENCE_NS);
        loop {
            self.advance(end)?;
            if self.phase.get() == Phase::Connected {
                return Ok(());
            }
            if self.domain().now_ns() >= deadline_ns || !self.store.wait(deadline_ns) {
                let path = self.path.clone();
                return Err(ConnectError::Late { path, state: self.other() });
            }
        }
    }

    /// Follows the back end, if something has changed.
    pub(crate) fn follow<E: End>(&self, end: &E) {
        let has_moved = self.moved.take();
        let has_changed = self.place.borrow().state.take();
        if !has_moved && !has_changed {
            return;
        }
        if has_moved {
            self.find();
        }
        if let Err(error) = self.advance(end) {
            log::error!("{}: {error}", self.path);
            self.give_up(end);
        }
    }

    /// Gives the back end up: it has broken the rules.
    pub(crate) fn give_up<E: End>(&self, end: &E) {
        log::error!("{}: its back end is given up", self.path);
        self.abandon(end);
    }

    /// Lets go of the device, whatever the back end does.
    pub(crate) fn abandon<E: End>(&self, end: &E) {
        self.phase.set(Phase::Broken);
        // If the store fails, too, there is nobody left to tell.
        let _ = self.set_state(State::Closed);
        end.leave(Parting::Broken);
    }

    /// Begins anew in a new domain.
    pub(crate) fn resume<E: End>(&self, end: &E) -> Result<(), ConnectError> {
        end.leave(Parting::Moved);
        self.phase.set(Phase::Waiting);
        *self.place.borrow_mut() = Place::find(&self.store, &self.path)?;
        self.advance(end)
    }

    /// Takes steps until there is none to take.
    fn advance<E: End>(&self, end: &E) -> Result<(), ConnectError> {
        for _ in 0..STEPS_MOST {
            let is_online = self.phase.get() == Phase::Gone && self.number("online") != Some(0);
            let step = step::next(self.phase.get(), self.other(), is_online);
            if step == Step::Rest {
                break;
            }
            self.take(step, end)?;
        }
        Ok(())
    }

    fn take<E: End>(&self, step: Step, end: &E) -> Result<(), ConnectError> {
        match step {
            Step::Rest => {}
            Step::Revive => {
                self.set_state(State::Initialising)?;
                self.phase.set(Phase::Waiting);
            }
            Step::Offer => {
                end.offer(self)?;
                self.set_state(E::OFFERED)?;
                self.phase.set(Phase::Offered);
            }
            Step::Finish => {
                end.finish(self)?;
                self.set_state(State::Connected)?;
                self.phase.set(Phase::Connected);
            }
            Step::Close => {
                self.phase.set(Phase::Leaving);
                self.set_state(State::Closed)?;
            }
            Step::Leave(parting) => {
                end.leave(parting);
                self.phase.set(Phase::Gone);
                self.set_state(State::Closed)?;
            }
        }
        Ok(())
    }

    fn other(&self) -> State {
        let path = format!("{}/state", self.place.borrow().folder);
        self.store.read(&path).map_or(State::Unknown, |text| State::of(&text))
    }

    /// Writes the state, unless the device has been taken away: that would make it anew.
    fn set_state(&self, state: State) -> Result<(), StoreError> {
        let path = format!("{}/state", self.path);
        self.store.transaction(|it| {
            it.read(&path)?;
            it.write(&path, state.text())
        })
    }

    /// Finds the back end again, if it is another.
    fn find(&self) {
        if self.own("backend").is_ok_and(|folder| folder == self.place.borrow().folder) {
            return;
        }
        match Place::find(&self.store, &self.path) {
            Ok(place) => *self.place.borrow_mut() = place,
            // Until there is one, the device has none.
            Err(error) => log::warn!("{}: {error}", self.path),
        }
    }
}

impl Place {
    fn find(store: &Rc<Store>, path: &str) -> Result<Self, ConnectError> {
        let folder = store.read(&format!("{path}/backend"))?;
        let domain = store.read_number(&format!("{path}/backend-id"))?;
        let shape = |_| ConnectError::Shape { path: path.into(), key: "backend-id" };
        let domain = DomainId::try_from(domain).map_err(shape)?;
        let state = store.watch(&format!("{folder}/state"))?;
        Ok(Self { folder, domain, state })
    }
}
