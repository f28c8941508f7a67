-- Answers of unsafe requests, written in the transaction of their effect: either both exist or neither.
-- `id` is 128 bits of sha256(scope, route, key): who asked is part of it, so nobody can reach another caller's answer.
create table idempotency_keys (
  id          uuid primary key,
  route       text not null,
  fingerprint bytea not null,
  -- the answer as it was sent …
  status      smallint,
  headers     text,
  body        bytea,
  -- … or, from a statement that does the work of many requests, what became of the work and the language it was told in
  outcome     jsonb,
  locale      text,
  created_at  timestamptz not null default now(),
  check (num_nonnulls(status, headers, body) = case when outcome is null then 3 else 0 end)
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

-- For statements that do the work of many requests at once (kit/http/once.ts). Takes the keys of all of them for this transaction.
-- keys: [{n, id, lock, fingerprint}], no id twice. claim: busy | free | stored | reused (for something else). In one transaction with once_keep.
create function once_claim(keys jsonb)
returns table (n integer, claim text, locale text, outcome jsonb)
language plpgsql as $$
declare
  busy integer[];
begin
  select array_agg(k.n) into busy from jsonb_to_recordset(keys) k(n integer, lock bigint) where not pg_try_advisory_xact_lock(k.lock);
  -- a statement of its own, because its snapshot has to be younger than the locks
  return query
    select k.n, case when k.n = any (busy) then 'busy' when s.id is null then 'free' when s.fingerprint <> k.fingerprint then 'reused' else 'stored' end,
           s.locale, s.outcome
      from jsonb_to_recordset(keys) k(n integer, id uuid, fingerprint bytea) left join idempotency_keys s on s.id = k.id;
end $$;

-- Keeps what became of the work under the keys. kept: [{id, route, fingerprint, locale, outcome}]
create function once_keep(kept jsonb) returns void
language sql as $$
  insert into idempotency_keys (id, route, fingerprint, locale, outcome)
  select k.id, k.route, k.fingerprint, k.locale, k.outcome
    from jsonb_to_recordset(kept) k(id uuid, route text, fingerprint bytea, locale text, outcome jsonb)
$$;
