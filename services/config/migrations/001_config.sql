-- The version of the repository that was told last: a change is told once, whoever notices it.
create table seen (
  label text primary key,
  version text not null,
  at timestamptz not null default now()
);
