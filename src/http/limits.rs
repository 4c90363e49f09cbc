//! Limits on log-in and sign-up attempts, by address and by account.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::address::subscriber;
use super::error::Failure;

/// Guesses a minute at one account, wherever they come from.
const AT_ONE_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The counters. They live in memory: a restart forgives.
pub struct Attempts {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Attempts {
    /// With so many attempts a minute for one address.
    #[must_use]
    pub fn new(by_address: NonZeroU32) -> Self {
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(by_address)),
            by_account: RateLimiter::keyed(Quota::per_minute(AT_ONE_ACCOUNT)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt from an address.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn count_address(&self, address: IpAddr) -> Result<(), Failure> {
        let checked = self.by_address.check_key(&subscriber(address));
        checked.map_err(|until| Failure::too_many_attempts(until.wait_time_from(self.clock.now())))
    }

    /// Counts an attempt at an account.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn count_account(&self, username: &str) -> Result<(), Failure> {
        let checked = self
            .by_account
            .check_key(&username.trim().to_ascii_lowercase());
        checked.map_err(|until| Failure::too_many_attempts(until.wait_time_from(self.clock.now())))
    }

    /// Forgets addresses and accounts that are back at zero. Never returns.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(Duration::from_mins(1)).await;
            self.by_address.retain_recent();
            self.by_account.retain_recent();
        }
    }
}
