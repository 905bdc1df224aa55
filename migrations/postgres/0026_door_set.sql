-- Who opened, paused or closed a branch's queue last, and when.
alter table branch add column door_by text references person (id);
alter table branch add column door_at_ms bigint;
