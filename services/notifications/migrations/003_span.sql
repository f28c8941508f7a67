-- The span that caused a message, where its trace is recorded: the sending hangs below it.
alter table messages add column span_id text;
