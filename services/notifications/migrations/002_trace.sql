-- The story a message belongs to, so that its sending can be found in the trace of what caused it.
alter table messages add column trace_id text, add column correlation_id text, add column causation_id text;
