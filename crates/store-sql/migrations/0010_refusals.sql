-- Refused requests, for `chabi why`: the newest few thousand, for a week. `story` is JSON.
CREATE TABLE refusals (
    request_id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    client_id TEXT,
    story TEXT NOT NULL
);
CREATE INDEX refusals_by_time ON refusals (at);
CREATE INDEX refusals_of_application ON refusals (client_id, at);
