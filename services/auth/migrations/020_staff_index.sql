-- outside a transaction
-- Staff are few among all accounts: their list must not read the others.
create index concurrently if not exists accounts_staff on :"schema".accounts (created_at, user_id) where not (roles <@ array['CUSTOMER']);
