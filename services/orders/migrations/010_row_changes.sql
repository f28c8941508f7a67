-- A new month takes over from its table whether whole old rows are written into the log (REPLICA IDENTITY FULL): changes of rows are
-- published only where somebody reads them.
create or replace function ensure_order_month(month timestamptz) returns text language plpgsql security definer as $$
declare
  schema_name text := (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = 'orders'::regclass);
  first_of_month timestamptz := date_trunc('month', month at time zone 'UTC') at time zone 'UTC';
  next_month timestamptz := (date_trunc('month', month at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  suffix text := to_char(month at time zone 'UTC', 'YYYY_MM');
  base text;
begin
  -- two processes that start together must not make the same month twice
  perform pg_advisory_xact_lock(hashtextextended('ensure_order_month', 0));
  foreach base in array array['orders', 'order_items'] loop
    if to_regclass(format('%I.%I', schema_name, base || '_' || suffix)) is null then
      execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)',
        schema_name, base || '_' || suffix, schema_name, base, uuid_floor(first_of_month), uuid_floor(next_month));
      if (select c.relreplident = 'f' from pg_class c where c.oid = format('%I.%I', schema_name, base)::regclass) then
        execute format('alter table %I.%I replica identity full', schema_name, base || '_' || suffix);
      end if;
    end if;
  end loop;
  return suffix;
end $$;
