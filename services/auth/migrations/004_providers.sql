-- Who somebody is at another company (OpenID Connect): its name for the person, never a password of theirs.
create table identities (
  provider text not null,
  subject text not null check (length(subject) between 1 and 255),
  user_id uuid not null references accounts on delete cascade,
  -- what the provider's claims gave at the last sign-in; counts in sessions only, this is for who governs accounts
  granted_roles text[] not null default '{}',
  connected_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (provider, subject),
  unique (user_id, provider)
);

-- Somebody who is at the provider right now. Comes back once, with the state in the address and the ticket in the browser's cookie.
create table provider_trips (
  state_hash bytea primary key,
  ticket_hash bytea not null,
  provider text not null,
  face text not null check (face in ('shop', 'admin')),
  -- nonce and PKCE verifier, sealed
  secrets bytea not null,
  -- set: to connect the provider with this account, not to sign in
  user_id uuid references accounts on delete cascade,
  expires_at timestamptz not null
);
create index provider_trips_by_end on provider_trips (expires_at);

-- Roles that came with the sign-in end with the session. The sealed ID token lets the provider know whom to sign out.
alter table sessions add column granted_roles text[] not null default '{}';
alter table sessions add column provider text;
alter table sessions add column id_token bytea;
alter table mfa_challenges add column granted_roles text[] not null default '{}';
alter table mfa_challenges add column provider text;
alter table mfa_challenges add column id_token bytea;
