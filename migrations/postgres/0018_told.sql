-- The room that somebody was told of a call: when staff change it, they are told again.
alter table turn_notice add column room text not null default '';
update turn_notice set room = coalesce((select t.room from ticket t where t.id = ticket_id), '') where kind = 'now';
-- A call is named by its time, no longer by how often the patient was called.
delete from turn_notice where kind = 'now' and exists (select 1 from turn_notice later
    where later.ticket_id = turn_notice.ticket_id and later.kind = 'now' and later.call > turn_notice.call);
update turn_notice set call = (select t.called_at_ms from ticket t where t.id = turn_notice.ticket_id)
    where kind = 'now' and exists (select 1 from ticket t where t.id = turn_notice.ticket_id and t.called_at_ms is not null);

-- The person who asked for help at a kiosk does not need it any more: the desk is told so.
alter table help_call add column withdrawn_at_ms bigint;
