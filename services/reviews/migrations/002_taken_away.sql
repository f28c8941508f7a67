-- Of which products somebody took a review back that staff had taken away, or that readers had reported: the next one waits for staff.
create table taken_away (
  author_id uuid not null,
  product_id uuid not null,
  at timestamptz not null default now(),
  primary key (author_id, product_id)
);
