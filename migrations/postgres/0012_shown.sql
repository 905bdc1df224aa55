-- The patients whom a list showed, by the place of its audit entry: the entry's leaf covers them. So "who saw this patient"
-- finds lists too.
create table audit_shown (
  place bigint not null,
  patient_id text not null,
  primary key (place, patient_id)
);
create index audit_shown_by_patient on audit_shown (patient_id, place);
create trigger audit_shown_append_only before update or delete on audit_shown for each row execute function append_only();
create trigger audit_shown_no_truncate before truncate on audit_shown execute function append_only();
