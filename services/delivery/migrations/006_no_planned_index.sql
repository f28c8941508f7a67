-- outside a transaction
drop index concurrently if exists :"schema".shipments_to_book;
