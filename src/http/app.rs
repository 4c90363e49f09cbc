//! What every handler can reach.

use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use super::address::TrustedProxies;
use super::limits::Attempts;
use crate::domain::access::Gate;
use crate::domain::accounts::Accounts;
use crate::domain::catalogue::Catalogue;
use crate::domain::pool::Pool;
use crate::domain::presence::Presence;
use crate::domain::projects::Projects;
use crate::domain::rooms::Rooms;
use crate::domain::sections::Sections;
use crate::domain::sharing::Sharing;
use crate::ground::clock::{Clock, Timestamp};
use crate::storage::database::Database;
use crate::storage::workspace::Workspace;

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// The database, for the queries that requests begin with.
    pub db: Database,
    /// Who may do what.
    pub gate: Gate,
    /// The visitor pool.
    pub pool: Pool,
    /// Accounts.
    pub accounts: Accounts,
    /// People's projects.
    pub catalogue: Catalogue,
    /// Who takes part in a project.
    pub sharing: Sharing,
    /// Who is where right now.
    pub presence: Presence,
    /// Projects and their directories.
    pub projects: Projects,
    /// Open rooms.
    pub rooms: Rooms,
    /// Sections.
    pub sections: Sections,
    /// Log-in and sign-up attempts.
    pub attempts: Attempts,
    /// Whose `X-Forwarded-…` headers are believed.
    pub proxies: TrustedProxies,
    clock: Clock,
}

/// What [`App::new`] needs beyond the data directory.
pub struct Options {
    /// Length of a lease.
    pub lease: std::time::Duration,
    /// Log-in and sign-up attempts a minute for one address.
    pub attempts: NonZeroU32,
    /// Whose `X-Forwarded-…` headers are believed.
    pub proxies: TrustedProxies,
    /// The clock.
    pub clock: Clock,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Database, workspace: Workspace, options: Options) -> Self {
        let projects = Projects::new(db.clone(), workspace.clone());
        let presence = Presence::new(db.clone(), options.clock.clone());
        let pool = Pool::new(
            db.clone(),
            workspace.clone(),
            projects.clone(),
            presence.clone(),
            options.lease,
        );
        let rooms = Rooms::new(db.clone(), projects.clone(), options.clock.clone());
        let catalogue = Catalogue::new(
            db.clone(),
            workspace,
            projects.clone(),
            rooms.clone(),
            presence.clone(),
        );
        Self(Arc::new(Parts {
            gate: Gate::new(db.clone()),
            accounts: Accounts::new(db.clone(), pool.clone(), projects.clone(), presence.clone()),
            sharing: Sharing::new(db.clone(), presence.clone()),
            catalogue,
            presence,
            sections: Sections::new(db.clone(), projects.clone(), rooms.clone()),
            projects,
            attempts: Attempts::new(options.attempts),
            proxies: options.proxies,
            clock: options.clock,
            rooms,
            pool,
            db,
        }))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock itself, for background tasks.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
