//! The program as a person and a script meet it: the real binary, a real sandbox, a sealed environment.

mod support;

mod account;
mod call;
mod config;
mod contact;
mod credentials;
mod faults;
mod history;
mod import;
mod journal;
mod live;
mod never_twice;
mod show;
mod terminal;
mod tracking;
