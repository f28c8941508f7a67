-- Highest fence of a lock under which somebody corrected the SKU. Whoever had the lock before, and thinks so still, comes too late.
alter table items add column fence bigint not null default 0;
