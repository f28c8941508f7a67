-- A renamed brand, a moved category or a new language changes what shoppers see of products without a version of their own. Who keeps a
-- read model of them has to hear of it: the job that works this queue off tells it.
alter table stale_cards add column tell boolean not null default false;
