-- Certificates of stations and servers. The CA's CRL and OCSP answers cover them as they do devices'.
CREATE TABLE tls_certificates (
    serial_number TEXT PRIMARY KEY COLLATE NOCASE,
    name        TEXT NOT NULL,              -- the first of its host names
    names       TEXT NOT NULL,              -- all of them, with spaces between
    purpose     TEXT NOT NULL CHECK (purpose IN ('server', 'client')),
    public_key  BLOB NOT NULL,              -- SEC 1 point, uncompressed
    der         BLOB NOT NULL,
    issued_ms   INTEGER NOT NULL,
    ends_ms     INTEGER NOT NULL,
    session     INTEGER NOT NULL REFERENCES sessions (id),
    revoked_ms  INTEGER,
    reason      TEXT
) STRICT;
CREATE INDEX tls_certificates_revoked ON tls_certificates (revoked_ms)
    WHERE revoked_ms IS NOT NULL;
CREATE INDEX tls_certificates_by_key ON tls_certificates (public_key);
