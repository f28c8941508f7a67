-- Sales channels and the tax they show. Runs with search_path set to the service's schema.

create table channels (
  key text primary key,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- first one: the language of last resort
  locales text[] not null check (cardinality(locales) > 0),
  country text not null check (country ~ '^[A-Z]{2}$'),
  prices_include_tax boolean not null,
  -- keys of warehouses, first choice first; empty: all
  warehouses text[] not null default '{}',
  -- zones in which the channel collects tax; empty: all that exist
  tax_zones text[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A host name leads to one channel.
create table channel_hosts (
  host text primary key check (host = lower(host)),
  channel text not null references channels on delete cascade
);
create index channel_hosts_channel on channel_hosts (channel);

create table tax_classes (
  key text primary key,
  name text not null
);

create table tax_zones (
  key text primary key,
  name text not null
);

-- A country lies in one zone, so that a destination has one rate.
create table tax_zone_countries (
  country text primary key check (country ~ '^[A-Z]{2}$'),
  zone text not null references tax_zones on delete cascade
);

create table tax_rates (
  zone text not null references tax_zones on delete cascade,
  tax_class text not null references tax_classes on delete restrict,
  basis_points integer not null check (basis_points between 0 and 10000),
  primary key (zone, tax_class)
);

-- The rate of a tax class where goods go, as the channel collects it: 0 outside its zones.
create function tax_rate(for_class text, destination text, collected_in text[]) returns integer
language sql stable
begin atomic
  select r.basis_points
    from tax_zone_countries c
    join tax_rates r on r.zone = c.zone and r.tax_class = for_class
   where c.country = destination
     and (cardinality(collected_in) = 0 or c.zone = any (collected_in));
end;
