-- Found first, then taken by key: joined, the planner may read the whole table for ten messages, by a plan that was made when there were none.
create or replace function claim_messages(most integer, lease interval) returns setof messages
language sql set enable_seqscan = off set enable_bitmapscan = off as $$
  update messages m set attempts = m.attempts + 1, leased_until = now() + lease
   where m.id = any (array(
     select d.id from messages d
      where d.state = 'queued' and d.next_at <= now() and (d.leased_until is null or d.leased_until <= now())
      order by d.urgent desc, d.next_at limit most for update skip locked))
  returning m.*
$$;
