-- Invoices and credit notes as documents. Their numbers have no gaps: a number is taken in the transaction that writes it down.

create table invoice_series (
  kind    text    not null check (kind in ('invoice', 'credit-note')),
  channel text    not null,
  year    integer not null,
  -- before the year: two channels never have the same number
  prefix  text    not null,
  last    bigint  not null default 0 check (last >= 0),
  primary key (kind, channel, year),
  unique (prefix, year)
);

create table invoices (
  -- the order's id, or for a credit note that of the return
  id         uuid        primary key,
  kind       text        not null check (kind in ('invoice', 'credit-note')),
  order_id   uuid        not null,
  channel    text        not null,
  number     text        unique,
  issued_at  timestamptz,
  object_key text,
  -- somebody waits for it
  asked_at   timestamptz,
  attempts   integer     not null default 0,
  retry_at   timestamptz not null default now(),
  problem    text,
  created_at timestamptz not null default now(),
  constraint invoices_numbered check ((number is null) = (issued_at is null)),
  constraint invoices_made check (object_key is null or number is not null)
);
create index invoices_open on invoices (asked_at, created_at) where object_key is null;
create index invoices_by_order on invoices (order_id);

-- The number of a document, given on first asking. Holds the series until the caller commits, so a rollback leaves no gap.
create function number_invoice(of_id uuid) returns text language plpgsql as $$
declare
  doc invoices;
  series_year integer := extract(year from now() at time zone 'UTC');
  base text;
  taken invoice_series;
begin
  select i.* into doc from invoices i where i.id = of_id for update;
  if doc.number is not null then
    return doc.number;
  end if;
  base := case doc.kind when 'invoice' then 'INV' else 'CN' end;
  if not exists (select 1 from invoice_series s where s.kind = doc.kind and s.channel = doc.channel and s.year = series_year) then
    insert into invoice_series (kind, channel, year, prefix)
    values (doc.kind, doc.channel, series_year,
      -- the first channel that issues one has the short form
      case when exists (select 1 from invoice_series s where s.kind = doc.kind and s.channel <> doc.channel and s.prefix = base)
        then base || '-' || upper(doc.channel) else base end)
    on conflict do nothing;
  end if;
  update invoice_series s set last = s.last + 1
  where s.kind = doc.kind and s.channel = doc.channel and s.year = series_year returning s.* into strict taken;
  update invoices i set issued_at = now(),
    number = taken.prefix || '-' || taken.year || '-' || lpad(taken.last::text, greatest(6, length(taken.last::text)), '0')
  where i.id = of_id returning i.* into doc;
  if doc.kind = 'credit-note' then
    update credit_notes n set number = doc.number where n.source = 'shop' and n.source_ref = of_id::text;
  end if;
  return doc.number;
end $$;
