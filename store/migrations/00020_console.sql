-- Who may log on to the console, who has, and what they did.

-- +goose Up
CREATE TABLE console_accounts (
    name     TEXT    NOT NULL PRIMARY KEY,
    role     TEXT    NOT NULL,
    person   TEXT    NOT NULL, -- the user of the file whose account it is; '': nobody's
    password TEXT    NOT NULL, -- argon2id, in the PHC string format
    once     BOOLEAN NOT NULL, -- the password is good for one log-on, at which another is chosen
    language TEXT    NOT NULL, -- '': the browser's
    created  BIGINT  NOT NULL,
    changed  BIGINT  NOT NULL
);

CREATE TABLE console_sessions (
    token   TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of what the browser holds
    account TEXT   NOT NULL,
    began   BIGINT NOT NULL,
    seen    BIGINT NOT NULL
);
CREATE INDEX console_sessions_account ON console_sessions (account);

CREATE TABLE audit (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    account TEXT   NOT NULL,
    remote  TEXT   NOT NULL, -- where the browser is
    action  TEXT   NOT NULL, -- one word
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);

-- The message that was left with a rating is found by its conversation.
CREATE INDEX messages_call ON messages (call) WHERE call <> '';

-- +goose Down
DROP INDEX messages_call;
DROP TABLE audit;
DROP TABLE console_sessions;
DROP TABLE console_accounts;
