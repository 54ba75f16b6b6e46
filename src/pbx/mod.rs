//! The PBX's HTTP API: what it says, how it is asked, what must never go wrong on the way.

pub mod addressbook;
pub mod addresses;
pub mod client;
pub mod code;
mod code_table;
pub mod commands;
pub mod directory;
pub mod envelope;
pub mod event;
pub mod lenient;
pub mod limits;
pub mod recordings;
mod reply;
pub mod speech;
pub mod statistics;
pub mod tracking;
pub mod widgets;
