//! What a front end does next.

/// The state of one side of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The store has none, or none that makes sense.
    Unknown,
    /// It looks at the device.
    Initialising,
    /// The back end has said what it can do.
    InitWait,
    /// The front end has said where its rings are.
    Initialised,
    /// The device is in use.
    Connected,
    /// It wants to end.
    Closing,
    /// It has let go.
    Closed,
    /// It changes something.
    Reconfiguring,
    /// It has changed something.
    Reconfigured,
}

impl State {
    /// Returns the state that is written as `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.trim() {
            "1" => Self::Initialising,
            "2" => Self::InitWait,
            "3" => Self::Initialised,
            "4" => Self::Connected,
            "5" => Self::Closing,
            "6" => Self::Closed,
            "7" => Self::Reconfiguring,
            "8" => Self::Reconfigured,
            _ => Self::Unknown,
        }
    }

    /// Returns how it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "0",
            Self::Initialising => "1",
            Self::InitWait => "2",
            Self::Initialised => "3",
            Self::Connected => "4",
            Self::Closing => "5",
            Self::Closed => "6",
            Self::Reconfiguring => "7",
            Self::Reconfigured => "8",
        }
    }
}

/// How far a front end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has no rings, and has closed.
    Gone,
    /// It has no rings, and waits for a back end.
    Waiting,
    /// The back end knows where its rings are.
    Offered,
    /// The back end serves it.
    Connected,
    /// It has closed, and keeps its rings until the back end has let go of them.
    Leaving,
    /// The back end has broken the rules, and is not asked again before it begins anew.
    Broken,
}

/// How a back end has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It has said so before, and has finished what it had.
    Announced,
    /// It was gone: what it had not kept yet may be lost.
    Sudden,
    /// The guest has moved to another host, with all that it had.
    Moved,
    /// It has broken the rules.
    Broken,
}

/// What a front end does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing, until something changes.
    Rest,
    /// Say that a back end is welcome again.
    Revive,
    /// Say where the rings are.
    Offer,
    /// Look at what the back end serves, and use it.
    Finish,
    /// Say that the device is not used any more.
    Close,
    /// Let go of the rings.
    Leave(Parting),
}

/// Returns what a front end does next that has come to `phase` and whose back end is in state `other`.
pub(super) fn next(phase: Phase, other: State, is_online: bool) -> Step {
    match (phase, other) {
        (Phase::Gone | Phase::Waiting | Phase::Broken, State::InitWait) => Step::Offer,
        (Phase::Gone, State::Closed) if is_online => Step::Revive,
        (Phase::Offered, State::Connected) => Step::Finish,
        (Phase::Offered | Phase::Connected, State::Closing) => Step::Close,
        (Phase::Gone | Phase::Waiting | Phase::Broken, _)
        | (Phase::Leaving, State::Closing | State::Connected)
        | (Phase::Offered, State::InitWait | State::Initialised)
        | (Phase::Connected, State::Connected | State::Reconfiguring | State::Reconfigured) => {
            Step::Rest
        }
        (Phase::Leaving, _) => Step::Leave(Parting::Announced),
        _ => Step::Leave(Parting::Sudden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_offered_connected_left_and_offered_again() {
        let mut phase = Phase::Waiting;
        let mut next = |other, then| {
            let step = super::next(phase, other, true);
            phase = then;
            step
        };
        assert_eq!(next(State::Initialising, Phase::Waiting), Step::Rest);
        assert_eq!(next(State::InitWait, Phase::Offered), Step::Offer);
        assert_eq!(next(State::InitWait, Phase::Offered), Step::Rest);
        assert_eq!(next(State::Connected, Phase::Connected), Step::Finish);
        assert_eq!(next(State::Connected, Phase::Connected), Step::Rest);
        assert_eq!(next(State::Closing, Phase::Leaving), Step::Close);
        assert_eq!(next(State::Closing, Phase::Leaving), Step::Rest);
        assert_eq!(next(State::Closed, Phase::Gone), Step::Leave(Parting::Announced));
        assert_eq!(next(State::Closed, Phase::Waiting), Step::Revive);
        assert_eq!(next(State::Closed, Phase::Waiting), Step::Rest);
        assert_eq!(next(State::InitWait, Phase::Offered), Step::Offer);
    }

    #[test]
    fn a_device_that_is_taken_away_is_not_asked_back() {
        assert_eq!(next(Phase::Gone, State::Closed, false), Step::Rest);
        assert_eq!(next(Phase::Gone, State::Unknown, false), Step::Rest);
    }

    #[test]
    fn a_back_end_that_is_just_gone_is_left_as_such() {
        for state in [State::Unknown, State::Initialising, State::InitWait, State::Closed] {
            assert_eq!(next(Phase::Connected, state, true), Step::Leave(Parting::Sudden));
        }
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        for number in 1..=8 {
            let text = alloc::format!("{number}");
            assert_eq!(State::of(&text).text(), text);
        }
        for text in ["", "9", "-1", "four", "0"] {
            assert_eq!(State::of(text), State::Unknown);
        }
    }
}
