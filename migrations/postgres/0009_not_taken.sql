-- What waits at the desk may be of a ticket that is not there: one that a kiosk gave and that could not join.
alter table desk_task alter column ticket_id drop not null;
