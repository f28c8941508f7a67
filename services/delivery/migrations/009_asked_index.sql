-- outside a transaction
create index concurrently if not exists shipment_addresses_asked on :"schema".shipment_addresses (shipment_id) where erase_when_finished and finished_at is not null;
