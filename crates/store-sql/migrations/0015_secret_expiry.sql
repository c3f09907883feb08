-- When a provider's secret ends, where an operator has said so: some vendors' secrets live for half a year.
ALTER TABLE social_applications ADD COLUMN secret_expires_at BIGINT;
