-- What was done once for this shop, whoever did it and from which folder: the first administrator, the demo data.
create table marks (
  name text primary key,
  done_at timestamptz not null default now()
);
revoke update, delete on marks from :"role";
