-- +goose Up
CREATE TABLE bindings (
    id         TEXT   NOT NULL PRIMARY KEY,
    account    TEXT   NOT NULL,
    uri        TEXT   NOT NULL,
    transport  TEXT   NOT NULL,
    target     TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    instance   TEXT   NOT NULL,
    user_agent TEXT   NOT NULL,
    call_id    TEXT   NOT NULL,
    cseq       BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE bindings;
