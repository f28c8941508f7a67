-- outside a transaction
-- The parts for search engines begin at every so many products, by id.
create index concurrently if not exists product_cards_by_id on :"schema".product_cards (channel, locale, product_id);
