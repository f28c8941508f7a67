-- Who shifted traffic between versions of a service, when and why. The last row of a service is what holds; none is ever changed.
create table traffic_changes (
  service text not null check (length(service) <= 64),
  version integer not null check (version > 0),
  -- {"v1": 90, "v2": 10}; null: those of the settings again
  weights jsonb check (jsonb_typeof(weights) = 'object'),
  reason text not null check (length(reason) between 1 and 500),
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (service, version)
);
revoke update, delete, truncate on traffic_changes from :"role";
