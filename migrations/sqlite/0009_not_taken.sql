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
