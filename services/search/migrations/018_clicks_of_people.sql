-- outside a transaction
create index concurrently if not exists clicks_of_people on :"schema".clicks (at) where user_id is not null;
