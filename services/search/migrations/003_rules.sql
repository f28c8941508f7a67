-- What operators say: words that mean the same, and products that stand first, higher or lower for a question.

create table synonyms (
  id uuid primary key,
  locale text not null,
  -- words or short phrases as words.ts cuts them; with `replaces` empty they all mean the same
  words text[] not null check (cardinality(words) between 1 and 50),
  -- one way: who asks for one of `words` also finds these
  finds text[] not null default '{}',
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  check (cardinality(words) > 1 or cardinality(finds) > 0)
);
create index synonyms_words on synonyms using gin (words);

create table rules (
  id uuid primary key,
  -- null: everywhere
  channel text,
  locale text,
  -- the question as words.ts cuts it; empty: every question
  query text not null,
  product_id uuid not null,
  kind text not null check (kind in ('pin', 'boost', 'bury')),
  -- pin: place from the top, counted from 1
  position integer check ((kind = 'pin') = (position is not null)),
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  unique nulls not distinct (channel, locale, query, product_id)
);
create index rules_query on rules (query);

-- Who changed what, and what it was before.
create table edits (
  id uuid primary key,
  at timestamptz not null default now(),
  by uuid,
  subject text not null check (subject in ('synonym', 'rule')),
  subject_id uuid not null,
  before jsonb,
  after jsonb
);
create index edits_subject on edits (subject_id, id);

create function tell_rules() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from changed) then insert into cache_changes (tags) values ('{documents}'); end if;
  return null;
end $$;
do $$
declare
  watched text;
  event record;
begin
  foreach watched in array array['synonyms', 'rules'] loop
    for event in select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as e(kind, side) loop
      execute format('create trigger cache_%s after %1$s on %I referencing %s table as changed for each statement execute function tell_rules()', event.kind, watched, event.side);
    end loop;
  end loop;
end $$;
