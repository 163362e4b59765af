-- Figures of days that are over, added up from queue_events and ratings, and what people have decided about recordings.

-- +goose Up
CREATE TABLE figure_days (
    zone    TEXT    NOT NULL, -- whose days these are
    day     TEXT    NOT NULL, -- 2026-11-23
    began   BIGINT  NOT NULL,
    ended   BIGINT  NOT NULL,
    rolled  BIGINT  NOT NULL, -- when it was added up
    settled BOOLEAN NOT NULL, -- nothing that is still to come belongs to it
    hours   BYTEA   NOT NULL, -- figures by hour, as queue/history encodes them
    whole   BYTEA   NOT NULL, -- the same of the whole day
    ratings BYTEA   NOT NULL, -- ratings by hour
    rated   BYTEA   NOT NULL, -- ratings of the whole day
    PRIMARY KEY (zone, day)
);
CREATE INDEX figure_days_ended ON figure_days (ended);

CREATE TABLE recording_marks (
    name    TEXT   NOT NULL PRIMARY KEY, -- below the folder of recordings
    call    TEXT   NOT NULL, -- the conversation; empty: retention condemned it, which does not know
    held    BIGINT NOT NULL, -- since when no retention deletes it; 0: it does
    held_by TEXT   NOT NULL,
    gone    BIGINT NOT NULL, -- when it was decided to delete it; 0: not
    gone_by TEXT   NOT NULL, -- an account, or the rule of retention
    removed BIGINT NOT NULL  -- when the file was removed; 0: it is there, or nobody has looked
);
CREATE INDEX recording_marks_held ON recording_marks (call) WHERE held <> 0;
CREATE INDEX recording_marks_half ON recording_marks (gone) WHERE gone <> 0 AND removed = 0;

CREATE INDEX calls_recorded ON calls (began, id) WHERE recordings <> 'null' AND recordings <> '[]';
CREATE INDEX ratings_poor ON ratings (created, given_in, call) WHERE answered AND rating < 5;

-- +goose Down
DROP INDEX ratings_poor;
DROP INDEX calls_recorded;
DROP TABLE recording_marks;
DROP TABLE figure_days;
