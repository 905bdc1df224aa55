-- A contact that the desk wrote over or beside what a record had: a code to it alone opens neither the account nor the chart.
alter table person add column email_needs_check integer not null default 0;
alter table person add column phone_needs_check integer not null default 0;
