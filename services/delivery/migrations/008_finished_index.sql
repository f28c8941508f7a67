-- outside a transaction
create index concurrently if not exists shipment_addresses_finished on :"schema".shipment_addresses (finished_at) where finished_at is not null;
