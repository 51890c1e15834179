//! What a sector may hold.

use sarab_crash::Progress;

use super::{Operation, Span};

/// What each sector of a disk may be seen to hold.
pub(super) struct History {
    /// For each sector what may survive a crash: the durable values, and all that came after.
    durable: Vec<Vec<u64>>,
    /// For each sector what a reader may see: one value, or one of those written at the same time.
    visible: Vec<Vec<u64>>,
}

impl History {
    pub(super) fn new(values: Vec<u64>) -> Self {
        let each: Vec<_> = values.into_iter().map(|value| vec![value]).collect();
        Self { durable: each.clone(), visible: each }
    }

    /// Takes in an operation that may have begun.
    fn begun(&mut self, operation: &Operation) {
        let spans = spans(operation);
        for sector in 0..self.visible.len() {
            let over = spans.iter().filter(|span| span.sectors().contains(&sector));
            let values: Vec<_> = over.map(|span| span.value).collect();
            if !values.is_empty() {
                self.durable[sector].extend(&values);
                self.visible[sector] = values;
            }
        }
    }

    /// Takes in an operation that was given up: each of its sectors may be written.
    pub(super) fn begun_or_not(&mut self, operation: &Operation) {
        let before = self.visible.clone();
        self.begun(operation);
        for (values, before) in self.visible.iter_mut().zip(before) {
            values.extend(before);
        }
    }

    /// Takes in an operation that is complete.
    pub(super) fn done(&mut self, operation: &Operation) {
        self.begun(operation);
        match operation {
            Operation::Flush => self.durable.clone_from(&self.visible),
            Operation::Through(span) => {
                self.durable[span.sectors()].clone_from_slice(&self.visible[span.sectors()]);
            }
            _ => {}
        }
    }

    /// Takes in that what was not flushed may be lost.
    pub(super) fn reopened(&mut self) {
        self.visible.clone_from(&self.durable);
    }

    /// Takes in what was read, and says if it is wrong.
    pub(super) fn read(&mut self, span: &Span, values: &[u64]) -> Result<(), String> {
        for (sector, value) in span.sectors().zip(values) {
            let visible = &mut self.visible[sector];
            if !visible.contains(value) {
                return Err(format!(
                    "sector {sector} reads as {value}, which is not of {visible:?}"
                ));
            }
            // What was seen once is seen again.
            *visible = vec![*value];
        }
        Ok(())
    }
}

/// Returns what an operation writes.
fn spans(operation: &Operation) -> &[Span] {
    match operation.inner() {
        Operation::Write(span) | Operation::Through(span) => std::slice::from_ref(span),
        Operation::Together(spans) => spans,
        _ => &[],
    }
}

/// Says if something was found after a crash that cannot be there.
pub(super) fn crashed(
    start: &[u64],
    operations: &[Operation],
    progress: Progress,
    found: &[u64],
) -> Result<(), String> {
    let mut history = History::new(start.to_vec());
    for (place, operation) in operations.iter().enumerate().take(progress.attempted) {
        if *operation == Operation::Reopen {
            history.reopened();
        }
        if let Operation::GiveUp(..) = operation {
            history.begun_or_not(operation);
        } else if place < progress.acknowledged {
            history.done(operation);
        } else {
            history.begun(operation);
        }
    }
    for (sector, value) in found.iter().enumerate() {
        let durable = &history.durable[sector];
        if !durable.contains(value) {
            return Err(format!("sector {sector} holds {value}, which is not of {durable:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_was_given_up_is_there_or_not_and_what_was_seen_stays() {
        let span = Span { first: 0, count: 2, value: 7 };
        let mut history = History::new(vec![1, 1, 1]);
        history.begun_or_not(&Operation::GiveUp(1, Box::new(Operation::Write(span))));
        let all = Span { count: 3, ..span };
        assert!(history.read(&all, &[7, 1, 7]).is_err());
        assert!(history.read(&all, &[7, 1, 1]).is_ok());
        assert!(history.read(&all, &[7, 7, 1]).is_err());
    }
}
