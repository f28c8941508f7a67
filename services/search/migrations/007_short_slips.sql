-- Two swapped letters of a word of three were not recognised: its slips were not stored.
create or replace function slips_of(word text) returns setof text
language sql immutable
begin atomic
  select word union select left(word, n - 1) || substr(word, n + 1) from generate_series(1, length(word)) n;
end;
insert into slips (locale, slip, word)
select distinct v.locale, slip, v.word from vocabulary v cross join slips_of(v.word) slip where length(v.word) = 3 and v.word !~ '[0-9]'
    on conflict do nothing;
