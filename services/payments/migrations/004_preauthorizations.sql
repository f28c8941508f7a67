-- Orders whose money shall be set aside from the customer's default method if nobody else asks for it (PAYMENTS_PREAUTHORIZE_ORDERS).
create table preauthorizations (
  order_id uuid primary key,
  customer_id uuid not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  -- done: it was asked for, the payment has the answer; not-needed: somebody else was faster, or nobody wants it any more
  state text not null default 'due' check (state in ('due', 'done', 'not-needed')),
  due_at timestamptz not null
);
create index preauthorizations_due on preauthorizations (due_at) where state = 'due';
create index preauthorizations_customer on preauthorizations (customer_id);
