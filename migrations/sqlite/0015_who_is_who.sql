-- What tells people of one name apart: the administrative gender (FHIR), and the number of a patient's record in the clinic.
alter table person add column gender text;
alter table person add column record_number integer;
update person set record_number = numbered.number
from (
  select p.id, row_number() over (partition by p.clinic_id order by p.created_at_ms, p.id) as number
  from person p
  where exists (select 1 from person_role r where r.person_id = p.id and r.role = 'patient')
) as numbered
where numbered.id = person.id;
create unique index person_record_number on person (clinic_id, record_number);

-- The default head start of urgent tickets was too short to move them past anybody who waits: four hours now.
update branch set policy = replace(policy, '"urgent":{"head_start_min":20,"gain":2}', '"urgent":{"head_start_min":240,"gain":1}');
