-- Who vouched for the person: a key that is set up for another provider later must not open the accounts of the one before.
alter table identities add column issuer text;
alter table mfa_challenges add column issuer text;
