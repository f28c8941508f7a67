-- Money of orders. Amounts are integer minor units of `currency`.

-- One try to get the money of an order. `gateway_key` is OUR idempotency key towards the gateway and exists before the
-- gateway is called, so whatever a crash or a timeout hides can be asked for later.
create table payments (
  id uuid primary key,
  order_id uuid not null,
  attempt integer not null check (attempt >= 1),
  customer_id uuid,
  method text not null check (method in ('card', 'upi', 'net-banking', 'wallet', 'cash-on-delivery', 'invoice', 'gift-card')),
  -- the gateway's token for the means of payment; never a card number
  token text not null check (length(token) <= 200),
  gateway text not null,
  gateway_key text not null unique,
  gateway_reference text,
  state text not null check (state in ('created', 'pending', 'challenge', 'authorized', 'captured', 'partially-refunded', 'refunded',
                                       'chargeback', 'declined', 'failed', 'voided')),
  reason text,
  challenge_url text,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount bigint not null check (amount >= 0),
  authorized bigint not null default 0 check (authorized >= 0),
  captured bigint not null default 0 check (captured >= 0),
  -- refunds that are asked for and not yet answered; counted, so that two of them cannot both fit
  refunding bigint not null default 0 check (refunding >= 0),
  refunded bigint not null default 0 check (refunded >= 0),
  charged_back bigint not null default 0 check (charged_back >= 0),
  capture_now boolean not null,
  -- a capture was asked for and not yet answered
  capturing bigint check (capturing > 0),
  -- the order does not want this money (any more): reconciliation gives back whatever arrives
  undo_at timestamptz,
  undo_reason text,
  imported boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (order_id, attempt),
  constraint payments_amounts check (authorized <= amount and captured <= authorized and refunded + refunding + charged_back <= captured),
  constraint payments_taken check (state not in ('captured', 'partially-refunded', 'refunded') or authorized > 0 or amount = 0)
) with (fillfactor = 80);

-- I12: at most one payment of an order holds or has taken money. Money that is on its way back does not count.
create unique index payments_one_success_per_order on payments (order_id)
  where state in ('authorized', 'captured', 'partially-refunded', 'chargeback') and undo_at is null;
-- one payment at a gateway is one payment here; partial, since a new one has no reference yet
create unique index payments_gateway_reference on payments (gateway, gateway_reference) where gateway_reference is not null;
create index payments_customer on payments (customer_id, id desc) where customer_id is not null;
-- what the reconciliation job looks at: small, because everything leaves it
create index payments_unsettled on payments (updated_at) where state in ('created', 'pending', 'challenge') or capturing is not null;
create index payments_to_give_back on payments (updated_at) where undo_at is not null and state in ('authorized', 'captured', 'partially-refunded');

-- "Nobody wants money for attempts up to this one." Written before the payments are looked at, read by whoever settles one:
-- whichever of undo and settlement comes second sees the other.
create table order_undos (
  order_id uuid primary key,
  up_to_attempt integer not null,
  reason text not null,
  created_at timestamptz not null default now()
);

create table refunds (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  order_id uuid not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  reason text not null,
  state text not null check (state in ('requested', 'succeeded', 'refused')),
  gateway_reference text,
  refusal text,
  requested_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index refunds_payment on refunds (payment_id);
create index refunds_unanswered on refunds (updated_at) where state = 'requested';

create table chargebacks (
  id uuid primary key,
  payment_id uuid not null references payments (id),
  gateway text not null,
  gateway_reference text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  reason text not null,
  state text not null check (state in ('open', 'won', 'lost')),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  unique (gateway, gateway_reference)
);
create index chargebacks_payment on chargebacks (payment_id);

-- Double entry: every movement of money is a transaction of entries that sum to zero in each currency. + debit, − credit.
create table ledger_entries (
  id bigint generated always as identity primary key,
  tx_id uuid not null,
  payment_id uuid not null,
  kind text not null check (kind in ('capture', 'refund', 'chargeback', 'chargeback-won')),
  account text not null,
  amount bigint not null check (amount <> 0),
  currency text not null,
  booked_at timestamptz not null default now(),
  unique (tx_id, account)
);
create index ledger_entries_payment on ledger_entries (payment_id);

-- Every statement that books must balance by itself, so a transaction can never be half booked or bent later.
create function ledger_must_balance() returns trigger
language plpgsql as $$
begin
  if exists (select 1 from fresh group by fresh.tx_id, fresh.currency having sum(fresh.amount) <> 0) then
    raise exception 'ledger transaction does not balance' using errcode = '23514', constraint = 'ledger_entries_balance';
  end if;
  return null;
end
$$;
create trigger ledger_entries_balance after insert on ledger_entries
  referencing new table as fresh for each statement execute function ledger_must_balance();

create function ledger_is_append_only() returns trigger
language plpgsql as $$
begin
  raise exception 'ledger entries are never changed' using errcode = '23514', constraint = 'ledger_entries_append_only';
end
$$;
create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function ledger_is_append_only();
revoke update, delete, truncate on ledger_entries from :"role";

-- What gateways told us. The body is kept until it has been applied (it holds no card data: see gateways/gateway.ts).
create table webhook_events (
  gateway text not null,
  event_id text not null,
  body_hash bytea not null,
  body text,
  state text not null check (state in ('received', 'applied', 'ignored', 'parked')),
  note text,
  attempts integer not null default 1,
  received_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (gateway, event_id)
);
create index webhook_events_open on webhook_events (updated_at) where state in ('received', 'parked');

-- Means of payment a customer saved: the gateway's token and what a person needs to recognise it.
create table payment_methods (
  id uuid primary key,
  user_id uuid not null,
  kind text not null check (kind in ('card', 'upi', 'net-banking', 'wallet')),
  gateway text not null,
  token text not null check (length(token) <= 200),
  label text not null,
  brand text,
  last4 text check (last4 ~ '^[0-9]{4}$'),
  exp_month integer check (exp_month between 1 and 12),
  exp_year integer check (exp_year between 2000 and 2100),
  is_default boolean not null default false,
  -- the customer agreed that the shop may charge it without them (renewals)
  merchant_initiated boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, gateway, token)
);
create unique index payment_methods_one_default on payment_methods (user_id) where is_default;
