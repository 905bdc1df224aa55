-- Why staff set a ticket's class, sealed as the reason of the visit is: whoever sees the patient reads it.
alter table ticket add column why_sealed blob;
