-- +goose Up
-- Queues that have been opened or closed by hand; those that follow their hours are not here.
CREATE TABLE queue_switches (
    queue      TEXT   NOT NULL PRIMARY KEY,
    state      TEXT   NOT NULL, -- open, closed
    changed_by TEXT   NOT NULL, -- the account; empty: unknown
    changed    BIGINT NOT NULL
);
-- JSON: the place in line that a call keeps. Empty: the call is due by the clock.
ALTER TABLE owed_calls ADD COLUMN place TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE owed_calls DROP COLUMN place;
DROP TABLE queue_switches;
