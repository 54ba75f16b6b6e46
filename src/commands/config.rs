//! `mango config`: `config.toml`, read and changed key by key; comments stay.

use std::path::Path;

use clap::Subcommand;
use serde::Serialize;
use toml_edit::{DocumentMut, Item, Table, Value};

use crate::config::{SETTINGS, check};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// What can be done with settings.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Get
    #[command(about = tr("Показать значение", "Show a value"))]
    Get {
        /// Which
        #[arg(value_name = tr("КЛЮЧ", "KEY"), help = tr("Имя настройки; все имена: mango config list", "Name of the setting; all names: mango config list"))]
        key: String,
    },
    /// Set
    #[command(about = tr("Задать значение", "Set a value"))]
    Set {
        /// Which
        #[arg(value_name = tr("КЛЮЧ", "KEY"), help = tr("Имя настройки; все имена: mango config list", "Name of the setting; all names: mango config list"))]
        key: String,
        /// To what
        #[arg(value_name = tr("ЗНАЧЕНИЕ", "VALUE"), help = tr("Значение; пустое убирает настройку", "Value; an empty one removes the setting"), allow_hyphen_values = true)]
        value: String,
    },
    /// List
    #[command(about = tr("Все настройки", "All settings"))]
    List,
    /// Path
    #[command(about = tr("Где лежит файл настроек", "Where the settings file is"))]
    Path,
}

/// Runs one of them. With `--profile` they are about that profile, else about all.
pub fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let path = &ctx.config.places.config;
    let profile = ctx.config.named_profile.as_deref();
    match command {
        Command::Path => ui.raw(&format!("{}\n", path.display())),
        Command::List => {
            let file = read(path)?;
            let rows: Vec<Setting> =
                SETTINGS.iter().map(|(key, about)| Setting { key, value: value(&file, profile, key), about: about() }).collect();
            ui.all(&rows)
        }
        Command::Get { key } => {
            let value = value(&read(path)?, profile, known(&key)?).unwrap_or_default();
            ui.raw(&format!("{value}\n"))
        }
        Command::Set { key, value } => set(path, profile, known(&key)?, &value),
    }
}

fn known(key: &str) -> Result<&'static str> {
    let names = || SETTINGS.map(|(name, _)| name).join(", ");
    let found = SETTINGS.iter().find(|(name, _)| *name == key).map(|(name, _)| *name);
    found.ok_or_else(|| {
        Error::Usage(tr(format!("нет настройки «{key}»; есть: {}", names()), format!("no setting '{key}'; there are: {}", names())))
    })
}

fn read(path: &Path) -> Result<DocumentMut> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other.map_err(|source| Error::Io { path: path.into(), source })?,
    };
    text.parse().map_err(|error: toml_edit::TomlError| Error::Config { path: path.into(), detail: error.to_string() })
}

fn value(file: &DocumentMut, profile: Option<&str>, key: &str) -> Option<String> {
    let item = match profile {
        Some(profile) => file.get("profiles").and_then(|all| all.get(profile)).and_then(|own| own.get(key)),
        None => file.get(key),
    };
    item.and_then(Item::as_value).map(|value| value.as_str().map_or_else(|| value.to_string().trim().to_owned(), str::to_owned))
}

/// Writes a setting into the file.
pub(super) fn set(path: &Path, profile: Option<&str>, key: &str, text: &str) -> Result<()> {
    let mut file = read(path)?;
    let table = match profile {
        Some(profile) => own_table(&mut file, profile).ok_or_else(|| Error::Config { path: path.into(), detail: "profiles".into() })?,
        None => file.as_table_mut(),
    };
    match text.is_empty() {
        true => drop(table.remove(key)),
        false => put(table, key, typed(key, text)),
    }
    // The same check as when it is read: a bad value is never written.
    check(&file.to_string()).map_err(|detail| {
        let name = format!("{key} = {text}: ");
        Error::Usage(if detail.starts_with(key) { name + detail.split_once(": ").map_or("", |(_, why)| why) } else { name + &detail })
    })?;
    write(path, &file.to_string())
}

fn own_table<'a>(file: &'a mut DocumentMut, profile: &str) -> Option<&'a mut Table> {
    let profiles = file.entry("profiles").or_insert(Item::Table(Table::new())).as_table_mut()?;
    profiles.set_implicit(true);
    profiles.entry(profile).or_insert(Item::Table(Table::new())).as_table_mut()
}

/// A comment after the old value stays after the new one.
fn put(table: &mut Table, key: &str, mut value: Value) {
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    table[key] = Item::Value(value);
}

/// Extensions and lines are texts though they look like numbers.
fn typed(key: &str, text: &str) -> Value {
    match key {
        "timeout" | "time_offset" => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        "limits" => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        "results" => text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        _ => text.into(),
    }
}

/// Written beside and renamed over: a full disk leaves the old file whole. It stays where a link leads to it, and as closed as it was.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |source| Error::Io { path: path.into(), source };
    let real = std::fs::canonicalize(path);
    let path = real.as_deref().unwrap_or(path);
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let beside = path.with_extension("toml.new");
    let written = std::fs::write(&beside, text).and_then(|()| match std::fs::metadata(path) {
        Ok(old) => std::fs::set_permissions(&beside, old.permissions()),
        Err(_) => Ok(()),
    });
    written.and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}

#[derive(Serialize)]
struct Setting {
    key: &'static str,
    value: Option<String>,
    about: &'static str,
}

impl Row for Setting {
    fn columns() -> Vec<Column> {
        vec![("key", tr("ключ", "key")), ("value", tr("значение", "value")), ("about", tr("что это", "what it is"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.key.into()), Cell::text(&self.value), Cell::Text(self.about.into())]
    }
}
