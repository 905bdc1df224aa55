//! The database: SQLite or PostgreSQL behind one type. Only this room and the `store` files know sqlx.

mod age;
mod by;
mod conn;
mod fill;
mod migrate;
mod script;
mod tx;
mod value;

pub use age::{PART, delete_older};
pub use by::{about, whose};
pub(crate) use conn::on;
pub use conn::{Conn, Db, DbError, IN_MAX, in_list, like, parse, parse_some};
pub use migrate::{SCHEMA_VERSION, migrate, schema_found, schema_version};
pub use script::{Script, insert_rows};
pub use tx::Tx;
pub use value::Value;
