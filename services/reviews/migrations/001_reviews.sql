-- What shoppers say of products, what others make of it, and what staff decided.

-- Who bought what, as the orders tell it. Delivered: it arrived, so it can be judged.
create table purchases (
  order_id uuid not null,
  product_id uuid not null,
  customer_id uuid not null,
  delivered_at timestamptz,
  primary key (order_id, product_id)
);
create index purchases_of_customer on purchases (customer_id, product_id);

create table reviews (
  id uuid primary key,
  product_id uuid not null,
  author_id uuid not null,
  -- how the author is called in public; never the whole name unless they wrote it
  name text not null check (length(name) between 1 and 60),
  stars smallint not null check (stars between 1 and 5),
  title text not null default '' check (length(title) <= 120),
  text text not null check (length(text) between 1 and 5000),
  -- of the words above, without what copyists change; null where the text is too short to tell
  fingerprint bytea,
  tags text[] not null default '{}' check (cardinality(tags) <= 5),
  locale text not null,
  channel text not null,
  verified boolean not null default false,
  state text not null check (state in ('pending', 'published', 'rejected', 'hidden')),
  -- what the rules noticed
  reasons text[] not null default '{}',
  helpful integer not null default 0 check (helpful >= 0),
  unhelpful integer not null default 0 check (unhelpful >= 0),
  -- Lower end of the range in which the true share of readers who find it helpful lies (Wilson, 95 %): nine of ten stand above one of one.
  helpfulness real not null generated always as (case when helpful = 0 then 0 else
    ((helpful + 1.9208) / (helpful + unhelpful)
      - 1.96 * sqrt(helpful::float8 * unhelpful / (helpful + unhelpful) + 0.9604) / (helpful + unhelpful))
    / (1 + 3.8416 / (helpful + unhelpful)) end) stored,
  open_reports integer not null default 0 check (open_reports >= 0),
  -- staff have seen these very words: readers' reports alone do not hide them again
  vetted boolean not null default false,
  rejection_reason text,
  rejection_note text not null default '',
  decided_at timestamptz,
  reply text check (length(reply) between 1 and 2000),
  reply_name text,
  reply_role text check (reply_role in ('shop', 'seller')),
  replied_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- when its author last changed it
  edited_at timestamptz,
  -- when it came to be shown first; orders lists, so it is never null
  shown_at timestamptz not null default now(),
  -- since when staff have something to look at
  queued_at timestamptz not null default now(),
  constraint one_review_each unique (product_id, author_id),
  check ((state = 'rejected') = (rejection_reason is not null)),
  check ((reply is null) = (replied_at is null))
);
create index reviews_newest on reviews (product_id, shown_at, id) where state = 'published';
create index reviews_helpful on reviews (product_id, helpfulness, id) where state = 'published';
create index reviews_stars on reviews (product_id, stars, id) where state = 'published';
create index reviews_of_author on reviews (author_id, created_at, id);
create index reviews_queue on reviews (queued_at, id) where state in ('pending', 'hidden') or open_reports > 0;
create index reviews_by_state on reviews (state, queued_at, id);
create index reviews_fingerprint on reviews (fingerprint) where fingerprint is not null;

-- What the shown reviews of a product come to: how many there are of one star, of two, …
create table summaries (
  product_id uuid primary key,
  stars integer[] not null default '{0,0,0,0,0}' check (cardinality(stars) = 5 and 0 <= all (stars)),
  reviews integer not null generated always as (stars[1] + stars[2] + stars[3] + stars[4] + stars[5]) stored,
  total integer not null generated always as (stars[1] + 2 * stars[2] + 3 * stars[3] + 4 * stars[4] + 5 * stars[5]) stored,
  -- grows with every change; `told`: the revision that the last event spoke of
  revision bigint not null default 0,
  told bigint not null default 0
);

-- No way of changing a review leaves the summary behind.
create function fold_review() returns trigger language plpgsql set search_path from current as $$
declare
  was boolean := coalesce(old.state = 'published', false);
  shown boolean := coalesce(new.state = 'published', false);
begin
  if was and shown and old.stars = new.stars then return null; end if;
  if was then
    update summaries s set stars[old.stars] = s.stars[old.stars] - 1, revision = s.revision + 1 where s.product_id = old.product_id;
  end if;
  if shown then
    insert into summaries as s (product_id) values (new.product_id) on conflict (product_id) do nothing;
    update summaries s set stars[new.stars] = s.stars[new.stars] + 1, revision = s.revision + 1 where s.product_id = new.product_id;
  end if;
  return null;
end $$;
create trigger reviews_fold after insert or update of state, stars or delete on reviews for each row execute function fold_review();

create table pictures (
  id uuid primary key,
  review_id uuid not null references reviews (id) on delete cascade,
  content_hash text not null,
  -- [{key, width, height}], smallest first
  renditions jsonb not null,
  created_at timestamptz not null default now(),
  unique (review_id, content_hash)
);
create table picture_files (
  key text primary key,
  picture_id uuid not null references pictures (id) on delete cascade
);

-- Files that no picture needs: those on their way in until they belong to one, those of pictures that are gone at once.
create table unused_files (
  key text primary key,
  due_at timestamptz not null default now()
);
create index unused_files_due on unused_files (due_at);
create function leave_file() returns trigger language plpgsql set search_path from current as $$
begin
  insert into unused_files (key) values (old.key) on conflict (key) do update set due_at = now();
  return null;
end $$;
create trigger picture_files_leave after delete on picture_files for each row execute function leave_file();

create table votes (
  review_id uuid not null references reviews (id) on delete cascade,
  voter_id uuid not null,
  helpful boolean not null,
  at timestamptz not null default now(),
  primary key (review_id, voter_id)
);
create index votes_of_voter on votes (voter_id);
create function fold_vote() returns trigger language plpgsql set search_path from current as $$
begin
  update reviews r set
    helpful = r.helpful + coalesce(new.helpful, false)::integer - coalesce(old.helpful, false)::integer,
    unhelpful = r.unhelpful + coalesce(not new.helpful, false)::integer - coalesce(not old.helpful, false)::integer
   where r.id = coalesce(new.review_id, old.review_id);
  return null;
end $$;
create trigger votes_fold after insert or update or delete on votes for each row execute function fold_vote();

create table reports (
  review_id uuid not null references reviews (id) on delete cascade,
  reporter_id uuid not null,
  reason text not null,
  comment text not null default '' check (length(comment) <= 1000),
  at timestamptz not null default now(),
  -- staff have looked
  closed_at timestamptz,
  primary key (review_id, reporter_id)
);
create index reports_of_reporter on reports (reporter_id);
create function fold_report() returns trigger language plpgsql set search_path from current as $$
declare
  was boolean := coalesce(old.closed_at is null and old.review_id is not null, false);
  is_open boolean := coalesce(new.closed_at is null and new.review_id is not null, false);
begin
  if was <> is_open then
    update reviews r set open_reports = r.open_reports + is_open::integer - was::integer,
                         queued_at = case when is_open and r.open_reports = 0 and r.state = 'published' then now() else r.queued_at end
     where r.id = coalesce(new.review_id, old.review_id);
  end if;
  return null;
end $$;
create trigger reports_fold after insert or update or delete on reports for each row execute function fold_report();

-- How often somebody did something lately, whichever process they asked.
create table budgets (
  user_id uuid not null,
  kind text not null,
  begun_at timestamptz not null default now(),
  used integer not null default 1,
  primary key (user_id, kind)
);

create table forbidden_words (
  id uuid primary key,
  word text not null unique,
  added_at timestamptz not null default now()
);

-- What authors may say with one click.
create table tags (
  key text primary key,
  titles jsonb not null,
  position integer not null default 0
);

-- Kept answers about a product are old when anything of its reviews changes.
create function tell_review() returns trigger language plpgsql set search_path from current as $$
begin
  insert into cache_changes (tags) values (array['reviews:' || coalesce(new.product_id, old.product_id)]);
  return null;
end $$;
create trigger reviews_told after insert or update or delete on reviews for each row execute function tell_review();
create function tell_tags() returns trigger language plpgsql set search_path from current as $$
begin
  insert into cache_changes (tags) values ('{tags}');
  return null;
end $$;
create trigger tags_told after insert or update or delete on tags for each statement execute function tell_tags();
