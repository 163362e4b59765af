-- +goose Up
CREATE TABLE callback_requests (
    id            TEXT   NOT NULL PRIMARY KEY,
    created       BIGINT NOT NULL,
    caller_number TEXT   NOT NULL,
    caller_name   TEXT   NOT NULL,
    number        TEXT   NOT NULL, -- as the caller keyed it in
    alternative   TEXT   NOT NULL, -- another one; empty: none
    language      TEXT   NOT NULL,
    queue         TEXT   NOT NULL,
    call          TEXT   NOT NULL, -- the conversation in which it was left
    state         TEXT   NOT NULL, -- open, taken, called back, unreachable
    changed_by    TEXT   NOT NULL, -- who did that
    changed       BIGINT NOT NULL
);
CREATE INDEX callback_requests_created ON callback_requests (created, id);
CREATE INDEX callback_requests_state ON callback_requests (state, created);

-- +goose Down
DROP TABLE callback_requests;
