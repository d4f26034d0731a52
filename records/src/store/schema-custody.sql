-- Who handed a unit to whom: both were signed in.
CREATE TABLE custody (
    id       INTEGER PRIMARY KEY,
    unit     TEXT NOT NULL REFERENCES units (serial),
    at_ms    INTEGER NOT NULL,
    giver    INTEGER NOT NULL REFERENCES sessions (id),
    receiver INTEGER NOT NULL REFERENCES sessions (id),
    place    TEXT NOT NULL,
    note     TEXT NOT NULL                  -- may be empty
) STRICT;
CREATE INDEX custody_of_unit ON custody (unit);

-- A unit that died in service is destroyed without having been wiped.
DROP TRIGGER unit_goes_its_way;
CREATE TRIGGER unit_goes_its_way BEFORE UPDATE OF state ON units
    WHEN NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state NOT IN (
        'blank in-progress', 'blank quarantined',
        'in-progress provisioned', 'in-progress quarantined', 'in-progress decommissioned',
        'provisioned in-repair', 'provisioned decommissioned', 'provisioned destroyed',
        'quarantined in-repair', 'quarantined decommissioned', 'quarantined destroyed',
        'in-repair in-progress', 'in-repair quarantined', 'in-repair decommissioned',
        'in-repair destroyed',
        'decommissioned destroyed')
    BEGIN SELECT RAISE(ABORT, 'no such way in the life of a unit'); END;
