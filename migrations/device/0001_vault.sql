-- What a workstation keeps. Every blob is sealed; what can be read here are ids, versions and times.

-- Single values by name.
create table meta (
    name text primary key,
    sealed blob not null
) strict;

-- A replicated bucket, and its key wrapped by the device's key. Past the lease the key is deleted, and with it the rows.
create table bucket (
    name text primary key,
    wrapped blob not null,
    leased_until_ms integer not null
) strict;

create table row (
    bucket text not null references bucket (name) on delete cascade,
    key text not null,
    version integer not null,
    sealed blob not null,
    primary key (bucket, key)
) strict;

-- Changes made here, numbered without gaps from 1. Answered ones stay for a while: a restored server may ask again.
create table intent (
    id integer primary key,
    answered integer not null default 0,
    sealed blob not null
) strict;

-- Notes that are being written here.
create table draft (
    began text primary key,
    sealed blob not null
) strict;
