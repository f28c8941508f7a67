-- What every service schema needs to publish and to consume events. Runs with search_path set to the schema.

-- Events that are committed but not yet in the log. Columns are those of Debezium's outbox event router.
-- Rows live for milliseconds, so the table is vacuumed by count, not by share of its size.
create table outbox (
  position bigint generated always as identity primary key,
  id uuid not null,
  aggregatetype text not null,
  aggregateid text not null,
  type text not null,
  payload text not null,
  seq bigint not null,
  created_at timestamptz not null default clock_timestamp()
) with (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0
);

-- Last sequence number of every aggregate. The row lock makes position order equal commit order per aggregate.
create table outbox_heads (
  aggregatetype text not null,
  aggregateid text not null,
  last_seq bigint not null,
  primary key (aggregatetype, aggregateid)
) with (fillfactor = 70);

-- The service only adds events; the relay takes them away.
revoke update, delete on outbox from :"role";

-- Stores events in the caller's transaction: [{id, type, aggregate, key, payload}], payload being CloudEvent JSON text.
-- Returns how many. `sequence` is added to the payload as text, so the bytes stay as they were. The head of an aggregate is
-- locked before its position is drawn. One event, the usual case, takes the short way: a third of the time. The last brace is cut off as a
-- byte: `left(text, -1)` counts characters from the start, a fifth of the whole.
create function outbox_append(events jsonb) returns integer
language plpgsql volatile as $$
declare
  total constant integer := jsonb_array_length(events);
  event constant jsonb := events -> 0;
  whole constant bytea := convert_to(event ->> 'payload', 'UTF8');
  sequence bigint;
begin
  if total = 1 then
    insert into :"schema".outbox_heads as h (aggregatetype, aggregateid, last_seq)
    values (event ->> 'aggregate', event ->> 'key', 1)
        on conflict (aggregatetype, aggregateid) do update set last_seq = h.last_seq + 1
    returning h.last_seq into sequence;
    insert into :"schema".outbox (id, aggregatetype, aggregateid, type, payload, seq)
    values ((event ->> 'id')::uuid, event ->> 'aggregate', event ->> 'key', event ->> 'type',
            convert_from(substring(whole for octet_length(whole) - 1), 'UTF8') || ',"sequence":"' || sequence || '"}', sequence);
    return 1;
  end if;
  -- heads in sorted order, so that two calls cannot deadlock; the sort under the second insert needs all of them,
  -- so every lock is held before the first position is drawn
  with incoming as (
    select e.id, e.type, e.aggregate, e.key, e.payload, e.n,
           row_number() over (partition by e.aggregate, e.key order by e.n) as nth,
           count(*) over (partition by e.aggregate, e.key) as of_key
      from rows from (jsonb_to_recordset(events) as (id uuid, type text, aggregate text, key text, payload text))
           with ordinality as e(id, type, aggregate, key, payload, n)
  ), heads as (
    insert into :"schema".outbox_heads as h (aggregatetype, aggregateid, last_seq)
    select i.aggregate, i.key, i.of_key from incoming i where i.nth = 1 order by i.aggregate, i.key
        on conflict (aggregatetype, aggregateid) do update set last_seq = h.last_seq + excluded.last_seq
    returning h.aggregatetype, h.aggregateid, h.last_seq
  )
  insert into :"schema".outbox (id, aggregatetype, aggregateid, type, payload, seq)
  select i.id, i.aggregate, i.key, i.type,
         convert_from(substring(convert_to(i.payload, 'UTF8') for octet_length(i.payload) - 1), 'UTF8') || ',"sequence":"' || (h.last_seq - i.of_key + i.nth) || '"}',
         h.last_seq - i.of_key + i.nth
    from incoming i
    join heads h on h.aggregatetype = i.aggregate and h.aggregateid = i.key
   order by i.n;
  return total;
end
$$;

-- Marks of the events a consumer has handled; written in the transaction of the effect.
create table inbox (
  consumer text not null,
  event_id uuid not null,
  handled_at timestamptz not null default now(),
  primary key (event_id, consumer)
) with (
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000
);
create index inbox_handled_at on inbox using brin (handled_at);

-- How far a consumer has come in the log; moves in the transaction of the effect. Comparing the old value is the fence
-- between two processes that both believe they own a partition.
create table cursors (
  consumer text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null check (next_offset >= 0),
  moved_at timestamptz not null default now(),
  primary key (consumer, topic, partition)
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- Events that could not be handled, and the later ones of the same key that wait behind them.
--   retry    tried, failed, due again at due_at
--   waiting  not tried: an earlier event of its key is parked
--   dead     gave up; in <topic>.dlq; stays first of its key until someone redrives or discards it
create table parked (
  consumer text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  event_id uuid not null,
  type text not null,
  value text not null,
  state text not null check (state in ('retry', 'waiting', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz,
  error_code text,
  error_message text,
  error_stack text,
  parked_at timestamptz not null default now(),
  died_at timestamptz,
  dlq_published boolean not null default false,
  primary key (consumer, topic, partition, "offset"),
  check ((state = 'retry') = (due_at is not null))
) with (fillfactor = 70);
create index parked_by_key on parked (consumer, topic, key, "offset");
create index parked_due on parked (consumer, due_at) where state = 'retry';
create index parked_dead on parked (consumer, died_at) where state = 'dead';
