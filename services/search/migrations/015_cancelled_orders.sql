-- An order that is cancelled is taken off the searches it came from, exactly where it was counted.
alter table clicks add column counted_on date;
-- the order that was cancelled last: told again, it does not come from this click any more
alter table clicks add column cancelled_order uuid;
