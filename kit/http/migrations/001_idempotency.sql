-- Answers of unsafe requests, written in the transaction of their effect: either both exist or neither.
-- `id` is 128 bits of sha256(scope, route, key): who asked is part of it, so nobody can reach another caller's answer.
create table idempotency_keys (
  id          uuid primary key,
  route       text not null,
  fingerprint bytea not null,
  status      smallint not null,
  headers     text not null,
  body        bytea not null,
  created_at  timestamptz not null default now()
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
grant select, insert, delete on idempotency_keys to :"role";

-- Takes the key for this transaction and reads its answer. A function, because the look-up needs a snapshot taken after
-- the lock: in one plain statement a request that waited for nothing could still miss an answer committed a moment ago.
-- claim: busy (someone works on it right now) | free (ours, nothing stored) | stored
create function idempotency_claim(key_id uuid, lock_id bigint)
returns table (claim text, fingerprint bytea, status smallint, headers text, body bytea)
language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(lock_id) then
    return query select 'busy', null::bytea, null::smallint, null::text, null::bytea;
    return;
  end if;
  return query select 'stored', k.fingerprint, k.status, k.headers, k.body from idempotency_keys k where k.id = key_id;
  if not found then
    return query select 'free', null::bytea, null::smallint, null::text, null::bytea;
  end if;
end $$;
