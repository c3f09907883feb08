-- At which site a token lets register.
ALTER TABLE initial_access_tokens ADD COLUMN site TEXT NOT NULL DEFAULT 'main';
-- When what applications are told of the person changed last; 0: not since there is this column.
ALTER TABLE accounts ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
-- Ids that no site gets again: what belonged to one would be another's.
CREATE TABLE removed_sites (
    id TEXT PRIMARY KEY,
    removed_at BIGINT NOT NULL
);
