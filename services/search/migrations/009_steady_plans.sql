-- Of a side that is being built more is put into the index at a time: a common word is then written once for thousands of documents.
create or replace function clear_side(unused text) returns void
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from sides s where s.live = unused) then raise exception 'side % is live', unused; end if;
  if unused = 'a' then truncate documents_a; elsif unused = 'b' then truncate documents_b; end if;
  delete from vocabulary v where v.side = unused;
  delete from word_changes c where c.side = unused;
  execute format('alter index documents_%s_found set (fastupdate = on, gin_pending_list_limit = 65536)', unused);
end $$;
alter function side_is_ready(text) set maintenance_work_mem = '256MB';

-- The plan of `understood` is kept, so it must be the right one whatever is known of the tables when it is made: each word is looked up.
alter function understood(jsonb, text[], text, text, text, boolean, text) set enable_seqscan = off;
alter function understood(jsonb, text[], text, text, text, boolean, text) set enable_hashjoin = off;
alter function understood(jsonb, text[], text, text, text, boolean, text) set enable_mergejoin = off;
