-- Keys that sign people in without a password (WebAuthn). The private halves never leave the devices.
create table passkeys (
  passkey_id uuid primary key,
  user_id uuid not null references accounts on delete cascade,
  -- as the authenticator names it, base64url
  credential_id text not null unique,
  public_key bytea not null,
  -- signatures made so far, as the authenticator counts them; 0 for those that do not
  counter bigint not null check (counter >= 0),
  transports text[] not null default '{}',
  name text not null check (length(name) between 1 and 60),
  -- kept in a cloud, so that it comes along to the next device
  synced boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_by_user on passkeys (user_id, passkey_id);

-- What an authenticator is asked to sign: once, and soon. user_id is set while somebody adds a passkey, null for a sign-in.
create table passkey_challenges (
  challenge_hash bytea primary key,
  user_id uuid references accounts on delete cascade,
  expires_at timestamptz not null
);
create index passkey_challenges_by_end on passkey_challenges (expires_at);

-- safe: the check is only wider than before, and holds for every row
alter table sessions drop constraint sessions_method_check;
alter table sessions add constraint sessions_method_check check (method in ('password', 'mfa', 'passkey', 'provider')) not valid;
