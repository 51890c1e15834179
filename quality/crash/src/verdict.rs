//! What is wrong with a campaign, and how to mend it.

use sarab_crash::Tally;

use crate::watch::Found;

/// Of a hundred operations of a store so many must be done, or too little was judged.
const DONE_PERCENT_MIN: u64 = 25;

/// What the campaign came to.
pub(crate) struct Verdict {
    /// Stores that kept their promises, and mutants that were found.
    pub(crate) passed: usize,
    /// The other ones.
    pub(crate) failed: usize,
    /// What there is to say of them; what a store broke was said before.
    pub(crate) complaints: Vec<String>,
}

impl Verdict {
    /// Looks at what all threads have found.
    pub(crate) fn of(found: &Found) -> Self {
        let mut complaints = Vec::new();
        let killed: usize = found.mutants.values().map(|(killed, _)| killed).sum();
        for (store, (_, survivors)) in &found.mutants {
            let lines = survivors.iter().map(|name| format!("{store}: nobody found `{name}`"));
            complaints.extend(lines);
        }
        let survivors = complaints.len();
        let mut bad = 0;
        for (store, (tally, _)) in &found.stores {
            let complaint = complaint(store, tally);
            bad += usize::from(complaint.is_some() || tally.violations > 0);
            complaints.extend(complaint);
        }
        Self { passed: found.stores.len() - bad + killed, failed: bad + survivors, complaints }
    }
}

/// Says what is wrong with how much of a store was judged.
fn complaint(store: &str, tally: &Tally) -> Option<String> {
    if tally.cases == 0 {
        return Some(format!("{store}: there was no time for it; give more minutes"));
    }
    let Tally { operations, refused, unclear, .. } = *tally;
    (tally.done_percent() < DONE_PERCENT_MIN).then(|| {
        format!(
            "{store}: of {operations} operations {refused} were refused and {unclear} unclear, so less than \
             {DONE_PERCENT_MIN} % were judged; make its disk larger, or have `draw` name what is there"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sarab_crash::{Bounds, Check, Origin};
    use sarab_fat::Width;

    use super::*;
    use crate::{
        runner::{OnDisk, Runner},
        subject::{
            fat::{FatVolume, Mistake},
            files::FilesSubject,
        },
        watch::Fate,
    };

    /// Runs small workloads, and says what is wrong with that.
    fn ran(numbers: std::ops::Range<u64>) -> Verdict {
        let volume =
            FatVolume { name: "fat", width: Width::Fat12, sectors: 512, mistake: Mistake::None };
        let runner = OnDisk::new(FilesSubject(volume), Bounds::brief(), &[]);
        let runner = runner.unwrap_or_else(|report| panic!("{report}"));
        let mut tally = Tally::default();
        for number in numbers {
            let report = runner.run(Origin::Small(number), &[Check::Crash], &mut tally, &|| {});
            assert!(report.is_none(), "{}", report.unwrap());
        }
        let mut found = Found::default();
        found.count("fat", tally, Duration::ZERO);
        Verdict::of(&found)
    }

    #[test]
    fn a_store_that_refuses_most_of_what_is_asked_fails_the_campaign() {
        let verdict = ran(5..7); // to remove and to move a file that is not there
        assert_eq!((verdict.passed, verdict.failed), (0, 1));
        let [complaint] = &verdict.complaints[..] else { panic!("{:?}", verdict.complaints) };
        assert!(complaint.contains("2 operations 2 were refused"), "{complaint}");
        assert!(complaint.contains("make its disk larger"), "{complaint}");
    }

    #[test]
    fn a_store_that_does_what_is_asked_passes() {
        let verdict = ran(0..5);
        assert_eq!((verdict.passed, verdict.failed), (1, 0), "{:?}", verdict.complaints);
    }

    #[test]
    fn a_store_without_a_workload_and_a_mutant_that_nobody_found_fail_it() {
        let mut found = Found::default();
        found.count("idle", Tally::default(), Duration::ZERO);
        found.mutant("idle", "first", Fate::Killed);
        found.mutant("idle", "second", Fate::Survived);
        let verdict = Verdict::of(&found);
        assert_eq!((verdict.passed, verdict.failed), (1, 2));
        assert_eq!(verdict.complaints.len(), 2, "{:?}", verdict.complaints);
    }
}
