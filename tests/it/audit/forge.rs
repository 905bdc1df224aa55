//! An attacker who has the whole database, but not the key. Whatever they write, they also recompute its hashes, the
//! chain and the head.

use medlane_server::{audit, config::Config, core_open};
use medlane_shared::{
    access::Role,
    audit::{AuditVerdict, BadRange, GENESIS, Leaf, Outcome, chain, hex, shown},
    ids::ClinicId,
    time::Timestamp,
};
use sqlx::{Connection as _, FromRow};

use crate::world::World;

/// An entry's row, without its sealed detail.
#[derive(FromRow)]
struct Row {
    place: i64,
    seq: i64,
    id: String,
    at_ms: i64,
    action: String,
    outcome: String,
    person_id: Option<String>,
    device_id: Option<String>,
    session_id: Option<String>,
    role: Option<String>,
    patient_id: Option<String>,
    target: String,
    detail_hash: Option<Vec<u8>>,
}

/// A head's row.
#[derive(Debug, FromRow)]
#[expect(clippy::struct_field_names, reason = "the names of the columns")]
pub struct Head {
    pub audit_seq: i64,
    pub audit_hash: Vec<u8>,
    pub audit_checkpoint: i64,
    pub audit_signature: Option<Vec<u8>>,
}

macro_rules! on_both {
    ($world:expr, |$conn:ident| $body:expr) => {
        if $world.url.starts_with("postgres") {
            let $conn = &mut sqlx::PgConnection::connect(&$world.url).await.unwrap();
            $body
        } else {
            let $conn = &mut sqlx::SqliteConnection::connect(&$world.url).await.unwrap();
            $body
        }
    };
}

/// Removes the triggers that protect the log.
pub async fn unguard(world: &World) {
    let guards: &[&str] = if world.url.starts_with("sqlite:") {
        &[
            "drop trigger if exists audit_no_update",
            "drop trigger if exists audit_no_delete",
            "drop trigger if exists audit_checkpoint_no_update",
            "drop trigger if exists audit_checkpoint_no_delete",
            "drop trigger if exists audit_shown_no_update",
            "drop trigger if exists audit_shown_no_delete",
        ]
    } else {
        &[
            "alter table audit disable trigger user",
            "alter table audit_checkpoint disable trigger user",
            "alter table audit_shown disable trigger user",
        ]
    };
    for sql in guards {
        world.raw(sql, &[]).await;
    }
}

pub async fn head(world: &World) -> Head {
    let sql = "select audit_seq, audit_hash, audit_checkpoint, audit_signature from clinic_head where clinic_id = $1";
    let clinic = world.a.id.to_string();
    on_both!(world, |conn| sqlx::query_as(sql).bind(&clinic).fetch_one(conn).await.unwrap())
}

/// The last entry that has a sealed detail.
pub async fn last_sealed(world: &World) -> i64 {
    let sql = "select max(seq) from audit where clinic_id = $1 and detail_hash is not null";
    let clinic = world.a.id.to_string();
    on_both!(world, |conn| sqlx::query_scalar(sql).bind(&clinic).fetch_one(conn).await.unwrap())
}

/// The sizes of the checkpoints, in order.
pub async fn checkpoints(world: &World) -> Vec<i64> {
    let sql = "select size from audit_checkpoint where clinic_id = $1 order by size";
    let clinic = world.a.id.to_string();
    on_both!(world, |conn| sqlx::query_scalar(sql).bind(&clinic).fetch_all(conn).await.unwrap())
}

fn leaf(row: &Row, clinic: ClinicId, patients: &[(i64, String)]) -> [u8; 32] {
    let of = patients.iter().filter(|(place, _)| *place == row.place);
    let listed: Vec<_> = of.map(|(_, id)| id.parse().unwrap()).collect();
    Leaf {
        clinic,
        seq: row.seq,
        id: row.id.parse().unwrap(),
        at: Timestamp::from_ms(row.at_ms),
        action: &row.action,
        outcome: if row.outcome == "success" { Outcome::Success } else { Outcome::Refused },
        person: row.person_id.as_ref().map(|id| id.parse().unwrap()),
        device: row.device_id.as_ref().map(|id| id.parse().unwrap()),
        session: row.session_id.as_ref().map(|id| id.parse().unwrap()),
        role: row.role.as_ref().map(|role| Role::from_text(role).unwrap()),
        patient: row.patient_id.as_ref().map(|id| id.parse().unwrap()),
        target: &row.target,
        detail: row.detail_hash.as_ref().map(|hash| hash.as_slice().try_into().unwrap()),
        shown: shown(&listed),
    }
    .hash()
}

/// What `audit resume` records, in a process of its own.
pub async fn resumed(world: &World, config: &Config, why: &str) -> Vec<BadRange> {
    let core = core_open(config, world.clock.clock()).await.unwrap();
    let clinic = core.clinics.get(world.a.id).unwrap();
    let recorded = audit::resume(&core, &clinic, why, "the night nurse").await.unwrap();
    core.db.close().await;
    recorded
}

/// Makes hashes, chain and head fit what is there; the head's signature stays what it was.
pub async fn rehash(world: &World) {
    let clinic = world.a.id;
    let id = clinic.to_string();
    let sql = "select place, seq, id, at_ms, action, outcome, person_id, device_id, session_id, role, patient_id, \
               target, detail_hash from audit where clinic_id = $1 order by place";
    let rows: Vec<Row> = on_both!(world, |conn| sqlx::query_as(sql).bind(&id).fetch_all(conn).await.unwrap());
    let sql = "select place, patient_id from audit_shown";
    let patients: Vec<(i64, String)> =
        on_both!(world, |conn| sqlx::query_as(sql).fetch_all(conn).await.unwrap());
    let (entry, head) = if world.url.starts_with("sqlite:") {
        (
            "update audit set hash = unhex($2) where place = cast($1 as integer)",
            "update clinic_head set audit_seq = cast($2 as integer), audit_hash = unhex($3) where clinic_id = $1",
        )
    } else {
        (
            "update audit set hash = decode($2, 'hex') where place = cast($1 as bigint)",
            "update clinic_head set audit_seq = cast($2 as bigint), audit_hash = decode($3, 'hex') where clinic_id = $1",
        )
    };
    let mut hash = GENESIS;
    for row in &rows {
        hash = chain(&hash, &leaf(row, clinic, &patients));
        world.raw(entry, &[&row.place.to_string(), &hex(&hash)]).await;
    }
    let last = rows.last().map_or(0, |row| row.seq).to_string();
    assert_eq!(world.raw(head, &[&id, &last, &hex(&hash)]).await, 1);
}

/// Restores the database to the state of a head, as from a backup of that time.
pub async fn put_back(world: &World, to: &Head) {
    unguard(world).await;
    let (seq, checkpoint) = (to.audit_seq.to_string(), to.audit_checkpoint.to_string());
    let (hash, signature) = (hex(&to.audit_hash), hex(to.audit_signature.as_deref().unwrap()));
    let id = world.a.id.to_string();
    let all: [&'static str; 3] = if world.url.starts_with("sqlite:") {
        [
            "delete from audit where clinic_id = $1 and seq > cast($2 as integer)",
            "delete from audit_checkpoint where clinic_id = $1 and size > cast($2 as integer)",
            "update clinic_head set audit_seq = cast($2 as integer), audit_checkpoint = cast($3 as integer), \
             audit_hash = unhex($4), audit_signature = unhex($5) where clinic_id = $1",
        ]
    } else {
        [
            "delete from audit where clinic_id = $1 and seq > cast($2 as bigint)",
            "delete from audit_checkpoint where clinic_id = $1 and size > cast($2 as bigint)",
            "update clinic_head set audit_seq = cast($2 as bigint), audit_checkpoint = cast($3 as bigint), \
             audit_hash = decode($4, 'hex'), audit_signature = decode($5, 'hex') where clinic_id = $1",
        ]
    };
    assert!(world.raw(all[0], &[&id, &seq]).await > 0);
    world.raw(all[1], &[&id, &seq]).await;
    assert_eq!(world.raw(all[2], &[&id, &seq, &checkpoint, &hash, &signature]).await, 1);
}

/// The result of `audit verify`, in a process of its own.
pub async fn verdict(world: &World, config: &Config) -> AuditVerdict {
    let core = core_open(config, world.clock.clock()).await.unwrap();
    let clinic = core.clinics.get(world.a.id).unwrap();
    let verdict = audit::verify(&core, &clinic).await.unwrap();
    core.db.close().await;
    verdict
}
