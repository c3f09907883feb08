-- What no statement looks at, as one JSON text each: what an application, an API or a grant has beside its columns, and what else is
-- known of a person. NULL in rows that the version before writes.
ALTER TABLE applications ADD COLUMN settings TEXT;
ALTER TABLE apis ADD COLUMN settings TEXT;
ALTER TABLE authorization_codes ADD COLUMN details TEXT;
ALTER TABLE token_families ADD COLUMN details TEXT;
ALTER TABLE accounts ADD COLUMN profile TEXT;
