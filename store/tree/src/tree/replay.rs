//! Applying what the log holds to the state of the last root.

use alloc::vec::Vec;

use sarab_device::{Block, Bytes};

use super::{Tree, corrupt};
use crate::{
    Error,
    batch::{Batch, Operation},
    error::Part,
    format::{
        PAGE_BYTES,
        extent::{self, Extent, LARGE},
        field::{u16_at, u64_at},
        record::{Logged, PAYLOAD_BYTES_MAX, RECORD_BYTES, Record, pages, split_transaction},
        root::Root,
    },
};

impl<B: Block + 'static> Tree<B> {
    /// Applies the records of the log that follow `root`.
    pub(super) async fn replay(&self, root: &Root) -> Result<(), Error<B::Error>> {
        let records = self.find_records(root).await?;
        self.state.borrow_mut().pages.space.is_replaying = true;
        for record in &records {
            let Some(payload) = self.read_payload(record).await? else {
                return Err(self.log_damage(record.page));
            };
            self.replay_record(record, &payload).await?;
            if self.state.borrow().transaction < record.last {
                return Err(self.log_damage(record.page));
            }
        }
        self.state.borrow_mut().pages.space.is_replaying = false;
        Ok(())
    }

    /// Finds the records after `root`, and marks what extents in them lie on as taken.
    async fn find_records(&self, root: &Root) -> Result<Vec<Record>, Error<B::Error>> {
        let mut records: Vec<Record> = Vec::new();
        let (mut page, mut chain) = (root.log_page, root.log_chain);
        loop {
            let Some((record, payload)) = self.next_record(page, chain).await? else { break };
            self.mark_extents(&record, &payload)?;
            (page, chain) = (record.page + record.pages(), record.sum);
            let last = record.last.max(root.transaction);
            self.log.borrow_mut().found(page, chain, last);
            records.push(record);
            if records.len() > self.superblock.log_pages as usize {
                return Err(self.log_damage(page));
            }
        }
        let last = records.last().map_or(root.transaction, |record| record.last);
        self.look_ahead(page, last.max(root.transaction)).await?;
        Ok(records)
    }

    /// Returns the record that follows that with the checksum `chain`: at `page`, or at the start.
    async fn next_record(
        &self,
        page: u32,
        chain: u64,
    ) -> Result<Option<(Record, Bytes)>, Error<B::Error>> {
        let places = [page, 0];
        let distinct = if page == 0 { &places[..1] } else { &places[..] };
        for place in distinct {
            let Some(record) = self.read_record(*place).await? else { continue };
            if record.previous != chain {
                continue;
            }
            if let Some(payload) = self.read_payload(&record).await? {
                return Ok(Some((record, payload)));
            }
        }
        Ok(None)
    }

    /// Reads the head of a record on `page` of the log.
    async fn read_record(&self, page: u32) -> Result<Option<Record>, Error<B::Error>> {
        let log_pages = self.superblock.log_pages;
        if page >= log_pages {
            return Ok(None);
        }
        let seal = self.state.borrow().pages.seal;
        let bytes = self.disk.read(self.superblock.log + u64::from(page), 1).await?;
        let record = Record::parse(&bytes, seal, page);
        Ok(record.filter(|record| record.pages() <= log_pages - page))
    }

    /// Reads the transactions of `record`; `None` if they are not what was written.
    async fn read_payload(&self, record: &Record) -> Result<Option<Bytes>, Error<B::Error>> {
        let seal = self.state.borrow().pages.seal;
        let address = self.superblock.log + u64::from(record.page);
        let bytes = self.disk.read(address, record.pages()).await?;
        let end = RECORD_BYTES + record.payload_bytes;
        let payload = bytes.slice(RECORD_BYTES.min(bytes.len())..end.min(bytes.len()));
        Ok(record.holds(&payload, seal).then_some(payload))
    }

    /// Fails if a record of later transactions follows, which was written only after the missing one was durable.
    async fn look_ahead(&self, page: u32, last: u64) -> Result<(), Error<B::Error>> {
        let log_pages = self.superblock.log_pages;
        let seal = self.state.borrow().pages.seal;
        let window = pages(PAYLOAD_BYTES_MAX).min(log_pages);
        let to_end = window.min(log_pages.saturating_sub(page));
        for (start, count) in [(page, to_end), (0, window - to_end)] {
            if count == 0 {
                continue;
            }
            let bytes = self.disk.read(self.superblock.log + u64::from(start), count).await?;
            for (bytes, page) in bytes.chunks(PAGE_BYTES).zip(start..) {
                let Some(record) = Record::parse(bytes, seal, page) else { continue };
                if record.first > last + 1
                    && record.pages() <= log_pages - page
                    && self.read_payload(&record).await?.is_some()
                {
                    return Err(self.log_damage(page));
                }
            }
        }
        Ok(())
    }

    /// Marks the pages of all extents in a record as taken, before anything else can take them.
    fn mark_extents(&self, record: &Record, payload: &[u8]) -> Result<(), Error<B::Error>> {
        let mut state = self.state.borrow_mut();
        let done = state.transaction;
        let mut rest = payload;
        while !rest.is_empty() {
            let logged = split_transaction(&mut rest).ok_or(self.log_damage(record.page))?;
            if logged.number <= done {
                continue;
            }
            for operation in Operations(logged.operations) {
                let operation = operation.ok_or(self.log_damage(record.page))?;
                let Operation::Put { key, value, .. } = operation else { continue };
                if let (Some(_), Some(extent)) = (extent::parse_key(key), Extent::parse(value)) {
                    state.pages.space.take(extent.address, u64::from(extent.pages()));
                }
            }
        }
        Ok(())
    }

    async fn replay_record(&self, record: &Record, payload: &[u8]) -> Result<(), Error<B::Error>> {
        let mut rest = payload;
        while !rest.is_empty() {
            let logged = split_transaction(&mut rest).ok_or(self.log_damage(record.page))?;
            let done = self.state.borrow().transaction;
            if logged.number <= done {
                continue;
            }
            if logged.number != done + 1 || !self.state.borrow_mut().begin(logged.head) {
                return Err(self.log_damage(record.page));
            }
            self.replay_transaction(record, logged).await?;
            self.state.borrow_mut().publish();
        }
        Ok(())
    }

    async fn replay_transaction(
        &self,
        record: &Record,
        logged: Logged<'_>,
    ) -> Result<(), Error<B::Error>> {
        let mut batch = Batch::new();
        for operation in Operations(logged.operations) {
            match operation.ok_or(self.log_damage(record.page))? {
                Operation::Put { key, word, value } => {
                    let word = u16_at(word, 0);
                    self.note_number(key, word, value);
                    batch.put([key, &[]], word, value);
                }
                Operation::Remove { key } => batch.remove([key, &[]]),
                Operation::RemoveRange { start, end } => {
                    self.settle(&mut batch).await?;
                    self.settle_range(start, end).await?;
                }
            }
        }
        self.settle(&mut batch).await
    }

    /// Sees to it that the number of a large value is not given again.
    fn note_number(&self, key: &[u8], word: u16, value: &[u8]) {
        let from_key = extent::parse_key(key).map(|(number, _)| number);
        let is_large = word & LARGE != 0 && value.len() == extent::LARGE_BYTES;
        let number = if is_large { Some(u64_at(value, 0)) } else { from_key };
        if let Some(number) = number {
            let mut state = self.state.borrow_mut();
            state.next_value = state.next_value.max(number.saturating_add(1));
        }
    }

    fn log_damage(&self, page: u32) -> Error<B::Error> {
        Error::Corrupt(corrupt(Part::Log, self.superblock.log + u64::from(page)))
    }
}

/// The operations of a transaction; `None` where they make no sense.
struct Operations<'o>(&'o [u8]);

impl<'o> Iterator for Operations<'o> {
    type Item = Option<Operation<'o>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let Some((operation, size)) =
            Operation::parse(self.0).filter(|(operation, _)| is_sound(operation))
        else {
            self.0 = &[];
            return Some(None);
        };
        self.0 = &self.0[size..];
        Some(Some(operation))
    }
}

/// Returns whether an operation is one that a transaction can have.
fn is_sound(operation: &Operation<'_>) -> bool {
    use crate::keyspace::{FULL_KEY_BYTES_MAX, INLINE_BYTES_MAX};
    let Operation::Put { key, word, value } = operation else {
        return operation.key().len() <= FULL_KEY_BYTES_MAX + 1;
    };
    let is_large = u16_at(word, 0) & LARGE != 0;
    key.len() <= FULL_KEY_BYTES_MAX
        && (key.len() + value.len() <= INLINE_BYTES_MAX || is_large)
        && (!is_large || value.len() == extent::LARGE_BYTES)
}
