PRAGMA application_id = 0x4372646c;

-- Times are milliseconds since 1970-01-01 UTC. Digests, UIDs and certificate serial numbers are
-- lower-case hexadecimal text. Enum columns hold the texts of cradle-procedure.
--
-- Entries of the audit log answer for rows by their rowid, so tables they answer for have one
-- (store/rows.rs names them).

CREATE TABLE operators (
    name        TEXT PRIMARY KEY,
    role        TEXT NOT NULL,
    password    TEXT NOT NULL,              -- Argon2id, PHC string
    added_ms    INTEGER NOT NULL,
    added_by    TEXT                        -- NULL: one of the two founders
) STRICT;

-- One row per name that failed to sign in, whether or not there is such an operator.
CREATE TABLE sign_in_failures (
    name        TEXT PRIMARY KEY,
    failures    INTEGER NOT NULL,
    failed_ms   INTEGER NOT NULL,
    wait_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    operator    TEXT NOT NULL REFERENCES operators (name),
    role        TEXT NOT NULL,
    station     TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    ended_ms    INTEGER
) STRICT;

CREATE TABLE releases (
    id          TEXT PRIMARY KEY,
    product     TEXT NOT NULL,
    version     TEXT NOT NULL,
    profile     TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    root_key_sha256 TEXT NOT NULL,
    manifest    BLOB NOT NULL,
    sbom        BLOB NOT NULL,
    imported_ms INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    retired_ms  INTEGER
) STRICT;

-- What the SBOM of each release says, to be searched.
CREATE TABLE components (
    release     TEXT NOT NULL REFERENCES releases (id),
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    purl        TEXT
) STRICT;
CREATE INDEX components_by_name ON components (name);
CREATE INDEX components_by_release ON components (release);

CREATE TABLE batches (
    id          TEXT PRIMARY KEY,
    product     TEXT NOT NULL,
    profile     TEXT NOT NULL,
    release     TEXT NOT NULL REFERENCES releases (id),
    manifest_sha256 TEXT NOT NULL,
    quota       INTEGER NOT NULL CHECK (quota > 0),
    used        INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND quota),
    serial_prefix TEXT NOT NULL,
    serial_width INTEGER NOT NULL,
    serial_first INTEGER NOT NULL,
    serial_next INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL,
    site        TEXT NOT NULL,
    state       TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES operators (name),
    requested_ms INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    ticket      BLOB                        -- signature over the approved terms, DER
) STRICT;
CREATE INDEX batches_by_release ON batches (release);

CREATE TABLE approvals (
    batch       TEXT NOT NULL REFERENCES batches (id),
    operator    TEXT NOT NULL REFERENCES operators (name),
    session     INTEGER NOT NULL REFERENCES sessions (id),
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (batch, operator)
) STRICT;

-- What one person asked for and another has to approve: exactly the terms, until it expires.
CREATE TABLE requests (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    terms       TEXT NOT NULL,              -- canonical JSON
    requested_by TEXT NOT NULL REFERENCES operators (name),
    requested_ms INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    expires_ms  INTEGER NOT NULL,
    approved_by TEXT REFERENCES operators (name),
    approved_ms INTEGER,
    approval    BLOB,                       -- signature over all of the above, DER
    used_ms     INTEGER
) STRICT;

CREATE TABLE units (
    serial      TEXT PRIMARY KEY,
    uid         TEXT NOT NULL UNIQUE,
    batch       TEXT NOT NULL REFERENCES batches (id),
    state       TEXT NOT NULL,
    reason      TEXT,                       -- why it is set aside
    bound_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX units_by_batch ON units (batch, state);

-- One attempt at a journey. Ended without a verdict: it was interrupted.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    unit        TEXT NOT NULL REFERENCES units (serial),
    journey     TEXT NOT NULL,
    slot        INTEGER,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    started_ms  INTEGER NOT NULL,
    ended_ms    INTEGER,
    verdict     TEXT,
    code        TEXT,
    detail      TEXT
) STRICT;
CREATE INDEX runs_by_unit ON runs (unit);
CREATE INDEX runs_open ON runs (unit) WHERE ended_ms IS NULL;

CREATE TABLE intents (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs (id),
    step        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX intents_by_run ON intents (run);

CREATE TABLE outcomes (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs (id),
    step        TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    verification TEXT,
    detail      TEXT NOT NULL,
    code        TEXT,
    started_ms  INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX outcomes_by_run ON outcomes (run);

CREATE TABLE certificates (
    serial_number TEXT PRIMARY KEY COLLATE NOCASE,
    unit        TEXT NOT NULL REFERENCES units (serial),
    batch       TEXT NOT NULL REFERENCES batches (id),
    public_key  BLOB NOT NULL UNIQUE,       -- SEC 1 point, uncompressed
    der         BLOB NOT NULL,
    issued_ms   INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    revoked_ms  INTEGER,
    reason      TEXT
) STRICT;
-- The device has one certificate at a time.
CREATE UNIQUE INDEX certificate_in_force ON certificates (unit) WHERE revoked_ms IS NULL;
CREATE INDEX certificates_by_unit ON certificates (unit);
CREATE INDEX certificates_revoked ON certificates (revoked_ms) WHERE revoked_ms IS NOT NULL;

CREATE TABLE crl_number (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    last        INTEGER NOT NULL
) STRICT;

CREATE TABLE sanitization_documents (
    id          INTEGER PRIMARY KEY,
    unit        TEXT NOT NULL REFERENCES units (serial),
    sha256      TEXT NOT NULL,
    complete    INTEGER NOT NULL CHECK (complete IN (0, 1)),
    at_ms       INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id)
) STRICT;
CREATE INDEX documents_by_unit ON sanitization_documents (unit);

-- The audit log: docs/audit-format.md.
CREATE TABLE audit (
    entry       INTEGER PRIMARY KEY,
    line        TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE audit_log (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    origin      TEXT NOT NULL,
    size        INTEGER NOT NULL,
    -- Roots of the complete subtrees that make up the Merkle tree, largest first: one per set bit
    -- of its size.
    frontier    BLOB NOT NULL,
    last_ms     INTEGER NOT NULL            -- the station clock must not go back behind it
) STRICT;

CREATE TABLE checkpoints (
    size        INTEGER PRIMARY KEY,
    note        TEXT NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;
