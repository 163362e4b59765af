-- What other programs are told and may ask for: the events in the order in which they became known, how far each
-- webhook has come in them, and the tokens by which programs log on.

-- +goose Up
CREATE TABLE events (
    id   BIGINT NOT NULL PRIMARY KEY, -- without gaps, in the order of the commits
    node TEXT   NOT NULL, -- which hatif it happened on
    at   BIGINT NOT NULL, -- when it was written
    kind TEXT   NOT NULL,
    data TEXT   NOT NULL  -- JSON
);

CREATE TABLE webhooks (
    node      TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    event     BIGINT NOT NULL, -- the last event that it was told of, or did not want
    succeeded BIGINT NOT NULL, -- when it took one last; 0: never
    failing   BIGINT NOT NULL, -- since when it takes none; 0: it does
    PRIMARY KEY (node, name)
);

CREATE TABLE api_tokens (
    hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of what the program holds
    name    TEXT   NOT NULL UNIQUE,
    role    TEXT   NOT NULL,
    person  TEXT   NOT NULL, -- the user of the file for whom it works; '': nobody
    creator TEXT   NOT NULL, -- the account that made it
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- 0: never
    used    BIGINT NOT NULL  -- last; 0: never
);

-- +goose Down
DROP TABLE api_tokens;
DROP TABLE webhooks;
DROP TABLE events;
