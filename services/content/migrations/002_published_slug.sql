-- The name under which visitors see an entry: that of the draft may be another one until it is published again.
alter table entries add column published_slug text;
-- safe: some dozen entries at most, and none before the release that this comes with
update entries set published_slug = slug where published is not null;
-- safe: as few
create unique index entries_published_slug on entries (kind, published_slug);
