-- What the shop has to say to people, and what became of it.

create table messages (
  id uuid primary key,
  template text not null,
  -- what it is about: the same event again is the same message
  event_id uuid not null,
  channel text not null default 'email' check (channel in ('email', 'sms', 'push')),
  user_id uuid,
  order_id uuid,
  -- where it goes; found when it is written, forgotten when the person is erased
  address text,
  locale text not null,
  -- facts of the event; no secrets: links and codes are asked for when the message is written
  data jsonb not null default '{}',
  subject text,
  -- which of several mail servers took it
  provider text,
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed', 'suppressed')),
  -- why it failed or was not sent, as a code
  reason text,
  attempts integer not null default 0,
  -- somebody waits for it in front of the screen: it goes before all others
  urgent boolean not null default false,
  -- while queued: when it is due
  next_at timestamptz not null default now(),
  -- whoever sends it holds it until then. In no index, so that taking a message costs a new version of its row and nothing else.
  leased_until timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- what the other side said later
  receipt text check (receipt in ('delivered', 'bounced', 'complained')),
  receipt_at timestamptz,
  resend_of uuid,
  constraint messages_once unique (template, event_id, channel),
  check ((state = 'queued') = (finished_at is null)),
  check (receipt is null or receipt_at is not null)
) with (fillfactor = 80);
create index messages_due on messages (urgent desc, next_at) where state = 'queued';
create index messages_user on messages (user_id) where user_id is not null;
create index messages_order on messages (order_id) where order_id is not null;
create index messages_created on messages (created_at, id);

-- Takes due messages, the urgent ones first; several senders take different ones. By the index of what is queued, whatever the
-- statistics say: they are often taken while nothing is queued, and then a look at the whole table seems to be cheaper.
create function claim_messages(most integer, lease interval) returns setof messages
language sql set enable_seqscan = off set enable_bitmapscan = off as $$
  update messages m set attempts = m.attempts + 1, leased_until = now() + lease
   where m.id in (
     select d.id from messages d
      where d.state = 'queued' and d.next_at <= now() and (d.leased_until is null or d.leased_until <= now())
      order by d.urgent desc, d.next_at limit most for update skip locked)
  returning m.*
$$;

-- Addresses nobody writes to: hashed with the installation's key, so that the list itself tells nothing.
create table suppressions (
  address_hash bytea not null,
  -- 'all': the address does not exist; 'marketing': its owner wants no advertising
  scope text not null check (scope in ('all', 'marketing')),
  reason text not null,
  created_at timestamptz not null default now(),
  primary key (address_hash, scope)
);

-- Operators' own words for a mail: subject and opening; tables, buttons and links stay.
create table template_overrides (
  template text not null,
  language text not null check (language in ('en', 'de')),
  subject text not null check (subject !~ '[\r\n]'),
  body text not null,
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  primary key (template, language)
);

-- Messages that stayed at home. The columns up to `at` are those of the mailbox driver in the kit.
create table mailbox (
  position bigint generated always as identity primary key,
  id text not null unique,
  recipient text not null,
  subject text not null,
  html text not null,
  body text not null,
  attachments jsonb not null default '[]',
  at timestamptz not null default now(),
  channel text not null default 'email' check (channel in ('email', 'sms', 'push'))
);
create index mailbox_recipient on mailbox (recipient, position desc);
