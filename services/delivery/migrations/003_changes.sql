-- The customer asked to be forgotten while a parcel was on its way: its address goes as soon as nobody needs it.
alter table shipment_addresses add column erase_when_finished boolean not null default false;

-- Changes of what is planned (content, address), by the id of whoever asked: asking again is answered, not done again.
create table parcel_changes (
  id       uuid        primary key,
  order_id uuid        not null,
  at       timestamptz not null default now()
);
