-- outside a transaction
-- Addresses that somebody wants to be forgotten are looked for four times a minute, and are few among all that are kept.
create index concurrently if not exists shipment_addresses_asked on :"schema".shipment_addresses (shipment_id) where erase_when_finished;
