//! What can be wrong with the ledger.

/// One mistake, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is honest.
    None,
    /// The log is not flushed before an operation is acknowledged.
    NoFlushOfLog,
    /// An operation is acknowledged before the log is flushed.
    AcknowledgesEarly,
    /// The table is not flushed before its root is written.
    NoFlushOfTable,
    /// The root is not durable when the log is used again.
    RootNotDurable,
    /// The new table is written over the old one.
    ReusesTable,
    /// Each record of an operation counts by itself.
    SplitsOperations,
    /// The second record of an operation is not written.
    ForgetsSecondWrite,
    /// Records of an older generation count.
    OldRecords,
    /// A new generation is not begun if there is nothing to do again.
    KeepsGeneration,
    /// A log of a newer generation than any root is taken for an old one.
    IgnoresNewerRecords,
    /// A record that does not belong to the log is passed over.
    SkipsHoles,
    /// The checksums of the table are not looked at.
    TrustsTable,
    /// The checksum of a record is not looked at.
    TrustsLog,
    /// Damage makes it panic.
    PanicsOnDamage,
    /// Damage makes it read for ever.
    AsksForEver,
}

impl Flaw {
    /// All mistakes.
    pub const ALL: [Self; 15] = [
        Self::NoFlushOfLog,
        Self::AcknowledgesEarly,
        Self::NoFlushOfTable,
        Self::RootNotDurable,
        Self::ReusesTable,
        Self::SplitsOperations,
        Self::ForgetsSecondWrite,
        Self::OldRecords,
        Self::KeepsGeneration,
        Self::IgnoresNewerRecords,
        Self::SkipsHoles,
        Self::TrustsTable,
        Self::TrustsLog,
        Self::PanicsOnDamage,
        Self::AsksForEver,
    ];

    pub(super) fn trusts_log(self) -> bool {
        self == Self::TrustsLog
    }
}
