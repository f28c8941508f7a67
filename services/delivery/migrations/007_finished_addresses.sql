-- Addresses that nobody needs any more are looked for four times a minute. Which parcels have arrived stands with the parcels, so each look
-- read all parcels there ever were: it stands beside the address as well now.
alter table shipment_addresses add column finished_at timestamptz;

update shipment_addresses a set finished_at = s.updated_at from shipments s
 where s.id = a.shipment_id and s.state in ('delivered', 'cancelled', 'returned');

create function note_finished() returns trigger language plpgsql set search_path from current as $$
begin
  update shipment_addresses set finished_at = case when new.state in ('delivered', 'cancelled', 'returned') then now() end
   where shipment_id = new.id;
  return null;
end $$;
create trigger shipments_finished after update of state on shipments for each row
  when (old.state <> new.state and (old.state in ('delivered', 'cancelled', 'returned') or new.state in ('delivered', 'cancelled', 'returned')))
  execute function note_finished();
