INSERT INTO accounts (id, subject, name, locale, created_at, disabled_at) VALUES ($1, $2, $3, $4, $5, $6);

SELECT id, subject, name, locale, created_at, disabled_at FROM accounts WHERE id = $1;

UPDATE accounts SET disabled_at = disabled_at WHERE id = $1
    RETURNING id, subject, name, locale, created_at, disabled_at;

SELECT a.id, a.subject, a.name, a.locale, a.created_at, a.disabled_at,
    e.canonical, e.address, e.account_id, e.verified_at
    FROM account_emails e JOIN accounts a ON a.id = e.account_id WHERE e.canonical = $1;

SELECT canonical, address, account_id, verified_at FROM account_emails WHERE account_id = $1 ORDER BY position, canonical;

INSERT INTO account_emails (canonical, address, account_id, verified_at, position)
    SELECT $1, $2, $3, $4, COALESCE(MAX(position), 0) + 1 FROM account_emails WHERE account_id = $3
    ON CONFLICT (canonical) DO NOTHING;

UPDATE account_emails SET verified_at = COALESCE(verified_at, $3) WHERE canonical = $2 AND account_id = $1;

DELETE FROM account_emails WHERE canonical = $2 AND account_id = $1;

UPDATE accounts SET name = $2, locale = $3 WHERE id = $1;

UPDATE accounts SET disabled_at = $2 WHERE id = $1;

SELECT COUNT(*) FROM accounts;

SELECT audience, name, scope, access_token_lifetime, token_type, signing_alg FROM apis WHERE audience = $1;

SELECT audience, name, scope, access_token_lifetime, token_type, signing_alg FROM apis ORDER BY audience;

INSERT INTO apis (audience, name, scope, access_token_lifetime, token_type, signing_alg) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (audience) DO UPDATE SET name = excluded.name, scope = excluded.scope,
    access_token_lifetime = excluded.access_token_lifetime, token_type = excluded.token_type, signing_alg = excluded.signing_alg;

DELETE FROM apis WHERE audience = $1;

SELECT client_id, name, profile, kind, authentication, secret_hashes, redirect_uris, post_logout_redirect_uris,
    origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at
    FROM applications WHERE client_id = $1;

SELECT client_id, name, profile, kind, authentication, secret_hashes, redirect_uris, post_logout_redirect_uris,
    origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at
    FROM applications ORDER BY name, client_id;

INSERT INTO applications (client_id, name, profile, kind, authentication, secret_hashes, redirect_uris,
    post_logout_redirect_uris, origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, profile = excluded.profile, kind = excluded.kind,
    authentication = excluded.authentication, secret_hashes = excluded.secret_hashes, redirect_uris = excluded.redirect_uris,
    post_logout_redirect_uris = excluded.post_logout_redirect_uris, origins = excluded.origins, grant_types = excluded.grant_types,
    scope = excluded.scope, default_audience = excluded.default_audience, id_token_alg = excluded.id_token_alg,
    first_party = excluded.first_party, disabled_at = excluded.disabled_at, created_at = excluded.created_at;

DELETE FROM applications WHERE client_id = $1;

SELECT origins FROM applications WHERE disabled_at IS NULL AND replace(origins, $1, '') <> origins;

INSERT INTO audit_events (id, at, kind, account_id, client_id, address, detail) VALUES ($1, $2, $3, $4, $5, $6, $7);

SELECT id, at, kind, account_id, client_id, address, detail FROM audit_events ORDER BY id DESC LIMIT $1;

INSERT INTO authorization_codes (id, secret_hash, client_id, redirect_uri, redirect_uri_was_sent, code_challenge,
    scope, resource, nonce, account_id, session_id, auth_time, amr, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

SELECT id, secret_hash, client_id, redirect_uri, redirect_uri_was_sent, code_challenge, scope, resource, nonce,
    account_id, session_id, auth_time, amr, expires_at FROM authorization_codes WHERE id = $1;

UPDATE authorization_codes
    SET redeemed_by = COALESCE(redeemed_by, $3), family_id = COALESCE(family_id, $2)
    WHERE id = $1 AND (redeemed_by IS NOT NULL OR expires_at > $4) RETURNING redeemed_by, family_id;

DELETE FROM authorization_codes WHERE session_id = $1 AND redeemed_by IS NULL;

INSERT INTO authorization_transactions (id, browser_hash, purpose, client_id, parameters, decision, decided_by,
    created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

SELECT id, browser_hash, purpose, client_id, parameters, decision, decided_by, created_at, expires_at
    FROM authorization_transactions WHERE id = $1 AND browser_hash = $2 AND expires_at > $3;

UPDATE authorization_transactions SET decision = $3, decided_by = $4
    WHERE id = $1 AND browser_hash = $2 AND (decision = 'pending' OR decided_by <> $4) AND expires_at > $5;

DELETE FROM authorization_transactions WHERE id = $1 AND browser_hash = $2 AND expires_at > $3;

INSERT INTO browser_sessions (id, secret_hash, account_id, auth_time, amr, provider, user_agent, created_at, seen_at,
    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

SELECT id, secret_hash, account_id, auth_time, amr, provider, user_agent, created_at, seen_at, expires_at
    FROM browser_sessions WHERE id = $1 AND expires_at > $2;

UPDATE browser_sessions SET seen_at = $2 WHERE id = $1 AND seen_at <= $3;

SELECT id, secret_hash, account_id, auth_time, amr, provider, user_agent, created_at, seen_at, expires_at
    FROM browser_sessions WHERE account_id = $1 AND expires_at > $2 ORDER BY id DESC;

DELETE FROM browser_sessions WHERE id = $1;

DELETE FROM browser_sessions WHERE account_id = $1 AND COALESCE(id <> $2, TRUE);

SELECT account_id, client_id, resource, scope, given_at FROM consents
    WHERE account_id = $1 AND client_id = $2 AND resource = $3;

SELECT account_id, client_id, resource, scope, given_at FROM consents WHERE account_id = $1
    ORDER BY client_id, resource;

INSERT INTO consents (account_id, client_id, resource, scope, given_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id, client_id, resource) DO UPDATE SET scope = excluded.scope, given_at = excluded.given_at;

DELETE FROM consents WHERE account_id = $1 AND client_id = $2;

DELETE FROM consents WHERE account_id = $1;

INSERT INTO denied_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING;

SELECT jti FROM denied_tokens WHERE jti = $1;

INSERT INTO email_verifications (id, secret_hash, code_hash, browser_hash, account_id, canonical, failures,
    expires_at, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)
    ON CONFLICT (account_id, canonical) DO UPDATE SET id = excluded.id, secret_hash = excluded.secret_hash,
    code_hash = excluded.code_hash, browser_hash = excluded.browser_hash, failures = excluded.failures,
    expires_at = excluded.expires_at, spent_at = NULL;

SELECT id, secret_hash, code_hash, browser_hash, account_id, canonical, failures, expires_at
    FROM email_verifications WHERE browser_hash = $1 AND spent_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 1;

SELECT id, secret_hash, code_hash, browser_hash, account_id, canonical, failures, expires_at
    FROM email_verifications WHERE id = $1 AND secret_hash = $2 AND spent_at IS NULL AND expires_at > $3;

UPDATE email_verifications SET spent_at = $3
    WHERE id = $1 AND secret_hash = $2 AND spent_at IS NULL AND expires_at > $3 RETURNING account_id, canonical, failures, spent_at;

UPDATE email_verifications SET
    spent_at = CASE WHEN code_hash = $3 THEN $4 ELSE NULL END,
    failures = CASE WHEN code_hash = $3 THEN failures ELSE failures + 1 END
    WHERE id = $1 AND browser_hash = $2 AND spent_at IS NULL AND expires_at > $4 AND failures < $5
    RETURNING account_id, canonical, failures, spent_at;

DELETE FROM authorization_transactions WHERE id IN
    (SELECT id FROM authorization_transactions WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM authorization_codes WHERE id IN
    (SELECT id FROM authorization_codes WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM token_families WHERE id IN
    (SELECT id FROM token_families WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM browser_sessions WHERE id IN
    (SELECT id FROM browser_sessions WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM upstream_logins WHERE id IN
    (SELECT id FROM upstream_logins WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM email_verifications WHERE id IN
    (SELECT id FROM email_verifications WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM password_resets WHERE id IN
    (SELECT id FROM password_resets WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2);

DELETE FROM denied_tokens WHERE jti IN
    (SELECT jti FROM denied_tokens WHERE expires_at <= $1 ORDER BY expires_at, jti LIMIT $2);

DELETE FROM throttles WHERE window_ends_at <= $1 AND key IN
    (SELECT key FROM throttles WHERE window_ends_at <= $1 ORDER BY window_ends_at, key LIMIT $2);

DELETE FROM signing_keys WHERE kid IN
    (SELECT kid FROM signing_keys WHERE retired_at <= $1 ORDER BY retired_at, kid LIMIT $2);

INSERT INTO facts (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = facts.value RETURNING value;

SELECT value FROM facts WHERE name = $1;

SELECT version FROM versions WHERE name = $1;

INSERT INTO versions (name, version) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET version = versions.version + 1 RETURNING version;

SELECT account_id, hash, normalization, changed_at FROM passwords WHERE account_id = $1;

INSERT INTO passwords (account_id, hash, normalization, changed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, normalization = excluded.normalization, changed_at = excluded.changed_at;

UPDATE passwords SET hash = $3 WHERE account_id = $1 AND hash = $2;

DELETE FROM passwords WHERE account_id = $1;

INSERT INTO password_resets (account_id, id, secret_hash, canonical, expires_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, secret_hash = excluded.secret_hash, canonical = excluded.canonical,
    expires_at = excluded.expires_at;

SELECT id, secret_hash, account_id, canonical, expires_at FROM password_resets
    WHERE id = $1 AND secret_hash = $2 AND expires_at > $3;

DELETE FROM password_resets WHERE id = $1 AND secret_hash = $2 AND expires_at > $3
    RETURNING id, secret_hash, account_id, canonical, expires_at;

DELETE FROM password_resets WHERE account_id = $1;

SELECT provider, issuer, subject, account_id, email, created_at, used_at FROM provider_links
    WHERE provider = $1 AND issuer = $2 AND subject = $3;

INSERT INTO provider_links (provider, issuer, subject, account_id, email, created_at, used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (provider, issuer, subject) DO NOTHING;

UPDATE provider_links SET email = $4, used_at = $5 WHERE provider = $1 AND issuer = $2 AND subject = $3;

SELECT provider, issuer, subject, account_id, email, created_at, used_at FROM provider_links
    WHERE account_id = $1 ORDER BY created_at, provider, issuer, subject;

DELETE FROM provider_links WHERE account_id = $1 AND provider = $2;

DELETE FROM provider_links WHERE account_id = $1;

SELECT kid, alg, sealed_private_key, public_jwk, created_at, signs_from, retired_at FROM signing_keys
    WHERE retired_at IS NULL OR retired_at > $1 ORDER BY created_at, kid;

INSERT INTO signing_keys (kid, alg, sealed_private_key, public_jwk, created_at, signs_from, retired_at, first_of)
    SELECT $1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN $2 ELSE NULL END
    WHERE NOT $8 OR NOT EXISTS (SELECT 1 FROM signing_keys WHERE alg = $2 AND (retired_at IS NULL OR retired_at > $5))
    ON CONFLICT DO NOTHING;

UPDATE signing_keys SET retired_at = $3, first_of = NULL
    WHERE alg = $1 AND created_at < $2 AND (retired_at IS NULL OR retired_at > $3);

INSERT INTO throttles (key, attempts, window_ends_at) VALUES ($1, 1, $3)
    ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN throttles.window_ends_at <= $2 THEN 1 ELSE throttles.attempts + 1 END,
    window_ends_at = CASE WHEN throttles.window_ends_at <= $2 THEN $3 ELSE throttles.window_ends_at END
    RETURNING attempts, window_ends_at;

DELETE FROM throttles WHERE key = $1;

INSERT INTO token_families (id, client_id, account_id, session_id, offline, scope, resource, auth_time, amr, created_at, expires_at, revoked_at,
    revoked_because, generation, hash_current, hash_previous, salt, rotated_at, idle_expires_at, key_version, request_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

SELECT id, client_id, account_id, session_id, offline, scope, resource, auth_time, amr, created_at, expires_at, revoked_at,
    revoked_because, generation, hash_current, hash_previous, salt, rotated_at, idle_expires_at, key_version, request_hash FROM token_families WHERE id = $1;

SELECT id, client_id, account_id, session_id, offline, scope, resource, auth_time, amr, created_at, expires_at, revoked_at,
    revoked_because, generation, hash_current, hash_previous, salt, rotated_at, idle_expires_at, key_version, request_hash FROM token_families WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC;

UPDATE token_families SET
    generation = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN generation + 1 ELSE generation END,
    hash_current = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $5 ELSE hash_current END,
    hash_previous = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN hash_current ELSE hash_previous END,
    salt = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $6 ELSE salt END,
    rotated_at = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $9 ELSE rotated_at END,
    idle_expires_at = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $10 ELSE idle_expires_at END,
    key_version = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $7 ELSE key_version END,
    request_hash = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND generation = $3 AND hash_current = $4 THEN $8 ELSE request_hash END,
    revoked_at = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND NOT (generation = $3 AND hash_current = $4)
    AND NOT (generation = $3 + 1 AND hash_previous = $4 AND rotated_at >= $11) THEN $9 ELSE revoked_at END,
    revoked_because = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND NOT (generation = $3 AND hash_current = $4)
    AND NOT (generation = $3 + 1 AND hash_previous = $4 AND rotated_at >= $11) THEN 'refresh_reuse' ELSE revoked_because END,
    revoked_by = CASE WHEN revoked_at IS NULL AND expires_at > $9 AND idle_expires_at > $9 AND NOT (generation = $3 AND hash_current = $4)
    AND NOT (generation = $3 + 1 AND hash_previous = $4 AND rotated_at >= $11) THEN $6 ELSE revoked_by END
    WHERE id = $1 AND client_id = $2 AND generation IS NOT NULL RETURNING id, client_id, account_id, session_id, offline, scope, resource, auth_time, amr, created_at, expires_at, revoked_at,
    revoked_because, generation, hash_current, hash_previous, salt, rotated_at, idle_expires_at, key_version, request_hash, revoked_by;

UPDATE token_families SET revoked_at = $3, revoked_because = $2 WHERE id = $1 AND revoked_at IS NULL;

UPDATE token_families SET revoked_at = $3, revoked_because = $2
    WHERE session_id = $1 AND NOT offline AND revoked_at IS NULL;

UPDATE token_families SET session_id = $2 WHERE session_id = $1 AND revoked_at IS NULL;

UPDATE token_families SET revoked_at = $4, revoked_because = $3
    WHERE account_id = $1 AND COALESCE(client_id = $2, TRUE) AND revoked_at IS NULL;

UPDATE token_families SET revoked_at = $3, revoked_because = $2
    WHERE client_id = $1 AND revoked_at IS NULL;

INSERT INTO upstream_logins (id, provider, state_hash, browser_hash, purpose, account_id, sealed_pending, next,
    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

DELETE FROM upstream_logins WHERE id = $1 AND provider = $2 AND state_hash = $3 AND browser_hash = $4 AND expires_at > $5
    RETURNING id, provider, state_hash, browser_hash, purpose, account_id, sealed_pending, next, expires_at;
