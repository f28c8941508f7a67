-- Filters of a list in the admin to which somebody has given a name.
create table saved_views (
  user_id uuid not null references profiles on delete cascade,
  list text not null check (list ~ '^[a-z][a-z0-9-]{0,39}$'),
  name text not null check (length(name) between 1 and 60),
  filters jsonb not null,
  primary key (user_id, list, name)
);
