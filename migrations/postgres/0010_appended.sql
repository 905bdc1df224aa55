-- A clinic is never removed, so that no row of what is only appended to looks for its own.
alter table change drop constraint change_clinic_id_fkey;
alter table audit drop constraint audit_clinic_id_fkey;
