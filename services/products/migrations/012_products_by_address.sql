-- outside a transaction
-- … and from A to Z.
create index concurrently if not exists products_address on :"schema".products (slug, id);
