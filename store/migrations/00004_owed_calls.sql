-- +goose Up
CREATE TABLE owed_calls (
    id        TEXT    NOT NULL PRIMARY KEY,
    account   TEXT    NOT NULL, -- who is called
    context   TEXT    NOT NULL, -- what is run when they answer
    language  TEXT    NOT NULL,
    shown     TEXT    NOT NULL, -- the number on their display
    variables TEXT    NOT NULL, -- JSON: {"name": "value"}
    hours     TEXT    NOT NULL, -- when they may be called: 09:00-20:00; empty: at any time
    zone      TEXT    NOT NULL, -- the time zone of hours
    tries     INTEGER NOT NULL,
    pause     BIGINT  NOT NULL, -- between two tries
    ring      BIGINT  NOT NULL,
    call      TEXT    NOT NULL, -- the conversation in which it was promised
    agent     TEXT    NOT NULL,
    queue     TEXT    NOT NULL,
    created   BIGINT  NOT NULL,
    due       BIGINT  NOT NULL,
    state     TEXT    NOT NULL, -- waiting, dialling, answered, done, failed, cancelled
    attempts  INTEGER NOT NULL,
    node      TEXT    NOT NULL, -- which hatif is calling
    lease     BIGINT  NOT NULL, -- until when nobody else may
    cause     TEXT    NOT NULL, -- why the last try failed
    placed    TEXT    NOT NULL, -- the conversation that came of it
    answered  BIGINT  NOT NULL,
    ended     BIGINT  NOT NULL
);
CREATE INDEX owed_calls_state ON owed_calls (state, due);
CREATE INDEX owed_calls_created ON owed_calls (created, id);

-- +goose Down
DROP TABLE owed_calls;
