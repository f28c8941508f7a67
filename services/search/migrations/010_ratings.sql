-- What the shown reviews of a product come to, as reviews told it. The higher revision is the later one.
alter table ratings add column revision bigint not null default 0;
