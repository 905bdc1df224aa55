-- A contact says when and how it was proven: an address is one person's only among proven ones. SQLite drops the old rule with
-- the table that has it.
create table person_next (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  email text,
  email_proven_at_ms integer,
  email_proven_how text,
  phone text,
  phone_proven_at_ms integer,
  phone_proven_how text,
  birth_date text,
  language text,
  password text,
  suspended_at_ms integer,
  created_at_ms integer not null,
  version integer not null,
  deleted_at_ms integer,
  standing_why text,
  merged_into text references person (id),
  merged_at_ms integer,
  leaving_at_ms integer,
  gender text,
  record_number integer
) strict;
insert into person_next (id, clinic_id, name, email, phone, birth_date, language, password, suspended_at_ms, created_at_ms,
    version, deleted_at_ms, standing_why, merged_into, merged_at_ms, leaving_at_ms, gender, record_number)
  select id, clinic_id, name, email, phone, birth_date, language, password, suspended_at_ms, created_at_ms,
    version, deleted_at_ms, standing_why, merged_into, merged_at_ms, leaving_at_ms, gender, record_number from person;
drop table person;
alter table person_next rename to person;
create index person_by_phone on person (clinic_id, phone) where phone is not null;
create index person_by_email on person (clinic_id, email) where email is not null;
create index person_by_merge on person (merged_into) where merged_into is not null;
create index person_by_birth on person (clinic_id, birth_date) where birth_date is not null;
create unique index person_record_number on person (clinic_id, record_number);
create index person_leaving on person (clinic_id) where leaving_at_ms is not null;

-- Whoever has a password chose it by a code or a link that went to their address, or to their number where they had no
-- address; a number beside an address was typed, and so was all that the desk wrote down.
update person set email_proven_at_ms = created_at_ms, email_proven_how = 'record'
  where email is not null and password is not null;
update person set phone_proven_at_ms = created_at_ms, phone_proven_how = 'record'
  where phone is not null and password is not null and (email is null or email like '%@demo.medlane.example')
  and not exists (select 1 from person other where other.clinic_id = person.clinic_id and other.phone = person.phone
    and other.password is not null and (other.email is null or other.email like '%@demo.medlane.example')
    and other.id < person.id);
create unique index person_email on person (clinic_id, email) where email_proven_at_ms is not null;
create unique index person_phone on person (clinic_id, phone) where phone_proven_at_ms is not null;

-- That somebody at the desk has checked who a person is: by what kind of document, never its number.
create table identity_check (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  person_id text not null references person (id),
  document text not null,
  purpose text not null,
  by_id text references person (id),
  at_ms integer not null
) strict;
create index identity_check_by_person on identity_check (person_id);
