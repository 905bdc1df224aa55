//! Rows of people, as administrators see and change them.

use std::collections::HashMap;

use medlane_shared::{
    access::{Grant, Role},
    identity::{Gender, PersonView, Standing},
    ids::{BranchId, ClinicId, PersonId},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    db::{Conn, Value, about, in_list, insert_rows, on, parse, parse_some, whose},
    identity::entry_store::{entry_renew, fits, wanted as looked_for},
    identity::store::{proven, record_number_of},
};

#[derive(FromRow)]
struct PersonRow {
    id: String,
    name: String,
    email: Option<String>,
    email_proven_at_ms: Option<i64>,
    phone: Option<String>,
    phone_proven_at_ms: Option<i64>,
    has_password: i64,
    suspended_at_ms: Option<i64>,
    deleted_at_ms: Option<i64>,
    standing_why: Option<String>,
    merged_into: Option<String>,
    birth_date: Option<String>,
    gender: Option<String>,
    record_number: Option<i64>,
    has_factor: i64,
    has_avatar: i64,
    leaving_at_ms: Option<i64>,
    created_at_ms: i64,
    version: i64,
}

const PEOPLE: &str = "select p.id, p.name, p.email, p.email_proven_at_ms, p.phone, p.phone_proven_at_ms, \
    cast(case when p.password is null then 0 else 1 end as bigint) as has_password, \
    p.suspended_at_ms, p.deleted_at_ms, p.standing_why, p.merged_into, p.birth_date, p.gender, p.record_number, \
    cast((select count(*) from factor f where f.person_id = p.id and f.enabled_at_ms is not null) as bigint) \
    as has_factor, \
    cast((select count(*) from avatar a where a.person_id = p.id) as bigint) as has_avatar, \
    p.leaving_at_ms, p.created_at_ms, p.version \
    from person p where p.clinic_id = $1";

/// The filter of a list of people.
#[derive(Debug, Default)]
pub struct WantedPeople {
    /// A part of the name, e-mail address or number.
    pub q: Option<String>,
    /// Only people with this role.
    pub role: Option<Role>,
    /// Only people who asked to be removed and still exist.
    pub leaving: bool,
    /// Only people before this id.
    pub before: Option<PersonId>,
}

/// People, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn person_list(
    conn: &mut Conn,
    grant: &Grant,
    wanted: &WantedPeople,
    limit: i64,
) -> sqlx::Result<Vec<PersonView>> {
    // This text sorts after every id.
    let before = wanted.before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let role = wanted.role.map_or("", Role::text).to_owned();
    let mut args = vec![grant.clinic().to_string(), before, role];
    let q = wanted.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = match q {
        Some(q) => {
            let all = looked_for(&mut *conn, grant.clinic(), q).await?;
            let all: Vec<String> = all.iter().map(|one| fits(one, &mut args)).collect();
            // A text that says nothing finds nobody.
            if all.is_empty() { " and 1 = 0".to_owned() } else { format!(" and {}", all.join(" and ")) }
        }
        None => String::new(),
    };
    let leaving =
        if wanted.leaving { " and p.leaving_at_ms is not null and p.deleted_at_ms is null" } else { "" };
    let sql = AssertSqlSafe(format!(
        "{PEOPLE} and p.id < $2 \
         and ($3 = '' or exists (select 1 from person_role r where r.person_id = p.id and r.role = $3)) \
         {leaving}{found} order by p.id desc limit {limit}"
    ));
    let rows: Vec<PersonRow> = on!(&mut *conn, |c| {
        let mut query = sqlx::query_as(sql);
        for arg in args {
            query = query.bind(arg);
        }
        query.fetch_all(c).await?
    });
    views(conn, rows).await
}

/// A person.
///
/// # Errors
/// An error of the database driver.
pub async fn person_by_id(conn: &mut Conn, grant: &Grant, id: PersonId) -> sqlx::Result<Option<PersonView>> {
    about(grant, id)?;
    let sql = AssertSqlSafe(format!("{PEOPLE} and p.id = $2"));
    let rows: Vec<PersonRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(id.to_string())
        .fetch_all(c)
        .await?);
    Ok(views(conn, rows).await?.pop())
}

/// The roles and branches of a person, which decide who may manage them; `None` if there is no such person.
///
/// # Errors
/// An error of the database driver.
pub async fn person_place(
    conn: &mut Conn,
    clinic: ClinicId,
    id: PersonId,
) -> sqlx::Result<Option<(Vec<Role>, Vec<BranchId>)>> {
    let sql = "select count(*) from person where clinic_id = $1 and id = $2";
    let text = id.to_string();
    let there: i64 = on!(&mut *conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(&text)
        .fetch_one(c)
        .await?);
    if there == 0 {
        return Ok(None);
    }
    let ids = [text.as_str()];
    let roles = held(conn, ROLES, &ids).await?.remove(&text).unwrap_or_default();
    let branches = held(conn, BRANCHES, &ids).await?.remove(&text).unwrap_or_default();
    let branches = branches.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>()?;
    Ok(Some((roles.iter().filter_map(|role| Role::from_text(role)).collect(), branches)))
}

const ROLES: &str = "select person_id, role from person_role where person_id in";
const BRANCHES: &str = "select person_id, branch_id from person_branch where person_id in";

async fn views(conn: &mut Conn, rows: Vec<PersonRow>) -> sqlx::Result<Vec<PersonView>> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut roles = held(conn, ROLES, &ids).await?;
    let mut branches = held(conn, BRANCHES, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let roles = roles.remove(&row.id).unwrap_or_default();
            let branches = branches.remove(&row.id).unwrap_or_default();
            let standing = match (row.deleted_at_ms, row.suspended_at_ms) {
                (Some(_), _) => Standing::Deleted,
                (None, Some(_)) => Standing::Suspended,
                (None, None) => Standing::Active,
            };
            let roles: Vec<Role> = roles.iter().filter_map(|role| Role::from_text(role)).collect();
            Ok(PersonView {
                id: parse(&row.id)?,
                name: row.name,
                email: row.email,
                phone: row.phone,
                proven: proven(row.email_proven_at_ms, row.phone_proven_at_ms),
                invited: row.has_password == 0
                    && standing != Standing::Deleted
                    && roles.iter().any(|role| role.is_staff()),
                roles,
                branches: branches.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>()?,
                standing,
                why: row.standing_why,
                merged_into: parse_some(row.merged_into.as_deref())?,
                birth_date: row.birth_date,
                gender: row.gender.as_deref().and_then(Gender::from_text),
                record_number: record_number_of(row.record_number),
                has_factor: row.has_factor > 0,
                has_avatar: row.has_avatar > 0,
                leaving_at: row.leaving_at_ms.map(Timestamp::from_ms),
                created_at: Timestamp::from_ms(row.created_at_ms),
                version: row.version,
            })
        })
        .collect()
}

/// The roles or branches of each person, in order.
async fn held(conn: &mut Conn, head: &str, ids: &[&str]) -> sqlx::Result<HashMap<String, Vec<String>>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for ids in ids.chunks(256) {
        let (sql, size) = in_list(head, ids.len());
        let rows: Vec<(String, String)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(ids[n.min(ids.len() - 1)].to_owned());
            }
            query.fetch_all(c).await?
        });
        for (person, what) in rows {
            found.entry(person).or_default().push(what);
        }
    }
    for held in found.values_mut() {
        held.sort();
    }
    Ok(found)
}

/// Changes a person's standing.
///
/// # Errors
/// An error of the database driver.
pub async fn standing_put(
    conn: &mut Conn,
    grant: &Grant,
    id: PersonId,
    standing: Standing,
    why: Option<&str>,
    at: Timestamp,
) -> sqlx::Result<()> {
    about(grant, id)?;
    let sql = "update person set suspended_at_ms = $2, deleted_at_ms = $3, standing_why = $4, \
               version = version + 1 where id = $1 and clinic_id = $5";
    let when = |wanted: Standing| (standing == wanted).then_some(at.ms());
    on!(conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(when(Standing::Suspended))
        .bind(when(Standing::Deleted))
        .bind(why)
        .bind(grant.clinic().to_string())
        .execute(c)
        .await
        .map(drop))
}

/// Changes a person's roles and branches.
///
/// # Errors
/// An error of the database driver.
pub async fn roles_put(
    conn: &mut Conn,
    grant: &Grant,
    id: PersonId,
    roles: &[Role],
    branches: &[BranchId],
) -> sqlx::Result<()> {
    about(grant, id)?;
    for sql in
        ["delete from person_role where person_id = $1", "delete from person_branch where person_id = $1"]
    {
        on!(&mut *conn, |c| sqlx::query(sql).bind(id.to_string()).execute(c).await.map(drop))?;
    }
    let rows = roles.iter().map(|role| vec![Value::text(id), Value::text(role.text())]).collect();
    insert_rows(conn, "insert into person_role (person_id, role)", "", rows).await?;
    let rows = branches.iter().map(|branch| vec![Value::text(id), Value::text(branch)]).collect();
    insert_rows(conn, "insert into person_branch (person_id, branch_id)", "", rows).await?;
    let sql = "update person set version = version + 1 where id = $1";
    on!(&mut *conn, |c| sqlx::query(sql).bind(id.to_string()).execute(c).await.map(drop))?;
    // A new patient gets a record number.
    let sql = "update person set record_number = \
               (select coalesce(max(o.record_number), 0) + 1 from person o where o.clinic_id = person.clinic_id) \
               where id = $1 and record_number is null \
               and exists (select 1 from person_role r where r.person_id = person.id and r.role = 'patient')";
    on!(conn, |c| sqlx::query(sql).bind(id.to_string()).execute(c).await.map(drop))
}

/// How many administrators may sign in.
///
/// # Errors
/// An error of the database driver.
pub async fn admins_active(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<i64> {
    let sql = "select count(*) from person p join person_role r on r.person_id = p.id and r.role = 'admin' \
               where p.clinic_id = $1 and p.suspended_at_ms is null and p.deleted_at_ms is null \
               and p.password is not null";
    on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_one(c).await)
}

/// Changes the caller's own name and language.
///
/// # Errors
/// An error of the database driver.
pub async fn profile_put(
    conn: &mut Conn,
    grant: &Grant,
    name: Option<&str>,
    language: Option<&str>,
) -> sqlx::Result<()> {
    let id = whose(grant)?;
    let sql = "update person set name = coalesce($2, name), language = coalesce($3, language), \
               version = version + 1 where id = $1";
    on!(&mut *conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(name)
        .bind(language)
        .execute(c)
        .await
        .map(drop))?;
    if name.is_some() { entry_renew(conn, id).await } else { Ok(()) }
}

/// Sets the e-mail address of a person who comes back, because their contacts were erased. It is unconfirmed: an
/// invitation's link confirms that of staff; a patient's needs more than a code to it.
///
/// # Errors
/// An error of the database driver.
pub async fn email_put(conn: &mut Conn, grant: &Grant, id: PersonId, email: &str) -> sqlx::Result<()> {
    about(grant, id)?;
    let sql = "update person set email = $2, email_proven_at_ms = null, email_proven_how = null, \
         email_needs_check = 1 where id = $1 and clinic_id = $3";
    on!(&mut *conn, |c| sqlx::query(sql)
        .bind(id.to_string())
        .bind(email)
        .bind(grant.clinic().to_string())
        .execute(c)
        .await
        .map(drop))?;
    entry_renew(conn, id).await
}
