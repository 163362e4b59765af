-- Times are microseconds since 1970 in UTC, 0 for never; durations are microseconds.
-- One file serves SQLite and PostgreSQL: only types and syntax that both know.

-- +goose Up
CREATE TABLE calls (
    id            TEXT    NOT NULL PRIMARY KEY,
    node          TEXT    NOT NULL,
    began         BIGINT  NOT NULL,
    answered      BIGINT  NOT NULL,
    connected     BIGINT  NOT NULL,
    ended         BIGINT  NOT NULL,
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    called        TEXT    NOT NULL,
    context       TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    queue         TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    result        TEXT    NOT NULL,
    cause         TEXT    NOT NULL,
    cause_q850    INTEGER NOT NULL,
    cause_sip     INTEGER NOT NULL,
    cause_text    TEXT    NOT NULL,
    path          TEXT    NOT NULL, -- JSON: [{"at": "...", "text": "menu welcome"}, ...]
    recordings    TEXT    NOT NULL  -- JSON: ["...wav", ...]
);
CREATE INDEX calls_began ON calls (began, id);
CREATE INDEX calls_caller ON calls (caller_number, began);
CREATE INDEX calls_called ON calls (called, began);
CREATE INDEX calls_result ON calls (result, began);
CREATE INDEX calls_agent ON calls (agent, began) WHERE agent <> '';
CREATE INDEX calls_queue ON calls (queue, began) WHERE queue <> '';

CREATE TABLE legs (
    call             TEXT             NOT NULL,
    position         INTEGER          NOT NULL, -- 0 is the caller's
    id               TEXT             NOT NULL,
    account          TEXT             NOT NULL,
    number           TEXT             NOT NULL,
    name             TEXT             NOT NULL,
    inbound          BOOLEAN          NOT NULL,
    call_id          TEXT             NOT NULL,
    remote           TEXT             NOT NULL,
    device           TEXT             NOT NULL,
    began            BIGINT           NOT NULL,
    rang             BIGINT           NOT NULL,
    answered         BIGINT           NOT NULL,
    ended            BIGINT           NOT NULL,
    cause            TEXT             NOT NULL,
    cause_q850       INTEGER          NOT NULL,
    cause_sip        INTEGER          NOT NULL,
    cause_text       TEXT             NOT NULL,
    hung_up_by       TEXT             NOT NULL,
    codec            TEXT             NOT NULL,
    packets_sent     BIGINT           NOT NULL,
    packets_received BIGINT           NOT NULL,
    packets_lost     BIGINT           NOT NULL,
    packets_rejected BIGINT           NOT NULL,
    jitter           BIGINT           NOT NULL,
    max_jitter       BIGINT           NOT NULL,
    round_trip       BIGINT           NOT NULL,
    mos              DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (call, position)
);

-- Calls in progress, as far as they had come: what a killed process leaves behind of them.
CREATE TABLE running (
    id    TEXT   NOT NULL PRIMARY KEY,
    node  TEXT   NOT NULL,
    call  TEXT   NOT NULL -- JSON of the whole call
);

-- +goose Down
DROP TABLE running;
DROP TABLE legs;
DROP TABLE calls;
