//! How much a page may say.

use std::time::{Duration, Instant};

/// Messages that may come at once …
const BURST: u32 = 40;
/// … and one more with each of these: twenty a second.
const EVERY: Duration = Duration::from_millis(50);

/// A bucket of messages. A page that empties it is broken, or no page.
pub(super) struct Rate {
    /// The moment at which the bucket is full again.
    full_at: Instant,
}

impl Rate {
    pub fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a message; false if it is one too many.
    pub fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + EVERY;
        let fits = full_at - now <= EVERY * BURST;
        if fits {
            self.full_at = full_at;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_at_once_and_twenty_a_second() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        assert_eq!((0..100).filter(|_| rate.take(start)).count(), 40);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| rate.take(later)).count(), 20);
        let much_later = start + Duration::from_mins(1);
        assert_eq!((0..100).filter(|_| rate.take(much_later)).count(), 40);
    }
}
