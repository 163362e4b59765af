-- +goose Up
CREATE TABLE queue_events (
    node   TEXT   NOT NULL,
    number BIGINT NOT NULL, -- the order in which things happened on this node
    at     BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    queue  TEXT   NOT NULL, -- empty: it concerns no one queue
    call   TEXT   NOT NULL, -- the conversation; empty: none is concerned
    agent  TEXT   NOT NULL, -- empty: none is concerned
    detail TEXT   NOT NULL, -- JSON: what else is known
    PRIMARY KEY (node, number)
);
CREATE INDEX queue_events_at ON queue_events (at, node, number);
CREATE INDEX queue_events_changed ON queue_events (node, agent, number) WHERE kind = 'changed';
CREATE INDEX queue_events_runs ON queue_events (node, number) WHERE kind IN ('opened', 'closed');

-- +goose Down
DROP TABLE queue_events;
