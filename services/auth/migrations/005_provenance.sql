-- Where a way to sign in comes from, and which sessions came by it.
-- session in which the passkey or connection was added; null: by a sign-in itself, or before this was noted
alter table passkeys add column session_id uuid;
alter table identities add column session_id uuid;
-- passkey that opened the session
alter table sessions add column passkey_id uuid;
-- who somebody is at the provider, while the second step is due: connected when it is passed
alter table mfa_challenges add column subject text;
