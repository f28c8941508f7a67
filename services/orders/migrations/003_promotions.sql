-- Promotions, coupon codes, gift cards: what an order claims when it is placed and gives back when it is cancelled.

create table promotions (
  id             uuid        primary key,
  name           text        not null,
  active         boolean     not null default true,
  -- applies by itself; the others need one of their codes
  automatic      boolean     not null,
  -- action, conditions, exclusive, priority (see promotion-rule.ts)
  rule           jsonb       not null,
  starts_at      timestamptz,
  ends_at        timestamptz,
  usage_limit    integer     check (usage_limit > 0),
  customer_limit integer     check (customer_limit between 1 and 1000),
  -- counted only while there is a limit: a promotion everybody gets must not make all orders wait for one row
  used           integer     not null default 0,
  version        bigint      not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint promotions_used check (used between 0 and coalesce(usage_limit, used)),
  constraint promotions_dates check (starts_at is null or ends_at is null or starts_at < ends_at)
);
create index promotions_automatic on promotions (id) where automatic and active;

create table coupons (
  id           uuid        primary key,
  promotion_id uuid        not null references promotions on delete cascade,
  -- normalised (see codes.ts), so that no spelling of it is another code
  code         text        not null unique,
  usage_limit  integer     check (usage_limit > 0),
  used         integer     not null default 0,
  disabled     boolean     not null default false,
  created_at   timestamptz not null default now(),
  constraint coupons_used check (used between 0 and coalesce(usage_limit, used))
);
create index coupons_by_promotion on coupons (promotion_id, id desc);

-- One row for each promotion an order took part in; a released one stays as history.
create table promotion_uses (
  order_id          uuid        not null,
  promotion_id      uuid        not null references promotions,
  coupon_id         uuid,
  code              text,
  name              text        not null,
  place             integer     not null,
  customer_key      text        not null,
  -- the customer's nth use, where uses per customer are limited
  nth               integer,
  promotion_counted boolean     not null,
  coupon_counted    boolean     not null,
  amount            bigint      not null check (amount >= 0),
  used_at           timestamptz not null default now(),
  released_at       timestamptz,
  primary key (order_id, promotion_id)
);
create unique index promotion_uses_nth on promotion_uses (promotion_id, customer_key, nth) where released_at is null and nth is not null;
create index promotion_uses_by_promotion on promotion_uses (promotion_id);

create table gift_cards (
  id          uuid        primary key,
  -- HMAC of the code; the code itself is derived from the id and stored nowhere
  code_hash   text        not null unique,
  last_four   text        not null,
  currency    text        not null check (currency ~ '^[A-Z]{3}$'),
  value       bigint      not null check (value > 0),
  balance     bigint      not null,
  -- the order it was bought with, or null where staff issued it
  order_id    uuid,
  issued_by   text        not null,
  expires_at  timestamptz,
  -- no longer usable: the order it was bought with is being, or has been, cancelled, or staff stopped it
  blocked_at  timestamptz,
  created_at  timestamptz not null default now(),
  constraint gift_cards_balance check (balance between 0 and value)
);
create index gift_cards_by_order on gift_cards (order_id) where order_id is not null;

-- Personal data, apart from what change data capture may publish.
create table gift_card_recipients (
  gift_card_id uuid primary key references gift_cards,
  email        text not null
);

-- Every change of a balance, for ever.
create table gift_card_entries (
  id           bigint      generated always as identity primary key,
  gift_card_id uuid        not null references gift_cards,
  kind         text        not null check (kind in ('issue', 'redeem', 'give-back', 'void')),
  -- what it happened for: the order, or the card itself when it was issued
  reference    uuid        not null,
  amount       bigint      not null check (amount <> 0),
  at           timestamptz not null default now(),
  unique (gift_card_id, kind, reference)
);
create index gift_card_entries_reference on gift_card_entries (reference);
revoke update, delete on gift_card_entries from :"role";

-- Gift cards that were bought and wait for their order to be confirmed.
create table order_gift_lines (
  order_id uuid    not null,
  line_no  integer not null,
  quantity integer not null check (quantity > 0),
  value    bigint  not null check (value > 0),
  currency text    not null,
  state    text    not null default 'open' check (state in ('open', 'stopped', 'issued', 'void')),
  primary key (order_id, line_no)
);
create index order_gift_lines_open on order_gift_lines (order_id) where state = 'open';

-- What staff writes about an order, and why somebody cancelled it.
create table order_notes (
  order_id uuid        not null,
  id       uuid        not null,
  author   text        not null,
  text     text        not null,
  at       timestamptz not null default now(),
  primary key (order_id, id)
);

create index order_contacts_email on order_contacts (lower(email)) where email is not null;

-- Takes what the order claims, all or nothing (the caller undoes the order when it is refused):
-- {customer, promotions: [{promotion, coupon, code, name, place, amount}], giftCards: [{id, amount, mask}], giftLines: [{line_no, quantity, value, currency}]}
-- Answers null, 'coupon-used-up:<code, or id of an automatic promotion>' or 'gift-card-short:<mask>'.
create or replace function claim_promotions(of_order uuid, claims jsonb) returns text language plpgsql as $$
declare
  claim record;
  promotion promotions;
  coupon coupons;
  label text;
  free integer;
begin
  if jsonb_typeof(claims) is distinct from 'object' then
    return null;
  end if;
  for claim in
    select c.promotion, c.coupon, c.code, c.name, c.place, c.amount
    from jsonb_to_recordset(claims -> 'promotions') as c(promotion uuid, coupon uuid, code text, name text, place integer, amount bigint)
    order by c.promotion
  loop
    label := coalesce(claim.code, claim.promotion::text);
    free := null;
    coupon := null;
    select p.* into promotion from promotions p
    where p.id = claim.promotion and p.active and coalesce(p.starts_at, '-infinity') <= now() and coalesce(p.ends_at, 'infinity') > now();
    if not found then
      return 'coupon-used-up:' || label;
    end if;
    if promotion.usage_limit is not null then
      update promotions p set used = p.used + 1 where p.id = claim.promotion and p.used < p.usage_limit;
      if not found then
        return 'coupon-used-up:' || label;
      end if;
    end if;
    if claim.coupon is not null then
      select c.* into coupon from coupons c where c.id = claim.coupon and not c.disabled;
      if not found then
        return 'coupon-used-up:' || label;
      end if;
      if coupon.usage_limit is not null then
        update coupons c set used = c.used + 1 where c.id = claim.coupon and c.used < c.usage_limit;
        if not found then
          return 'coupon-used-up:' || label;
        end if;
      end if;
    end if;
    if promotion.customer_limit is not null then
      -- the caller holds the promotion's row, so nobody else takes the same place; the unique index would refuse it too
      select min(n.n) into free from generate_series(1, promotion.customer_limit) n(n)
      where not exists (select 1 from promotion_uses u where u.promotion_id = claim.promotion and u.customer_key = claims ->> 'customer'
        and u.nth = n.n and u.released_at is null);
      if free is null then
        return 'coupon-used-up:' || label;
      end if;
    end if;
    insert into promotion_uses (order_id, promotion_id, coupon_id, code, name, place, customer_key, nth, promotion_counted, coupon_counted, amount)
    values (of_order, claim.promotion, claim.coupon, claim.code, claim.name, claim.place, claims ->> 'customer', free,
      promotion.usage_limit is not null, coupon.usage_limit is not null, claim.amount);
  end loop;

  for claim in
    select c.id, c.amount, c.mask from jsonb_to_recordset(claims -> 'giftCards') as c(id uuid, amount bigint, mask text) order by c.id
  loop
    update gift_cards g set balance = g.balance - claim.amount
    where g.id = claim.id and g.balance >= claim.amount and g.blocked_at is null and coalesce(g.expires_at, 'infinity') > now();
    if not found then
      return 'gift-card-short:' || claim.mask;
    end if;
    insert into gift_card_entries (gift_card_id, kind, reference, amount) values (claim.id, 'redeem', of_order, -claim.amount);
  end loop;

  insert into order_gift_lines (order_id, line_no, quantity, value, currency)
  select of_order, g.line_no, g.quantity, g.value, g.currency
  from jsonb_to_recordset(claims -> 'giftLines') as g(line_no integer, quantity integer, value bigint, currency text);
  return null;
end $$;

-- Gives back, once, all that the order claimed: uses of promotions and codes, money of gift cards; gift cards bought with it end.
create or replace function release_promotions(of_order uuid) returns void language plpgsql as $$
declare
  entry record;
begin
  -- rows in the order in which placing takes them, so that the two never wait for each other
  perform 1 from promotions p where p.id in (select u.promotion_id from promotion_uses u where u.order_id = of_order and u.released_at is null) order by p.id for update;
  for entry in
    update promotion_uses u set released_at = now() where u.order_id = of_order and u.released_at is null
    returning u.promotion_id, u.coupon_id, u.promotion_counted, u.coupon_counted
  loop
    if entry.promotion_counted then
      update promotions p set used = p.used - 1 where p.id = entry.promotion_id;
    end if;
    if entry.coupon_counted then
      update coupons c set used = c.used - 1 where c.id = entry.coupon_id;
    end if;
  end loop;

  for entry in
    select e.gift_card_id, -e.amount as amount from gift_card_entries e where e.reference = of_order and e.kind = 'redeem' order by e.gift_card_id
  loop
    insert into gift_card_entries (gift_card_id, kind, reference, amount) values (entry.gift_card_id, 'give-back', of_order, entry.amount)
    on conflict do nothing;
    if found then
      update gift_cards g set balance = g.balance + entry.amount where g.id = entry.gift_card_id;
    end if;
  end loop;

  update order_gift_lines l set state = 'void' where l.order_id = of_order;
  for entry in select g.id, g.balance from gift_cards g where g.order_id = of_order order by g.id for update loop
    if entry.balance > 0 then
      insert into gift_card_entries (gift_card_id, kind, reference, amount) values (entry.id, 'void', of_order, -entry.balance);
    end if;
    update gift_cards g set balance = 0, blocked_at = coalesce(g.blocked_at, now()) where g.id = entry.id;
  end loop;
end $$;

-- Locks, for a whole group of placements and in one order of rows, what they will count down, so that two groups cannot wait
-- for each other. Answers its input: place_orders(lock_claims(placements)).
create function lock_claims(placements jsonb) returns jsonb language plpgsql as $$
begin
  perform 1 from promotions p
  where p.id in (select (c #>> '{}')::uuid from jsonb_path_query(placements, '$[*].claims.promotions[*].promotion') c)
    and (p.usage_limit is not null or p.customer_limit is not null)
  order by p.id for update;
  perform 1 from coupons k
  where k.id in (select (c #>> '{}')::uuid from jsonb_path_query(placements, '$[*].claims.promotions[*].coupon') c) and k.usage_limit is not null
  order by k.id for update;
  perform 1 from gift_cards g
  where g.id in (select (c #>> '{}')::uuid from jsonb_path_query(placements, '$[*].claims.giftCards[*].id') c)
  order by g.id for update;
  return placements;
end $$;
