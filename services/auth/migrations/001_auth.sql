-- Accounts, sessions and keys. No profile data here: names, addresses and preferences belong to users.

create table accounts (
  user_id uuid primary key,
  -- as the person wrote it (trimmed), for mails
  email text not null check (length(email) between 3 and 254),
  -- what makes it unique: see email.ts
  email_key text not null unique check (email_key = lower(email_key)),
  email_verified_at timestamptz,
  -- argon2id; bcrypt of imported accounts until their next login; null: no password login
  password_hash text,
  password_changed_at timestamptz,
  roles text[] not null default '{CUSTOMER}' check (cardinality(roles) > 0),
  locale text not null default 'en',
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);
create index accounts_admins on accounts (user_id) where 'ADMIN' = any (roles) and disabled_at is null;

-- One row per login and device. A refresh token is valid while its hash is token_hash; the one before it stays
-- acceptable for seconds, for a client that lost the answer.
create table sessions (
  session_id uuid primary key,
  user_id uuid not null references accounts on delete cascade,
  method text not null check (method in ('password', 'mfa')),
  generation integer not null default 1 check (generation > 0),
  token_hash bytea not null,
  previous_hash bytea,
  rotated_at timestamptz,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  -- unused until then: ended
  expires_at timestamptz not null,
  -- ended then, however much it is used
  ends_at timestamptz not null,
  ip text not null,
  -- keyed hash of the network, to recognise a known place
  place bytea not null,
  user_agent text,
  revoked_at timestamptz,
  revoked_reason text,
  check ((revoked_at is null) = (revoked_reason is null))
) with (fillfactor = 80);
create index sessions_by_user on sessions (user_id, session_id);
create index sessions_by_end on sessions (ends_at);

-- Sessions whose access tokens may still be on their way. A row lives as long as the longest of them.
create table revoked_sessions (
  session_id uuid primary key,
  until timestamptz not null
);
create index revoked_sessions_by_end on revoked_sessions (until);

-- Keys that sign access tokens. private_key is sealed (AES-256-GCM, bound to the kid).
create table signing_keys (
  kid text primary key,
  public_jwk jsonb not null,
  private_key bytea not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  verify_until timestamptz,
  check ((retired_at is null) = (verify_until is null))
);
create unique index one_signing_key on signing_keys ((true)) where retired_at is null;

-- Attempts of one kind by one source. The row carries the rule it was counted under, so one upsert decides.
-- key is a keyed hash: no e-mail address and no IP address is stored here.
create table attempts (
  scope text not null,
  key bytea not null,
  failures integer not null,
  -- failures since the last success; reaching hard_limit blocks until a reset
  consecutive integer not null,
  window_started_at timestamptz not null default now(),
  blocked_until timestamptz,
  -- how often blocked since the last success: each block is twice as long
  blocks integer not null default 0,
  allowed integer not null check (allowed > 1),
  window_seconds integer not null,
  block_seconds integer not null,
  hard_limit integer,
  primary key (scope, key)
) with (fillfactor = 70);
create index attempts_by_start on attempts (window_started_at);

-- Links sent by mail. The secret is not here: it is derived from the id and the installation's key.
-- user_id is null for a request for an unknown address: it costs what a real one costs.
create table link_requests (
  request_id uuid primary key,
  user_id uuid references accounts on delete cascade,
  purpose text not null check (purpose in ('verify', 'reset')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index link_requests_by_user on link_requests (user_id) where used_at is null;
create index link_requests_by_end on link_requests (expires_at);

-- Second factor. last_step is the newest time step that was accepted: a code works once.
create table totp (
  user_id uuid primary key references accounts on delete cascade,
  secret bytea not null,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  last_step bigint not null default 0
);

create table recovery_codes (
  user_id uuid not null references accounts on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

-- A login whose password was right and whose second step is due.
create table mfa_challenges (
  token_hash bytea primary key,
  user_id uuid not null references accounts on delete cascade,
  expires_at timestamptz not null
);
create index mfa_challenges_by_end on mfa_challenges (expires_at);
