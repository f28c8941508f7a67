-- A picture waits until staff have looked, also where the words are shown; those that are there were decided about with their review.
alter table pictures add column waiting boolean not null default false;
-- how many of them wait, counted by the trigger below
alter table reviews add column pictures_waiting integer not null default 0 check (pictures_waiting >= 0);

create function fold_picture() returns trigger language plpgsql set search_path from current as $$
declare
  was boolean := coalesce(old.waiting, false);
  waits boolean := coalesce(new.waiting, false);
begin
  if was <> waits then
    update reviews r set pictures_waiting = r.pictures_waiting + waits::integer - was::integer,
                         queued_at = case when waits and r.pictures_waiting = 0 and r.open_reports = 0 and r.state = 'published' then now() else r.queued_at end
     where r.id = coalesce(new.review_id, old.review_id);
  end if;
  return null;
end $$;
create trigger pictures_fold after insert or update of waiting or delete on pictures for each row execute function fold_picture();
