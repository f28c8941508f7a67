-- outside a transaction
-- What has to be booked is asked for every other second. The index for planned parcels did not know of labels for returns, so each look read all parcels.
create index concurrently if not exists shipments_unbooked on :"schema".shipments (created_at) where not imported and (state = 'planned' or (direction = 'return' and state = 'labelled' and label_key is null));
