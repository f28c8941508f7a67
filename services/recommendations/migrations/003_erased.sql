-- Who was erased. Events of before may be handled afterwards, of another key or out of the dead letters: what they tell of these people belongs to nobody.
create table erased (
  person_id uuid primary key,
  at timestamptz not null default now()
);

-- Of whom nothing may be remembered.
create view unremembered as select o.person_id from opted_out o union all select e.person_id from erased e;
