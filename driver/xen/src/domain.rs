//! The guest, as the hypervisor knows it.

use alloc::rc::Rc;

use crate::{
    channel::Channels,
    grant::Grants,
    hypercall::{HypercallError, Hypervisor, Woken},
    shared::SharedInfo,
};

/// The guest, as the hypervisor knows it: its clock, its event channels, its grants.
pub struct Domain {
    hypervisor: Rc<dyn Hypervisor>,
    shared: Rc<SharedInfo>,
    channels: Channels,
    grants: Grants,
}

impl Domain {
    /// Sets up the shared page, with all events masked, and the table of grants. Once a guest.
    pub fn start(hypervisor: Rc<dyn Hypervisor>) -> Result<Rc<Self>, HypercallError> {
        let shared = Rc::new(SharedInfo::new(&*hypervisor)?);
        let channels = Channels::new(Rc::clone(&hypervisor), Rc::clone(&shared));
        let grants = Grants::new(Rc::clone(&hypervisor))?;
        Ok(Rc::new(Self { hypervisor, shared, channels, grants }))
    }

    /// Returns the hypervisor.
    #[must_use]
    pub fn hypervisor(&self) -> &dyn Hypervisor {
        &*self.hypervisor
    }

    /// Returns the event channels.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Returns the grants.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Returns the guest's clock in nanoseconds, which deadlines are in. It never goes back, not where the guest moves to
    /// a host that was started later, either.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.shared.now_ns(self.hypervisor.ticks())
    }

    /// Returns the date in nanoseconds since 1970, if the host knows it.
    #[must_use]
    pub fn date_ns(&self) -> Option<u64> {
        let now_ns = self.shared.hypervisor_ns(self.hypervisor.ticks());
        self.shared.date_at_start_ns()?.checked_add(now_ns)
    }

    /// Stops the guest, to be saved or moved, until it is woken.
    ///
    /// Woken [`Anew`](Woken::Anew), it has its shared page and an empty table of grants again, and no event channel:
    /// those of the store and the console are to be adopted anew, then [`Store::resume`](crate::Store::resume) and
    /// the `resume` of each disk and card are due.
    pub fn suspend(&self) -> Result<Woken, HypercallError> {
        let woken = self.hypervisor.suspend()?;
        if woken == Woken::Anew {
            self.channels.forget_all();
            self.shared.map(&*self.hypervisor)?;
            self.shared.go_on(self.hypervisor.ticks());
            self.grants.map_again()?;
        }
        Ok(woken)
    }
}
