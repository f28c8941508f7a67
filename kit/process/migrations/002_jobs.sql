-- Work by the clock: who runs each job now, and how the last run went. See kit/service/jobs.ts.
create table jobs (
  name          text        primary key,
  lease_until   timestamptz not null default '-infinity',
  next_at       timestamptz not null default '-infinity',
  runs          bigint      not null default 0,
  started_at    timestamptz,
  finished_at   timestamptz,
  last_error    text
) with (fillfactor = 50);
