-- What the shop says of itself: its home, pages, banners and menus. Each entry has a draft, and what visitors see.
create table entries (
  entry_id uuid primary key,
  kind text not null check (kind in ('home', 'page', 'banner', 'menu')),
  -- address of a page; name of anything else
  slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80),
  draft jsonb not null,
  -- null: visitors do not see it
  published jsonb,
  version integer not null default 1 check (version > 0),
  -- version of the draft that visitors see
  published_version integer,
  published_at timestamptz,
  updated_at timestamptz not null default now(),
  unique (kind, slug),
  check ((published is null) = (published_version is null) and (published is null) = (published_at is null))
);

-- Kept answers are made from all of it: it is little, and changes seldom.
create function tell_content() returns trigger language plpgsql set search_path from current as $$
begin
  insert into cache_changes (tags) values ('{content}');
  return null;
end $$;
create trigger tell_content after insert or update or delete on entries for each statement execute function tell_content();
