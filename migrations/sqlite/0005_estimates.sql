-- How today goes beside the mean, and how wide waits have been beside what was said.
alter table service_learned add column pace real not null default 1;
alter table service_learned add column today integer not null default 0;
alter table service_learned add column last_at_ms integer;
alter table service_learned add column low real not null default -1.2816;
alter table service_learned add column high real not null default 1.2816;
alter table service_learned add column waits integer not null default 0;

-- What somebody was told when they joined, and what it was.
create table quote (
  ticket_id text primary key not null references ticket (id),
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  service_id text not null references service (id),
  at_ms integer not null,
  ahead integer not null,
  mean_s real not null,
  sd_s real not null,
  low_min integer not null,
  high_min integer not null,
  actual_s real,
  settled_at_ms integer
) strict;
create index quote_by_branch on quote (branch_id, at_ms);
create index quote_open on quote (clinic_id) where settled_at_ms is null;

-- Where somebody at a kiosk has asked for help, and nobody has gone yet.
create table help_call (
  device_id text primary key not null references device (id),
  branch_id text not null references branch (id),
  asked_at_ms integer not null
) strict;
