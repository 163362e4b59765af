-- +goose Up
CREATE TABLE ratings (
    given_in      TEXT    NOT NULL, -- the conversation in which it was asked for
    call          TEXT    NOT NULL, -- the conversation that is rated
    created       BIGINT  NOT NULL,
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    queue         TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    answered      BOOLEAN NOT NULL,
    rating        INTEGER NOT NULL, -- 0 where it was not answered
    PRIMARY KEY (given_in, call)
);
CREATE INDEX ratings_created ON ratings (created, given_in, call);
CREATE INDEX ratings_agent ON ratings (agent, created) WHERE agent <> '';

-- +goose Down
DROP TABLE ratings;
