//! The ground floor: clock, shutdown, ids, secrets. Knows nothing of the floors above it.

pub mod clock;
pub mod crash;
pub mod ids;
pub mod names;
pub mod role;
pub mod secret;
pub mod shutdown;
