//! Numbers as one line each.

use std::time::Duration;

/// Latencies of requests that were all answered, and the time that all of them took.
#[derive(Default)]
pub struct Measured {
    pub latencies: Vec<Duration>,
    pub wall: Duration,
}

impl Measured {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.wall.as_secs_f64()
    }

    /// The latency, in milliseconds, that so large a share of the requests did not exceed.
    fn percentile(&mut self, share: f64) -> f64 {
        self.latencies.sort_unstable();
        let index = (self.latencies.len() as f64 * share) as usize;
        let index = index.min(self.latencies.len().saturating_sub(1));
        let latency = self.latencies.get(index).copied().unwrap_or_default();
        latency.as_secs_f64() * 1000.0
    }

    /// The latency, in milliseconds, that 95 of 100 requests did not exceed.
    pub fn p95(&mut self) -> f64 {
        self.percentile(0.95)
    }

    /// One line: rate and percentiles.
    pub fn print(&mut self, name: &str) {
        let [p50, p95, p99] = [0.50, 0.95, 0.99].map(|share| self.percentile(share));
        println!(
            "{name:<42} {:>9.0} /s   p50 {p50:>7.2} ms   p95 {p95:>7.2} ms   p99 {p99:>7.2} ms",
            self.rate()
        );
    }
}

/// Says what a number is as a share of another, and whether that is what was aimed at.
pub fn compare(name: &str, ours: f64, bare: f64, aim: f64) {
    let share = ours / bare;
    let verdict = if share >= aim { "reached" } else { "MISSED" };
    println!("{name:<42} {share:>9.2} of it (aim: {aim:.2}, {verdict})");
}

/// Says a number with its aim.
pub fn below(name: &str, value: f64, unit: &str, aim: f64) {
    let verdict = if value <= aim { "reached" } else { "MISSED" };
    println!("{name:<42} {value:>9.1} {unit} (aim: under {aim:.0}, {verdict})");
}
