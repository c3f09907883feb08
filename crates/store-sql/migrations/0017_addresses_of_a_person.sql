-- Whoever is looked up by a token request, introspection or userinfo is looked up with their addresses: all of them from the index. It
-- serves what account_emails_of_account does too; that one stays as long as the version before may run beside this one.
CREATE INDEX account_emails_of_person ON account_emails (account_id, position, canonical, address, verified_at);
