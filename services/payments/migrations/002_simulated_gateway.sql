-- The memory of the simulated gateway and its bank. It plays a company of its own: its rows are written by statements of
-- its own, never together with ours, and nothing of ours may refer to them.
create table sim_payments (
  key text primary key,
  reference text not null unique,
  token text not null,
  amount bigint not null,
  currency text not null,
  capture boolean not null,
  state text not null check (state in ('challenge', 'pending', 'authorized', 'captured', 'declined', 'voided')),
  reason text,
  authorized bigint not null default 0,
  captured bigint not null default 0,
  refunded bigint not null default 0,
  created_at timestamptz not null default now(),
  check (captured <= authorized and refunded <= captured)
);

create table sim_refunds (
  key text primary key,
  reference text not null unique,
  payment text not null references sim_payments (reference),
  amount bigint not null,
  created_at timestamptz not null default now()
);

-- Messages the gateway still has to send us.
create table sim_webhooks (
  id text primary key,
  reference text not null,
  type text not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  delivered_at timestamptz
);
create index sim_webhooks_due on sim_webhooks (due_at) where delivered_at is null;
