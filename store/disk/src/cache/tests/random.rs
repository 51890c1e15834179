//! Random requests, several at once and some given up, beside a plain list of sectors.

use alloc::{boxed::Box, collections::BTreeSet};
use core::{future::poll_fn, pin::Pin, task::Poll};

use proptest::prelude::*;

use super::*;

const SECTORS: u64 = 200;

#[derive(Clone, Debug)]
enum Request {
    Read(u64, u32),
    Write(u64, u32),
    Through(u64, u32),
    Discard(u64, u32),
    Flush,
}

/// A request, and after how many polls its future is dropped.
type Asked = (Request, usize);

fn request() -> impl Strategy<Value = Asked> {
    let span = || {
        (0..SECTORS, 1..60_u32)
            .prop_map(|(first, count)| (first, count.min((SECTORS - first) as u32)))
    };
    let request = prop_oneof![
        4 => span().prop_map(|(first, count)| Request::Read(first, count)),
        5 => span().prop_map(|(first, count)| Request::Write(first, count)),
        1 => span().prop_map(|(first, count)| Request::Through(first, count)),
        1 => span().prop_map(|(first, count)| Request::Discard(first, count)),
        1 => Just(Request::Flush),
    ];
    let polls = prop_oneof![5 => Just(usize::MAX), 1 => 1..6_usize];
    (request, polls)
}

/// What each sector may hold: stamps; with nothing in it, anything.
type Model = Vec<BTreeSet<u32>>;

fn stamped(stamp: u32, count: u32) -> Bytes {
    stamp.to_le_bytes().repeat(128 * count as usize).into()
}

fn stamps(data: &[u8]) -> Vec<u32> {
    let whole = |sector: &[u8]| {
        assert!(sector.chunks(4).all(|word| word == &sector[..4]), "a sector is torn");
        u32::from_le_bytes(sector[..4].try_into().unwrap())
    };
    data.chunks(512).map(whole).collect()
}

/// Runs requests at once; returns what those have read that were not given up.
fn run(cache: &Cache<Slow<Rc<RamDisk>>>, batch: &[Asked], stamp: u32) -> Vec<Option<Bytes>> {
    let ask = |(index, (request, _)): (usize, &Asked)| {
        let (request, stamp) = (request.clone(), stamp + index as u32);
        Box::pin(async move {
            match request {
                Request::Read(first, count) => return cache.read(first, count).await.unwrap(),
                Request::Write(first, count) => cache.write(first, stamped(stamp, count)).await,
                Request::Through(first, count) => {
                    cache.write_through(first, stamped(stamp, count)).await
                }
                Request::Discard(first, count) => cache.discard(first, count.into()).await,
                Request::Flush => cache.flush().await,
            }
            .unwrap();
            Bytes::new()
        }) as Pin<Box<dyn Future<Output = Bytes> + '_>>
    };
    let mut running: Vec<_> = batch.iter().enumerate().map(ask).map(Some).collect();
    let mut left: Vec<usize> = batch.iter().map(|(_, polls)| *polls).collect();
    let mut ends = vec![None; batch.len()];
    block_on(poll_fn(|context| {
        for ((slot, left), end) in running.iter_mut().zip(&mut left).zip(&mut ends) {
            let Some(future) = slot else { continue };
            if let Poll::Ready(data) = future.as_mut().poll(context) {
                (*slot, *end) = (None, Some(data));
            } else {
                *left -= 1;
                if *left == 0 {
                    *slot = None;
                }
            }
        }
        if running.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    }));
    ends
}

/// Checks a batch, and what is left.
fn check(cache: &Cache<Slow<Rc<RamDisk>>>, model: &mut Model, batch: &[Asked], stamp: u32) {
    let ends = run(cache, batch, stamp);
    let mut written = vec![(BTreeSet::new(), false); model.len()];
    let mut discarded = vec![false; model.len()];
    for (index, ((request, _), end)) in batch.iter().zip(&ends).enumerate() {
        let stamp = stamp + index as u32;
        let span =
            |first: &u64, count: &u32| *first as usize..(*first + u64::from(*count)) as usize;
        match request {
            Request::Write(first, count) | Request::Through(first, count) => {
                for (stamps, is_done) in &mut written[span(first, count)] {
                    stamps.insert(stamp);
                    *is_done |= end.is_some();
                }
            }
            Request::Discard(first, count) => discarded[span(first, count)].fill(true),
            _ => {}
        }
    }
    for ((request, _), end) in batch.iter().zip(&ends) {
        let (Request::Read(first, _), Some(data)) = (request, end) else { continue };
        for (sector, stamp) in (*first as usize..).zip(stamps(data)) {
            let (old, (new, _)) = (&model[sector], &written[sector]);
            let may_be_any = old.is_empty() || discarded[sector];
            assert!(may_be_any || old.contains(&stamp) || new.contains(&stamp), "sector {sector}");
        }
    }
    let now = stamps(&block_on(cache.read(0, SECTORS as u32)).unwrap());
    for (sector, stamp) in now.into_iter().enumerate() {
        let (new, is_done) = &written[sector];
        if discarded[sector] {
            model[sector].clear();
            continue;
        }
        let (is_new, is_old) = (new.contains(&stamp), model[sector].contains(&stamp));
        assert!(is_new || !is_done && (is_old || model[sector].is_empty()), "sector {sector}");
        if is_new || !model[sector].is_empty() {
            model[sector] = BTreeSet::from([stamp]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..Default::default() })]

    #[test]
    fn it_reads_as_a_plain_disk_does(
        batches in prop::collection::vec(prop::collection::vec(request(), 1..8), 1..20),
        seed: u64,
        memory in 0..200_000_u64,
    ) {
        let disk = Rc::new(ram(512, SECTORS));
        let cache = cache(Slow::new(Rc::clone(&disk), seed), memory);
        let mut model: Model = vec![BTreeSet::from([0]); SECTORS as usize];
        for (index, batch) in (1..).zip(&batches) {
            check(&cache, &mut model, batch, index * 100);
            prop_assert!(cache.statistics().pages <= cache.statistics().pages_max);
        }
        block_on(cache.flush()).unwrap();
        prop_assert_eq!(cache.statistics().unwritten, 0);
        drop(cache);
        let left = stamps(&block_on(disk.read(0, SECTORS as u32)).unwrap());
        for (sector, stamp) in left.into_iter().enumerate() {
            prop_assert!(model[sector].is_empty() || model[sector].contains(&stamp), "sector {}", sector);
        }
    }
}
