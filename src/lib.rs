//! A command-line telephone for the MANGO OFFICE virtual PBX. The program is in `main.rs`; these are its rooms.

pub mod args;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod config;
pub mod contacts;
pub mod context;
pub mod credentials;
pub mod error;
pub mod forward;
pub mod hooks;
pub mod journal;
pub mod keys;
pub mod live;
pub mod manual;
pub mod notify;
pub mod pbx;
pub mod phone;
pub mod practice;
pub mod sandbox;
pub mod schema;
pub mod store;
pub mod text;
pub mod time;
pub mod ui;
pub mod webhook;
