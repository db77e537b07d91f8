-- The tables of a Carebase server that deltatap reads and writes, with the columns that it needs. A running server's tables carry more.
-- All timestamps are UTC.

create table users (
    id                 serial primary key,
    email              varchar(255) not null unique,
    forwarding_address varchar(255) not null unique,
    plan_secret        varchar(64)  not null,
    plan_version       int          not null default 0,
    plan_updated_at    timestamp    default (now() at time zone 'utc')
);

create table recipients (
    id           serial primary key,
    user_id      int          not null references users (id) on delete cascade,
    display_name varchar(255) not null,
    created_at   timestamp    default (now() at time zone 'utc')
);

create table sources (
    id            serial primary key,
    recipient_id  int         not null references recipients (id) on delete cascade,
    kind          varchar(20) not null check (kind in ('email', 'upload')),
    external_id   varchar(255),
    sender        varchar(320),
    subject       text,
    short_excerpt text,
    storage_key   varchar(500),
    created_at    timestamp   default (now() at time zone 'utc')
);

create table items (
    id            serial primary key,
    recipient_id  int         not null references recipients (id) on delete cascade,
    source_id     int         references sources (id) on delete set null,
    detected_type varchar(20),
    confidence    numeric(3, 2),
    review_status varchar(20) default 'auto',
    created_at    timestamp   default (now() at time zone 'utc')
);

create table appointments (
    id                       serial primary key,
    item_id                  int          not null unique references items (id) on delete cascade,
    start_local              timestamptz,
    end_local                timestamptz,
    start_time_zone          varchar(100),
    end_time_zone            varchar(100),
    start_offset             varchar(6),
    end_offset               varchar(6),
    location                 varchar(500),
    prep_note                text,
    summary                  varchar(500) not null,
    ics_token                varchar(64)  not null unique,
    assigned_collaborator_id int,
    created_at               timestamp    default (now() at time zone 'utc')
);

create table bills (
    id                       serial primary key,
    item_id                  int         not null unique references items (id) on delete cascade,
    statement_date           date,
    amount                   numeric(10, 2),
    due_date                 date,
    pay_url                  text,
    status                   varchar(20) default 'todo',
    task_key                 varchar(64),
    assigned_collaborator_id int,
    created_at               timestamp   default (now() at time zone 'utc')
);

create table care_collaborators (
    id           serial primary key,
    recipient_id int          not null references recipients (id) on delete cascade,
    user_id      int,
    email        varchar(320) not null,
    role         varchar(20)  not null,
    status       varchar(20)  not null,
    invite_token varchar(64)  unique,
    invited_by   int,
    invited_at   timestamp    default (now() at time zone 'utc'),
    accepted_at  timestamp
);

create index recipients_user on recipients (user_id);
create index items_recipient on items (recipient_id);
create index appointments_start on appointments (start_local);
create index bills_due on bills (due_date);
create index care_collaborators_recipient on care_collaborators (recipient_id);
create index care_collaborators_user on care_collaborators (user_id);
