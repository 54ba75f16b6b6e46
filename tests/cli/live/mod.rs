//! Receiving events: the real `listen`, fed by hand with signed messages, and what the other commands then say.

mod faults;
mod forward;
mod hooks;
mod killed;
pub mod listening;
mod nginx;
mod orders;
mod terminal;
mod wire;
