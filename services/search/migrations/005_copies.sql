-- What a search engine beside PostgreSQL still has to be told. Empty where there is none.
create sequence copies_in_order;
create table copies (
  product_id uuid primary key,
  -- grows with each change, so that one that comes while a copy is made is not taken for done
  turn bigint not null default nextval('copies_in_order')
);
create index copies_turn on copies (turn);
