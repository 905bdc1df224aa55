-- A contact says when and how it was proven: an address is one person's only among proven ones.
alter table person drop constraint person_clinic_id_email_key;
alter table person add column email_proven_at_ms bigint;
alter table person add column email_proven_how text;
alter table person add column phone_proven_at_ms bigint;
alter table person add column phone_proven_how text;
create index person_by_email on person (clinic_id, email) where email is not null;

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
  at_ms bigint not null
);
create index identity_check_by_person on identity_check (person_id);
