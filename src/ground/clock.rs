//! The wall clock, as a value that can be handed around and shifted in tests.
//!
//! Rules take a [`Timestamp`] as an argument; only `cli`, `http` and background tasks ask a [`Clock`].

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in Unix milliseconds (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `duration` later. Saturates at the end of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// How long it is from `earlier` to this moment; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// RFC 3339 in UTC, to the second, e.g. `2026-11-21T15:04:05Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000))
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }
}

/// Where `now` comes from: the system's clock, in tests shifted by the seconds written in a file.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_file: Option<PathBuf>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's clock plus the whole seconds that `offset_file` holds (0 while it is missing).
    /// For tests: they move a running server through time by writing the file.
    #[must_use]
    pub fn shifted_by(offset_file: PathBuf) -> Self {
        Self {
            offset_file: Some(offset_file),
        }
    }

    /// The present moment.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everyone else asks"
    )]
    pub fn now(&self) -> Timestamp {
        let system = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = i64::try_from(system.as_millis()).unwrap_or(i64::MAX);
        Timestamp(millis.saturating_add(self.offset_millis()))
    }

    fn offset_millis(&self) -> i64 {
        let Some(file) = &self.offset_file else {
            return 0;
        };
        std::fs::read_to_string(file)
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok())
            .map_or(0, |seconds| seconds.saturating_mul(1000))
    }

    /// Returns once `due` has come. Looks at the clock at least once a minute, because a wall clock can jump;
    /// a shifted clock is looked at every 20 ms.
    pub async fn sleep_until(&self, due: Timestamp) {
        let longest = if self.offset_file.is_some() {
            Duration::from_millis(20)
        } else {
            Duration::from_mins(1)
        };
        loop {
            let left = due.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(longest)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_rfc3339() {
        assert_eq!(
            Timestamp(1_795_273_445_999).to_rfc3339(),
            "2026-11-21T15:04:05Z"
        );
    }

    #[test]
    fn a_clock_that_stepped_back_gives_no_negative_time() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
    }
}
