-- A check character after the counter of serial numbers: 1 or NULL.
ALTER TABLE batches ADD COLUMN serial_check INTEGER CHECK (serial_check = 1);

-- The ways of a unit's life, as in unit/life.rs (a test holds the two together). Rows may have
-- come further already than `blank` in files from before.
CREATE TRIGGER unit_begins_blank BEFORE INSERT ON units
    WHEN NEW.state <> 'blank'
    BEGIN SELECT RAISE(ABORT, 'a unit begins blank'); END;
CREATE TRIGGER unit_goes_its_way BEFORE UPDATE OF state ON units
    WHEN NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state NOT IN (
        'blank in-progress', 'blank quarantined',
        'in-progress provisioned', 'in-progress quarantined', 'in-progress decommissioned',
        'provisioned in-repair', 'provisioned decommissioned',
        'quarantined in-repair', 'quarantined decommissioned', 'quarantined destroyed',
        'in-repair in-progress', 'in-repair quarantined', 'in-repair decommissioned',
        'in-repair destroyed',
        'decommissioned destroyed')
    BEGIN SELECT RAISE(ABORT, 'no such way in the life of a unit'); END;
