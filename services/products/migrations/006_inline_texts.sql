-- As a set-returning function the planner inlines it (a lookup by primary key) instead of calling it once per line.
drop function text_of(uuid, text, text);
create function text_of(owner uuid, wanted text, fallback text) returns setof texts
language sql stable
begin atomic
  select t.* from texts t
   where t.owner_id = owner
   order by t.locale = wanted desc, t.locale = split_part(wanted, '-', 1) desc, t.locale = fallback desc, t.locale
   limit 1;
end;
