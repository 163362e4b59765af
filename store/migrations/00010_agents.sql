-- +goose Up
-- What agents, or others for them, have said: it outlives a restart. The state is for those who look on.
CREATE TABLE agents (
    account      TEXT   NOT NULL PRIMARY KEY,
    pause_reason TEXT   NOT NULL, -- empty: not paused
    pause_via    TEXT   NOT NULL,
    pause_since  BIGINT NOT NULL,
    wrap_until   BIGINT NOT NULL,
    last_call    BIGINT NOT NULL,
    state        TEXT   NOT NULL, -- empty: hatif does not run
    since        BIGINT NOT NULL
);
-- Queues that they have logged on to or off from; the others are as the file says.
CREATE TABLE agent_queues (
    account   TEXT    NOT NULL,
    queue     TEXT    NOT NULL,
    logged_on BOOLEAN NOT NULL,
    via       TEXT    NOT NULL,
    since     BIGINT  NOT NULL,
    PRIMARY KEY (account, queue)
);
-- What is to be done to agents by the hatif that runs on this database.
CREATE TABLE agent_orders (
    id      TEXT   NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL,
    account TEXT   NOT NULL,
    action  TEXT   NOT NULL,
    queue   TEXT   NOT NULL,
    reason  TEXT   NOT NULL
);

-- +goose Down
DROP TABLE agent_orders;
DROP TABLE agent_queues;
DROP TABLE agents;
