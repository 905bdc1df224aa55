-- The patients whom a list showed, by the place of its audit entry: the entry's leaf covers them. So "who saw this patient"
-- finds lists too.
create table audit_shown (
  place integer not null,
  patient_id text not null,
  primary key (place, patient_id)
) strict, without rowid;
create index audit_shown_by_patient on audit_shown (patient_id, place);
create trigger audit_shown_no_update before update on audit_shown begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_shown_no_delete before delete on audit_shown begin select raise(abort, 'the audit log is append-only'); end;
