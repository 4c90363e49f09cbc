-- The whole schema of a new data directory. Times are Unix milliseconds (UTC).
-- A change to this file needs a numbered step in src/storage/schema.rs as well.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Members and the users of the visitor slots.
CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    username        TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    kind            TEXT    NOT NULL CHECK (kind IN ('visitor', 'member')),
    password_hash   TEXT,                 -- argon2id in PHC form; NULL for visitors
    is_admin        INTEGER NOT NULL DEFAULT 0,
    last_project_id INTEGER REFERENCES projects (id) ON DELETE SET NULL,
    created_at      INTEGER NOT NULL
) STRICT;

-- A directory with manuscript sources: <owner>/<name>, or parked/<id> while it has no owner.
CREATE TABLE projects (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id   INTEGER REFERENCES users (id),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at  INTEGER,                   -- NULL as long as it is the untouched template
    parked_at  INTEGER,
    UNIQUE (owner_id, name),
    CHECK ((owner_id IS NULL) = (parked_at IS NOT NULL))
) STRICT;

-- The intent of a move, written before the directory is renamed and deleted with the move's last step.
CREATE TABLE transfers (
    project_id   INTEGER PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    source       TEXT    NOT NULL,        -- directories relative to the data directory
    destination  TEXT    NOT NULL UNIQUE,
    to_owner_id  INTEGER REFERENCES users (id),
    to_name      TEXT    NOT NULL,
    requested_at INTEGER NOT NULL
) STRICT;

-- The seats of the visitor pool.
CREATE TABLE visitor_slots (
    number     INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL UNIQUE REFERENCES users (id),
    project_id INTEGER UNIQUE REFERENCES projects (id) ON DELETE SET NULL,
    state      TEXT    NOT NULL CHECK (state IN ('free', 'allocated', 'cleaning')),
    free_since INTEGER NOT NULL
) STRICT;
CREATE INDEX visitor_slots_free ON visitor_slots (free_since, number) WHERE state = 'free';

-- One browser session's hold on a slot; active until released_at is set.
CREATE TABLE visitor_allocations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    slot_number      INTEGER NOT NULL REFERENCES visitor_slots (number) ON DELETE CASCADE,
    project_id       INTEGER NOT NULL,
    token_sha256     BLOB    NOT NULL UNIQUE,
    allocated_at     INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    released_at      INTEGER,
    release_reason   TEXT CHECK (release_reason IN ('signed_up', 'logged_in', 'expired', 'reset'))
) STRICT;
CREATE UNIQUE INDEX visitor_allocations_active ON visitor_allocations (slot_number) WHERE released_at IS NULL;
CREATE INDEX visitor_allocations_due ON visitor_allocations (expires_at) WHERE released_at IS NULL;

-- The four tables that decide who may do what (this one, users, projects, visitor_allocations) have row ids, because
-- SQLite reports changes only of such tables; src/storage/database.rs counts on it.

-- Browser sessions. A member's has user_id, a visitor's the three visitor_ values.
CREATE TABLE sessions (
    id_sha256                       BLOB PRIMARY KEY,
    user_id                         INTEGER REFERENCES users (id) ON DELETE CASCADE,
    visitor_user_id                 INTEGER REFERENCES users (id) ON DELETE SET NULL,
    visitor_project_id              INTEGER REFERENCES projects (id) ON DELETE SET NULL,
    visitor_allocation_token_sha256 BLOB,
    created_at                      INTEGER NOT NULL,
    expires_at                      INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_due ON sessions (expires_at);
CREATE INDEX sessions_project ON sessions (visitor_project_id) WHERE visitor_project_id IS NOT NULL;

-- One row for each text file that was ever opened in the page: how far its journal goes,
-- and which state of it the .tex file had when we last wrote or read it.
CREATE TABLE texts (
    project_id      INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path            TEXT    NOT NULL,     -- relative to scitex/writer
    version         INTEGER NOT NULL,
    flushed_version INTEGER NOT NULL,
    flushed_sha256  BLOB    NOT NULL,
    PRIMARY KEY (project_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX texts_lagging ON texts (project_id, path) WHERE flushed_version < version;

-- The journal: version n is what this change set makes of version n - 1.
-- Version 1 is the text as it was found; it has no change set but a full text in versions.
CREATE TABLE changes (
    project_id INTEGER NOT NULL,
    path       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    author     TEXT    NOT NULL,          -- a username, or 'disk' for another program
    at         INTEGER NOT NULL,
    added      INTEGER NOT NULL,          -- UTF-16 units
    removed    INTEGER NOT NULL,
    change_set TEXT,                      -- CodeMirror's JSON form
    PRIMARY KEY (project_id, path, version),
    FOREIGN KEY (project_id, path) REFERENCES texts (project_id, path) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;

-- Full texts at some versions, so that no journal has to be replayed from its beginning.
CREATE TABLE versions (
    project_id INTEGER NOT NULL,
    path       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    content    TEXT    NOT NULL,
    PRIMARY KEY (project_id, path, version),
    FOREIGN KEY (project_id, path) REFERENCES texts (project_id, path) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT;
