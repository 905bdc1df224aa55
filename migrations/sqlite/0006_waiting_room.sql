-- How a branch runs its queue (JSON, as `BranchPolicy`).
alter table branch add column policy text not null default '{}';

-- Who joined from home is there once they have checked in; who takes a ticket at the clinic is there.
alter table ticket add column arrived_at_ms integer;
update ticket set arrived_at_ms = joined_at_ms;

-- The letter of a kiosk's own series.
alter table device add column letter text;
create unique index device_letter on device (branch_id, letter) where revoked_at_ms is null;

-- What only a person at the desk can settle.
create table desk_task (
  id text primary key not null,
  branch_id text not null references branch (id),
  kind text not null,
  ticket_id text not null references ticket (id),
  other text,
  at_ms integer not null,
  settled_at_ms integer
) strict;
create index desk_task_open on desk_task (branch_id) where settled_at_ms is null;
