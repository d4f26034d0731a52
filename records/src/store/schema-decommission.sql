-- The signed document itself, to go on from: what it says is missing may be had days later.
ALTER TABLE sanitization_documents ADD COLUMN json BLOB;

-- What a registry outside the house has to do: forget a unit. Durable before it is told.
CREATE TABLE registry_dues (
    unit        TEXT NOT NULL REFERENCES units (serial),
    registry    TEXT NOT NULL,
    key         TEXT NOT NULL,              -- names the decommissioning, the same at every try
    owed_ms     INTEGER NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    tried_ms    INTEGER,
    code        TEXT,                       -- what went wrong last
    detail      TEXT,
    confirmed_ms INTEGER,
    evidence    TEXT,                       -- what it answered when it confirmed
    PRIMARY KEY (unit, registry)
) STRICT;
CREATE INDEX registry_dues_open ON registry_dues (unit) WHERE confirmed_ms IS NULL;
