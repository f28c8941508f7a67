-- Keys with which programs of others use the API. The secret is shown once and not here: 256 random bits, kept as their SHA-256.
create table api_keys (
  key_id uuid primary key,
  -- who made it; what it may do is never more than this account may do now, and it goes when the account is erased
  user_id uuid not null references accounts on delete cascade,
  name text not null check (length(name) between 1 and 80),
  secret_hash bytea not null check (length(secret_hash) = 32),
  permissions text[] not null check (cardinality(permissions) > 0),
  created_at timestamptz not null default now(),
  -- null: until it is revoked
  expires_at timestamptz,
  -- to some minutes
  last_used_at timestamptz,
  revoked_at timestamptz
) with (fillfactor = 80);
create index api_keys_by_user on api_keys (user_id);
create index api_keys_newest on api_keys (created_at, key_id);
