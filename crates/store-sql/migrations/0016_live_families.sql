-- What a person has going at an application: asked for with each sign-in, and few; those that were revoked stay for weeks, and are many
-- where somebody signs in often.
CREATE INDEX token_families_live ON token_families (account_id, client_id) WHERE revoked_at IS NULL;
