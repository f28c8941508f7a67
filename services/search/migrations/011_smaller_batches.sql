-- What is collected for the index of a new side is put in by the statement that fills it up: no more than it can do well within its time.
create or replace function clear_side(unused text) returns void
language plpgsql security definer set search_path from current as $$
begin
  if exists (select from sides s where s.live = unused) then raise exception 'side % is live', unused; end if;
  if unused = 'a' then truncate documents_a; elsif unused = 'b' then truncate documents_b; end if;
  delete from vocabulary v where v.side = unused;
  delete from word_changes c where c.side = unused;
  execute format('alter index documents_%s_found set (fastupdate = on, gin_pending_list_limit = 16384)', unused);
end $$;
