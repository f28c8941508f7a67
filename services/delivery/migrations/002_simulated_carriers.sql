-- The memory of the simulated carriers. They play companies of their own: nothing of ours refers to these rows.
create table sim_parcels (
  tracking_number text primary key,
  carrier text not null,
  -- the sender's key: booking twice is booking once
  key text not null unique,
  stage text not null check (stage in ('booked', 'picked-up', 'in-transit', 'out-for-delivery', 'delivered', 'failed', 'cancelled')),
  fails boolean not null,
  next_at timestamptz,
  booked_at timestamptz not null default now()
);
create index sim_parcels_due on sim_parcels (next_at) where next_at is not null;

-- Messages a carrier still has to send us.
create table sim_messages (
  id text primary key,
  carrier text not null,
  tracking_number text not null,
  status text not null,
  happened_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  attempts integer not null default 0,
  delivered_at timestamptz
);
create index sim_messages_due on sim_messages (due_at) where delivered_at is null;
