-- Messages that could not be applied wait for staff, who look, try again, or give up on them; what they decided stays.
alter table webhook_events add column key text generated always as (gateway || ' ' || event_id) stored;
-- No second unique constraint: the primary key says it already, and twins that arrive at once would stumble over this one.
create index webhook_events_key on webhook_events (key);
alter table webhook_events drop constraint webhook_events_state_check;
alter table webhook_events add constraint webhook_events_state_check check (state in ('received', 'applied', 'ignored', 'parked', 'discarded'));

create table message_decisions (
  id        bigint      generated always as identity primary key,
  gateway   text        not null,
  event_id   text        not null,
  decision  text        not null check (decision in ('redriven', 'discarded')),
  actor     text        not null,
  -- what came of it, or why it was given up
  note      text        not null,
  at        timestamptz not null default now(),
  foreign key (gateway, event_id) references webhook_events
);
create index message_decisions_of on message_decisions (gateway, event_id);
