-- The SIP messages of calls, compressed: see signalling.go. SQLite keeps any bytes in a column of any type.

-- +goose Up
CREATE TABLE signalling (
    call     TEXT   NOT NULL PRIMARY KEY,
    began    BIGINT NOT NULL, -- the first message
    messages BYTEA  NOT NULL
);
CREATE INDEX signalling_began ON signalling (began, call);

-- +goose Down
DROP INDEX signalling_began;
DROP TABLE signalling;
