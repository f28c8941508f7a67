-- outside a transaction
-- The queue has shown reviews with new pictures too.
create index concurrently if not exists reviews_to_look_at on :"schema".reviews (queued_at, id) where state in ('pending', 'hidden') or open_reports > 0 or pictures_waiting > 0;
drop index concurrently if exists :"schema".reviews_queue;
