-- A clinic has a number: with it a place in its feed or its log is one whole number (number × 2^40 + seq), the key of the row
-- itself. A key of text beside each row was a third of what a batch writes.
alter table clinic add column number integer not null default 0;
update clinic set number = (select count(*) from clinic before where before.id <= clinic.id);
create unique index clinic_number on clinic (number);

create table change_next (
  place integer primary key not null,
  clinic_id text not null,
  seq integer not null,
  entity text not null,
  entity_id text not null,
  branch_id text,
  person_id text,
  at_ms integer not null
) strict;
insert into change_next (place, clinic_id, seq, entity, entity_id, branch_id, person_id, at_ms)
  select c.number * 1099511627776 + f.seq, f.clinic_id, f.seq, f.entity, f.entity_id, f.branch_id, f.person_id, f.at_ms
  from change f join clinic c on c.id = f.clinic_id order by 1;
drop table change;
alter table change_next rename to change;

create table audit_next (
  place integer primary key not null,
  clinic_id text not null,
  seq integer not null,
  id text not null,
  at_ms integer not null,
  action text not null,
  outcome text not null,
  person_id text,
  device_id text,
  session_id text,
  role text,
  patient_id text,
  target text not null,
  detail_sealed blob,
  detail_hash blob,
  hash blob not null
) strict;
insert into audit_next (place, clinic_id, seq, id, at_ms, action, outcome, person_id, device_id, session_id, role, patient_id,
    target, detail_sealed, detail_hash, hash)
  select c.number * 1099511627776 + a.seq, a.clinic_id, a.seq, a.id, a.at_ms, a.action, a.outcome, a.person_id, a.device_id,
    a.session_id, a.role, a.patient_id, a.target, a.detail_sealed, a.detail_hash, a.hash
  from audit a join clinic c on c.id = a.clinic_id order by 1;
drop table audit;
alter table audit_next rename to audit;
create index audit_by_patient on audit (patient_id, place) where patient_id is not null;
create index audit_by_person on audit (person_id, place) where person_id is not null;
create trigger audit_no_update before update on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_no_delete before delete on audit begin select raise(abort, 'the audit log is append-only'); end;

-- Up to which day nobody of a branch waits any more: what is still going on is looked for after it, by the tickets' labels.
-- So only tickets of somebody known need a place among those that are going on, which lets nobody have two.
alter table branch add column ended_day text;
drop index ticket_active;
create unique index ticket_active on ticket (clinic_id, patient_id, service_id) where active = 1 and patient_id is not null;
