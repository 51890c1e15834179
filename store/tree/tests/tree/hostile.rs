//! Images that somebody has forged.

use crate::{forge, golden, random::Random};

#[test]
fn no_image_makes_it_panic_or_run_for_ever() {
    let (image, ..) = golden::store();
    forge::run(&image, &[]);
    let mut random = Random::new(11);
    for _ in 0..150 {
        let size = 5 * (1 + random.below(4) as usize);
        forge::run(&image, &random.bytes(size));
    }
}
