-- outside a transaction
create index concurrently if not exists clicks_ordered on :"schema".clicks (order_id) where order_id is not null;
