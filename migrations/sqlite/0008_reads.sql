-- What devices wrote down of reads without the network: the hash of each, to see gaps and forks.
create table device_read (
  device_id text not null references device (id),
  n integer not null,
  hash blob not null,
  at_ms integer not null,
  primary key (device_id, n, hash)
) strict, without rowid;

-- What is wrong with them, until somebody has looked into it.
alter table device add column reads_alert text;
