-- What changed for those who keep copies: one row per statement, written in the transaction of the change, removed after
-- a day. Readers remember the snapshot of their last look and take what has become visible since: neither a late commit
-- nor the order of commits can hide a row, as it could behind `id > last one`.
create table cache_changes (
  xid xid8 not null default pg_current_xact_id(),
  tags text[] not null,
  at timestamptz not null default clock_timestamp()
);
create index cache_changes_xid on cache_changes (xid);
create index cache_changes_at on cache_changes (at);
grant select, insert, delete on cache_changes to :"role";
