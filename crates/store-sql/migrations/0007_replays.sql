-- What may be presented once: the `jti` of client assertions and DPoP proofs, hashed with whose it is. The key begins with the end of
-- its life, which is the same for every copy of one token, so that the rows lie in the order in which they go.
CREATE TABLE replays (
    expires_at BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (expires_at, hash)
);
