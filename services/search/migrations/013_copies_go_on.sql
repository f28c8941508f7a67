-- How far a copy of everything has come, so that one that had to stop does not begin with the first product again.
create table copying (
  one boolean primary key default true check (one),
  -- of the search engine; nobody reads it yet
  index text not null,
  -- products up to this one are in it
  after uuid not null,
  -- of the wish in `copies` that it fulfils; 0: there was no index
  turn bigint not null,
  at timestamptz not null default now()
);
