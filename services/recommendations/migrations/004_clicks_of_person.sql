-- outside a transaction
-- What a person chose: shown to them, and forgotten when they say so.
create index concurrently if not exists clicks_of_person on :"schema".clicks (person_id) where person_id is not null;
