-- Flows that wait for a person are few and looked for often; finished ones are many and never looked for.
create index processes_stuck on processes (started_at) where status = 'stuck';
