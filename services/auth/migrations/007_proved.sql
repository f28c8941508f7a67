-- When somebody last showed a provider who they are, as its ID token says; null: it did not say. A silent single sign-on is no proof.
alter table sessions add column proved_at timestamptz;
alter table mfa_challenges add column proved_at timestamptz;
