-- A clinic has a number: with it a place in its feed or its log is one whole number (number × 2^40 + seq), the key of the row
-- itself. A key of text beside each row was a third of what a batch writes.
alter table clinic add column number bigint not null default 0;
update clinic set number = (select count(*) from clinic earlier where earlier.id <= clinic.id);
create unique index clinic_number on clinic (number);

alter table change add column place bigint;
update change set place = c.number * 1099511627776 + change.seq from clinic c where c.id = change.clinic_id;
alter table change drop constraint change_pkey;
alter table change alter column place set not null;
alter table change add primary key (place);

alter table audit disable trigger user;
alter table audit add column place bigint;
update audit set place = c.number * 1099511627776 + audit.seq from clinic c where c.id = audit.clinic_id;
alter table audit enable trigger user;
alter table audit drop constraint audit_pkey;
alter table audit alter column place set not null;
alter table audit add primary key (place);
drop index audit_by_patient;
drop index audit_by_person;
create index audit_by_patient on audit (patient_id, place) where patient_id is not null;
create index audit_by_person on audit (person_id, place) where person_id is not null;

-- Up to which day nobody of a branch waits any more: what is still going on is looked for after it, by the tickets' labels.
-- So only tickets of somebody known need a place among those that are going on, which lets nobody have two.
alter table branch add column ended_day text;
drop index ticket_active;
create unique index ticket_active on ticket (clinic_id, patient_id, service_id) where active = 1 and patient_id is not null;
