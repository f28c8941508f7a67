-- outside a transaction
-- Cleaning up must not read the clicks that led to orders, which stay long.
create index concurrently if not exists clicks_alone on :"schema".clicks (at) where order_id is null;
