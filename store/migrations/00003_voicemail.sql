-- +goose Up
CREATE TABLE messages (
    id            TEXT    NOT NULL PRIMARY KEY,
    mailbox       TEXT    NOT NULL,
    folder        TEXT    NOT NULL, -- new, old, work, …
    urgent        BOOLEAN NOT NULL,
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    call          TEXT    NOT NULL, -- the conversation that left it
    forwarded_by  TEXT    NOT NULL, -- the mailbox that sent it on
    received      BIGINT  NOT NULL,
    duration      BIGINT  NOT NULL,
    heard         BIGINT  NOT NULL, -- for the first time; 0: never
    deleted       BIGINT  NOT NULL, -- 0: not; the row and the file go some days later
    file          TEXT    NOT NULL  -- below the folder of messages
);
CREATE INDEX messages_mailbox ON messages (mailbox, deleted, folder, received, id);
CREATE INDEX messages_deleted ON messages (deleted) WHERE deleted <> 0;

-- PINs that people have set by phone; those in the file are not here.
CREATE TABLE mailbox_pins (
    mailbox TEXT   NOT NULL PRIMARY KEY,
    hash    TEXT   NOT NULL,
    in_file TEXT   NOT NULL, -- a hash of what the file said then: a PIN that is changed there counts again
    changed BIGINT NOT NULL
);

-- +goose Down
DROP TABLE mailbox_pins;
DROP TABLE messages;
