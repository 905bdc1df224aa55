-- What devices wrote down of reads without the network: the hash of each, to see gaps and forks.
create table device_read (
  device_id text not null references device (id),
  n integer not null,
  hash blob not null,
  at_ms integer not null,
  primary key (device_id, n, hash)
) strict, without rowid;

-- What is wrong with them, until somebody has looked into it.
alter table device add column reads_alert text;

-- What waits at the desk may be of a ticket that is not there: one that a kiosk gave and that could not join.
create table desk_task_next (
  id text primary key not null,
  branch_id text not null references branch (id),
  kind text not null,
  ticket_id text references ticket (id),
  other text,
  at_ms integer not null,
  settled_at_ms integer
) strict;
insert into desk_task_next select id, branch_id, kind, ticket_id, other, at_ms, settled_at_ms from desk_task;
drop table desk_task;
alter table desk_task_next rename to desk_task;
create index desk_task_open on desk_task (branch_id) where settled_at_ms is null;
