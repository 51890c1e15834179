//! The engines, each in a file of its own.

mod canopydb;
mod fjall;
mod lmdb;
mod redb;
mod sqlite;
mod tree;

pub use self::{
    canopydb::Canopydb, fjall::Fjall, lmdb::Lmdb, redb::Redb, sqlite::Sqlite, tree::Tree,
};
