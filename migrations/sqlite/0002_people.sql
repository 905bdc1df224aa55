-- Messages to people, until they are sent and after.
create table message (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  person_id text references person (id),
  channel text not null,
  template text not null,
  recipient text not null,
  sealed blob,
  state text not null,
  tries integer not null,
  due_at_ms integer not null,
  expires_at_ms integer,
  created_at_ms integer not null,
  settled_at_ms integer,
  fault text
) strict;
create index message_due on message (due_at_ms) where state = 'waiting';
create index message_by_clinic on message (clinic_id, id);

-- Contacts that somebody proves to be theirs. A code is kept as a keyed hash; what was told with it is sealed.
create table verification (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  purpose text not null,
  person_id text references person (id),
  sealed blob not null,
  code_hash text,
  tries integer not null,
  expires_at_ms integer not null,
  settled_at_ms integer,
  created_at_ms integer not null
) strict;
create index verification_by_age on verification (expires_at_ms);

-- What was done how often, for limits that hold across nodes and restarts. The key is a keyed hash.
create table attempt (
  id text primary key not null,
  began_at_ms integer not null,
  last_at_ms integer not null,
  count integer not null
) strict, without rowid;
create index attempt_by_age on attempt (last_at_ms);
create index person_by_phone on person (clinic_id, phone) where phone is not null;

-- Nobody is deleted: who left is marked, and why.
alter table person add column deleted_at_ms integer;
alter table person add column standing_why text;
-- What a session's program says of itself.
alter table session add column agent text;
alter table device add column version integer not null default 1;
create index session_by_device on session (device_id) where device_id is not null;
