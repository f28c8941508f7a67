-- Drafts: orders that staff prepare, on the telephone for example. A draft holds no stock and claims no promotion; it is placed when an
-- order of source 'draft' refers to it (order_sources), so there is no status that could disagree with that.
create table drafts (
  id          uuid        primary key,
  channel     text        not null,
  locale      text        not null,
  customer_id uuid,
  -- lines, way of shipping, codes, discount, attributes: see draft.ts
  content     jsonb       not null,
  -- e-mail and addresses: personal data, emptied once the order has them
  contact     jsonb       not null,
  created_by  uuid        not null,
  -- an order it became was cancelled: what staff decided belongs to that order's timeline too
  reopened    boolean     not null default false,
  version     bigint      not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  expires_at  timestamptz not null
);
create index drafts_by_customer on drafts (customer_id) where customer_id is not null;
create index drafts_by_creator on drafts (created_by, id);
create index drafts_expire on drafts (expires_at);

-- What staff decided about prices, and why. Part of the order's timeline once the draft is placed, and kept as
-- long as the order; nothing in it is changed.
create table draft_decisions (
  draft_id uuid        not null,
  id       uuid        not null,
  actor    text        not null,
  note     text        not null,
  at       timestamptz not null default now(),
  primary key (draft_id, id)
);

-- The order a draft became; null while it is open.
create function order_of_draft(draft uuid) returns uuid language sql stable as $$
  select s.order_id from order_sources s where s.source = 'draft' and s.reference = draft::text
$$;

-- The order of a draft was cancelled (a card was declined, for example): the draft may be placed again.
create function reopen_draft(of_order uuid) returns void language sql as $$
  with freed as (
    delete from order_sources s using orders o
    where o.id = of_order and o.source = 'draft' and s.source = 'draft' and s.reference = o.source_ref
    returning s.reference
  )
  update drafts d set reopened = true from freed where d.id = freed.reference::uuid
$$;

-- Deletes drafts; what was decided about prices stays only where an order came of it.
create function delete_drafts(ids uuid[]) returns void language sql as $$
  with gone as (
    delete from drafts d where d.id = any (ids) returning d.id, d.reopened or order_of_draft(d.id) is not null as used
  )
  delete from draft_decisions x using gone where x.draft_id = gone.id and not gone.used
$$;
