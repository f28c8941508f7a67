-- outside a transaction
-- … and those whose SKU begins with what somebody typed, large or small.
create index concurrently if not exists variants_by_sku_typed on :"schema".variants (lower(sku) text_pattern_ops);
