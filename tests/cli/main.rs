//! The program as a person and a script meet it: the real binary, a real sandbox, a sealed environment.

mod support;

mod account;
mod browser;
mod call;
mod config;
mod contact;
mod credentials;
mod crm;
mod crontab;
mod export;
mod faults;
mod history;
mod import;
mod journal;
mod links;
mod live;
mod never_twice;
mod recording;
mod show;
mod sms;
mod sources;
mod stats;
mod terminal;
mod tracking;
mod tracking_report;
