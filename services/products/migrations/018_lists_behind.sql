-- Cards that wait to be drawn anew may show old prices: lists that were kept before end with the change, not with the drawing.
create trigger cache_insert after insert on stale_cards referencing new table as changed for each statement execute function tell_lists();
create trigger cache_update after update on stale_cards referencing new table as changed for each statement execute function tell_lists();
