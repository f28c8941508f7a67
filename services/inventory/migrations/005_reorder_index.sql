-- The clock that reorders looks only at SKUs that have a reorder point.
create index items_reordered on items (sku) where reorder_point is not null;
