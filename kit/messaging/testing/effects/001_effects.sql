-- What reactions of tests leave behind; no unique key on purpose, so that a doubled effect shows.
create table effects (
  position bigint generated always as identity,
  event_id uuid not null,
  sale text not null,
  n integer,
  sequence bigint not null
);
