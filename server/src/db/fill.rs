//! Fills the search index of people (`found_by`) where it is empty: after the migration that adds it, or one that empties it
//! because names are folded differently from then on.

use medlane_shared::identity::entries;

use super::{
    conn::{Conn, on},
    script::insert_rows,
    value::Value,
};

/// How many people are read at once.
const PART: i64 = 500;

/// A person's id, clinic, name, address and number.
type Row = (String, String, String, Option<String>, Option<String>);

/// Fills the index if it is empty, in one transaction: it is whole, or still empty.
///
/// # Errors
/// An error of the database driver.
pub async fn fill(conn: &mut Conn) -> sqlx::Result<()> {
    let sql = "select count(*) from (select 1 from found_by limit 1) as one";
    let is_filled: i64 = on!(&mut *conn, |c| sqlx::query_scalar(sql).fetch_one(c).await?);
    if is_filled > 0 {
        return Ok(());
    }
    conn.begin().await?;
    let done = fill_all(conn).await;
    match done {
        Ok(()) => conn.commit().await,
        Err(error) => {
            // The error that stopped it counts, not that of the rollback.
            drop(conn.rollback().await);
            Err(error)
        }
    }
}

async fn fill_all(conn: &mut Conn) -> sqlx::Result<()> {
    let sql = "select id, clinic_id, name, email, phone from person where id > $1 order by id limit $2";
    let mut last = String::new();
    loop {
        let people: Vec<Row> =
            on!(&mut *conn, |c| sqlx::query_as(sql).bind(&last).bind(PART).fetch_all(c).await?);
        let Some(end) = people.last() else { return Ok(()) };
        last.clone_from(&end.0);
        let rows = people.iter().flat_map(|(id, clinic, name, email, phone)| {
            let all = entries(name, email.as_deref(), phone.as_deref());
            all.into_iter()
                .map(move |entry| vec![Value::text(clinic), Value::Text(Some(entry)), Value::text(id)])
        });
        let head = "insert into found_by (clinic_id, entry, person_id)";
        insert_rows(conn, head, "", rows.collect()).await?;
    }
}
