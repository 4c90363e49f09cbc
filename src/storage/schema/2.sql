-- Sharing, presence and the bin.
ALTER TABLE projects ADD COLUMN bin_of INTEGER REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX projects_bin ON projects (bin_of) WHERE bin_of IS NOT NULL;

-- Links by which whoever has one may join a project.
CREATE TABLE project_links (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id   INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    role         TEXT    NOT NULL CHECK (role IN ('editor', 'viewer')),
    token_sha256 BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,                 -- NULL: until it is revoked
    uses         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX project_links_project ON project_links (project_id);

-- Who takes part in a project besides its owner: an account, or a visitor by their browser session. A slot's user has
-- no rights of its own, so that the slot's next tenant inherits none.
CREATE TABLE project_members (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id     INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id        INTEGER REFERENCES users (id) ON DELETE CASCADE,
    session_sha256 BLOB REFERENCES sessions (id_sha256) ON DELETE CASCADE,
    link_id        INTEGER REFERENCES project_links (id) ON DELETE SET NULL, -- by which a visitor came
    role           TEXT    NOT NULL CHECK (role IN ('editor', 'viewer')),
    joined_at      INTEGER NOT NULL,
    UNIQUE (project_id, user_id),
    UNIQUE (project_id, session_sha256),
    CHECK ((user_id IS NULL) <> (session_sha256 IS NULL))
) STRICT;
CREATE INDEX project_members_user ON project_members (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX project_members_session ON project_members (session_sha256) WHERE session_sha256 IS NOT NULL;

-- Who was in which section a moment ago. Presence lives in memory; this is written behind for the next start.
CREATE TABLE writer_presence (
    user_id         INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id      INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    current_section TEXT,                 -- manuscript/abstract; NULL: in none
    last_seen       INTEGER NOT NULL,
    is_active       INTEGER NOT NULL,     -- 0 once they have gone
    PRIMARY KEY (user_id, project_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX writer_presence_project ON writer_presence (project_id);
