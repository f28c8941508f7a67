-- Lets PgBouncer ask for the password hashes of the shop's roles, and of nobody else. Run it as an administrator in every database that
-- PgBouncer leads to, and put the same password into PgBouncer's userlist.txt: "souk_pgbouncer" "…".
do $$ begin
  if not exists (select from pg_roles where rolname = 'souk_pgbouncer') then create role souk_pgbouncer login; end if;
end $$;
alter role souk_pgbouncer password :'password';
create schema if not exists souk_pgbouncer;
create or replace function souk_pgbouncer.lookup(wanted text) returns table (name text, secret text)
  language sql stable security definer set search_path = pg_catalog
  as $$ select usename::text, passwd from pg_shadow where usename = wanted and usename like 'souk\_%' and not usesuper $$;
revoke all on function souk_pgbouncer.lookup(text) from public;
grant usage on schema souk_pgbouncer to souk_pgbouncer;
grant execute on function souk_pgbouncer.lookup(text) to souk_pgbouncer;
