-- Accounts that change, cards, refused requests, and what two people let in.

ALTER TABLE operators ADD COLUMN temporary_ms INTEGER;  -- since then the password is one that an admin gave
ALTER TABLE operators ADD COLUMN disabled_ms INTEGER;
ALTER TABLE requests ADD COLUMN refused_by TEXT REFERENCES operators (name);
ALTER TABLE requests ADD COLUMN refused_ms INTEGER;

CREATE TABLE cards (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    operator    TEXT NOT NULL REFERENCES operators (name),
    certificate BLOB NOT NULL,              -- DER, pinned
    sha256      TEXT NOT NULL,              -- of the certificate
    enrolled_ms INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    withdrawn_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX card_in_force ON cards (sha256) WHERE withdrawn_ms IS NULL;
CREATE INDEX cards_by_operator ON cards (operator);

-- Keys that releases may be signed with.
CREATE TABLE release_keys (
    sha256      TEXT PRIMARY KEY,           -- of the SubjectPublicKeyInfo
    public_key  BLOB NOT NULL,              -- SubjectPublicKeyInfo, DER
    trusted_ms  INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    request     INTEGER NOT NULL REFERENCES requests (id)
) STRICT;

-- The files that each station was last started with.
CREATE TABLE configurations (
    station     TEXT NOT NULL,
    file        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    since_ms    INTEGER NOT NULL,
    PRIMARY KEY (station, file)
) STRICT;
