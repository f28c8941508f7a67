-- Messages that could not be applied wait for staff, who look, try again, or give up on them; what they decided stays.
alter table carrier_messages add column key text generated always as (carrier || ' ' || message_id) stored;
alter table carrier_messages add constraint carrier_messages_key unique (key);
alter table carrier_messages drop constraint carrier_messages_state_check;
alter table carrier_messages add constraint carrier_messages_state_check check (state in ('received', 'applied', 'ignored', 'parked', 'discarded'));

create table message_decisions (
  id        bigint      generated always as identity primary key,
  carrier   text        not null,
  message_id   text        not null,
  decision  text        not null check (decision in ('redriven', 'discarded')),
  actor     text        not null,
  -- what came of it, or why it was given up
  note      text        not null,
  at        timestamptz not null default now(),
  foreign key (carrier, message_id) references carrier_messages
);
create index message_decisions_of on message_decisions (carrier, message_id);
