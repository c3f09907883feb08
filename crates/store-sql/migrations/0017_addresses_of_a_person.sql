-- Whoever is looked up by a token request, introspection or userinfo is looked up with their addresses: all of them from the index. It
-- serves what the narrower one did.
CREATE INDEX account_emails_of_person ON account_emails (account_id, position, canonical, address, verified_at);
DROP INDEX account_emails_of_account;
