-- The head of the audit log is signed with every batch: what it covers cannot be rewritten without the server's key. It names
-- the last checkpoint, which names the one before.
alter table clinic_head add column audit_checkpoint integer not null default 0;
alter table clinic_head add column audit_signature blob;
