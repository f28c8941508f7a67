-- Products, their texts, variants, places in the category tree, pictures.

create table sellers (
  id uuid primary key,
  -- who may write the seller's products; null once that account is erased
  user_id uuid unique,
  slug text not null unique,
  name text not null,
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  version integer not null default 1,
  created_at timestamptz not null default now()
);

create table brands (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  version integer not null default 1,
  created_at timestamptz not null default now()
);

-- The tree as materialised paths: `path` is the ids from the root down to the row itself.
create table categories (
  id uuid primary key,
  parent_id uuid references categories on delete restrict,
  path uuid[] not null,
  slug text not null unique,
  position integer not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  check (path[cardinality(path)] = id),
  check (cardinality(path) <= 12),
  check (parent_id is null and cardinality(path) = 1 or path[cardinality(path) - 1] = parent_id)
);
create index categories_parent on categories (parent_id, position);
create index categories_path on categories using gin (path);

create table products (
  id uuid primary key,
  slug text not null,
  status text not null check (status in ('DRAFT', 'ACTIVE', 'ARCHIVED')),
  version integer not null default 1,
  seller_id uuid references sellers on delete restrict,
  brand_id uuid references brands on delete restrict,
  tax_class text not null default 'standard' references tax_classes on delete restrict,
  -- keys of the channels that show it; null: every channel
  channels text[],
  gift_card boolean not null default false,
  requires_shipping boolean not null default true,
  tags text[] not null default '{}',
  -- [{"key": "size", "titles": {"en": "Size"}, "values": [{"key": "m", "titles": {"en": "M"}}]}]
  options jsonb not null default '[]',
  attributes jsonb not null default '{}',
  -- derived by refresh_cards: the categories and all that lie above them; the first picture
  category_ids uuid[] not null default '{}',
  image text,
  -- name of the system it was imported from
  source text,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (status <> 'ACTIVE' or published_at is not null)
);
create index products_newest on products (created_at desc, id desc);
create index products_seller on products (seller_id, created_at desc, id desc) where seller_id is not null;
create index products_brand on products (brand_id) where brand_id is not null;

-- Every address a product ever had; old ones lead to the current one.
create table slugs (
  slug text primary key,
  product_id uuid not null references products on delete cascade,
  current boolean not null default true
);
create unique index slugs_current on slugs (product_id) where current;

-- Translated texts of products and categories. `owner_id` is unique across both kinds (UUIDv7).
create table texts (
  owner_id uuid not null,
  locale text not null,
  title text not null,
  description text not null default '',
  seo_title text,
  seo_description text,
  primary key (owner_id, locale)
);

create table variants (
  id uuid primary key,
  product_id uuid not null references products on delete cascade,
  sku text not null constraint variants_sku_key unique,
  -- {"size": "m", "colour": "red"}; jsonb keeps one order of keys, so equal combinations are equal values
  options jsonb not null default '{}',
  -- derived from the options: {"en": "M / Red"}
  titles jsonb not null default '{}',
  barcode text,
  weight_grams integer not null default 0 check (weight_grams >= 0),
  position integer not null default 0,
  attributes jsonb not null default '{}',
  -- taken off the shelf but kept: orders and price history point here
  retired boolean not null default false,
  -- what inventory told last; null: nothing heard
  in_stock boolean
);
create unique index variants_combination on variants (product_id, options) where not retired;
create unique index variants_barcode on variants (barcode) where barcode is not null and not retired;

create table product_categories (
  product_id uuid not null references products on delete cascade,
  category_id uuid not null references categories on delete restrict,
  primary key (product_id, category_id)
);
create index product_categories_category on product_categories (category_id);

create table product_relations (
  product_id uuid not null references products on delete cascade,
  related_id uuid not null references products on delete cascade,
  position integer not null default 0,
  primary key (product_id, related_id),
  check (product_id <> related_id)
);

-- Pictures and other files; `renditions` are the stored sizes: [{"key": "…-480.webp", "width": 480, "height": 320}]
create table media (
  id uuid primary key,
  product_id uuid not null references products on delete cascade,
  kind text not null check (kind in ('image', 'document')),
  content_type text not null,
  -- of the uploaded bytes: the same file twice is the same picture
  content_hash text not null,
  renditions jsonb not null,
  alt jsonb not null default '{}',
  position integer not null,
  created_at timestamptz not null default now(),
  unique (product_id, content_hash)
);
create index media_of_product on media (product_id, position);

create table attribute_definitions (
  id uuid primary key,
  entity text not null check (entity in ('product', 'variant', 'order')),
  key text not null,
  type text not null check (type in ('text', 'number', 'boolean', 'date', 'enum')),
  required boolean not null default false,
  -- allowed values of an enum
  choices text[] not null default '{}',
  titles jsonb not null default '{}',
  position integer not null default 0,
  version integer not null default 1,
  unique (entity, key),
  check (type = 'enum' or cardinality(choices) = 0)
);

create table wishlist_items (
  user_id uuid not null,
  product_id uuid not null references products on delete cascade,
  added_at timestamptz not null default now(),
  primary key (user_id, product_id)
);
create index wishlist_items_product on wishlist_items (product_id);
