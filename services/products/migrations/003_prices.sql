-- Price lists and the one rule that says which price counts.

create table price_lists (
  id uuid primary key,
  key text not null unique,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- regular: what it costs; sale: a reduction, the regular price is shown crossed out
  kind text not null default 'regular' check (kind in ('regular', 'sale')),
  channel text references channels on delete cascade,
  customer_group text,
  priority integer not null default 0,
  active boolean not null default true,
  valid_from timestamptz,
  valid_to timestamptz,
  -- whether the world was told that its prices count; the job compares it with the clock
  announced boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  check (valid_to is null or valid_from is null or valid_from < valid_to)
);

-- The list a channel's own prices live in: `amount` given with a variant, imports.
alter table channels add column base_price_list uuid references price_lists on delete restrict deferrable initially deferred;

create table prices (
  variant_id uuid not null references variants on delete cascade,
  price_list_id uuid not null references price_lists on delete cascade,
  -- quantity break: counts from this many on
  min_quantity integer not null default 1 check (min_quantity >= 1),
  amount bigint not null check (amount >= 0),
  -- time of the last change, historical for imports: an older import changes nothing
  since timestamptz not null default now(),
  primary key (variant_id, price_list_id, min_quantity) include (amount)
);
create index prices_list on prices (price_list_id, variant_id);

-- Which price counts (the same rule as price.ts): in each list that applies the break of the quantity; of the regular
-- lists the highest priority, then the lowest amount; the same of the sale lists; the cheaper of both is the price.
-- `list_price` is the regular one. No row amounts: not for sale here. Written so that the planner inlines it.
create function price_of(for_variant uuid, in_channel text, in_currency text, groups text[], quantity integer)
returns table (unit_price bigint, list_price bigint)
language sql stable
begin atomic
  select least(min(best.amount) filter (where best.kind = 'regular'), min(best.amount) filter (where best.kind = 'sale')),
         greatest(min(best.amount) filter (where best.kind = 'regular'),
                  least(min(best.amount) filter (where best.kind = 'regular'), min(best.amount) filter (where best.kind = 'sale')))
    from (
      select distinct on (candidate.kind) candidate.kind, candidate.amount
        from (
          select distinct on (p.price_list_id) l.kind, l.priority, p.amount
            from prices p
            join price_lists l on l.id = p.price_list_id
           where p.variant_id = for_variant
             and p.min_quantity <= quantity
             and l.active
             and l.currency = in_currency
             and (l.channel is null or l.channel = in_channel)
             and (l.customer_group is null or l.customer_group = any (groups))
             and (l.valid_from is null or l.valid_from <= now())
             and (l.valid_to is null or l.valid_to > now())
           order by p.price_list_id, p.min_quantity desc
        ) candidate
       order by candidate.kind, candidate.priority desc, candidate.amount
    ) best;
end;
