-- What is only appended to is a plain table with its key beside it: the rows of a table without a rowid are moved from page
-- to page as it grows. A clinic is never removed, so that no row looks for its own.
create table change_next (
  clinic_id text not null,
  seq integer not null,
  entity text not null,
  entity_id text not null,
  branch_id text,
  person_id text,
  at_ms integer not null,
  primary key (clinic_id, seq)
) strict;
insert into change_next (clinic_id, seq, entity, entity_id, branch_id, person_id, at_ms)
  select clinic_id, seq, entity, entity_id, branch_id, person_id, at_ms from change order by clinic_id, seq;
drop table change;
alter table change_next rename to change;

create table audit_next (
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
  hash blob not null,
  primary key (clinic_id, seq)
) strict;
insert into audit_next (clinic_id, seq, id, at_ms, action, outcome, person_id, device_id, session_id, role, patient_id,
    target, detail_sealed, detail_hash, hash)
  select clinic_id, seq, id, at_ms, action, outcome, person_id, device_id, session_id, role, patient_id, target,
    detail_sealed, detail_hash, hash from audit order by clinic_id, seq;
drop table audit;
alter table audit_next rename to audit;
create index audit_by_patient on audit (clinic_id, patient_id, seq) where patient_id is not null;
create index audit_by_person on audit (clinic_id, person_id, seq) where person_id is not null;
create trigger audit_no_update before update on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_no_delete before delete on audit begin select raise(abort, 'the audit log is append-only'); end;
