-- A second factor: the secret of an authenticator app, sealed. It counts once it is enabled, and each of its steps once.
create table factor (
  person_id text primary key not null references person (id),
  clinic_id text not null references clinic (id),
  sealed blob not null,
  last_step integer not null,
  enabled_at_ms integer,
  created_at_ms integer not null
) strict;

-- Codes for when the app is not at hand, as keyed hashes; each counts once.
create table backup_code (
  code_hash text primary key not null,
  person_id text not null references person (id),
  used_at_ms integer
) strict;
create index backup_code_by_person on backup_code (person_id);

-- What tokens are signed with: the keys follow from the root key and their number.
create table signing_key (
  clinic_id text not null references clinic (id),
  generation integer not null,
  created_at_ms integer not null,
  primary key (clinic_id, generation)
) strict;

-- Devices are known by a key of their own, where they can keep one.
alter table device rename column role to kind;
alter table device_code rename column role to kind;
alter table device add column public_key text;
alter table device add column app_version text;
alter table device add column seen_at_ms integer;
alter table device add column hello_at_ms integer;
alter table device add column locked_at_ms integer;
alter table device add column wiped_at_ms integer;

-- One patient who was there twice: nothing moves, the one who stays is shown what is the other's.
alter table person add column merged_into text references person (id);
alter table person add column merged_at_ms integer;
create index person_by_merge on person (merged_into) where merged_into is not null;
create index person_by_birth on person (clinic_id, birth_date) where birth_date is not null;

-- Two who look alike, and were told apart.
create table person_distinct (
  first_id text not null references person (id),
  second_id text not null references person (id),
  clinic_id text not null references clinic (id),
  created_at_ms integer not null,
  primary key (first_id, second_id)
) strict, without rowid;

-- Who acts for whom.
create table guardian (
  guardian_id text not null references person (id),
  dependant_id text not null references person (id),
  created_at_ms integer not null,
  ended_at_ms integer,
  primary key (guardian_id, dependant_id)
) strict, without rowid;
