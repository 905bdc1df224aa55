-- The room that somebody was told of a call: when staff change it, they are told again.
alter table turn_notice add column room text not null default '';
update turn_notice set room = coalesce((select t.room from ticket t where t.id = ticket_id), '') where kind = 'now';

-- Whoever asked for help at a kiosk does not need it any more: the desk is told so.
alter table help_call add column withdrawn_at_ms bigint;
