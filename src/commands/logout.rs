//! `mango logout`: the profile's key and salt out of the keyring.

use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `logout`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it. The journal stays.
pub fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let profile = &ctx.config.profile;
    let (keys, token) = (Credentials::remove(profile, ctx.somebody())?, credentials::remove_widget_token(profile, ctx.somebody())?);
    ui.note(&match (keys, token) {
        (true, _) => {
            tr(format!("Ключ и соль профиля «{profile}» удалены."), format!("The key and salt of profile '{profile}' have been removed."))
        }
        (false, true) => {
            tr(format!("Токен виджета профиля «{profile}» удалён."), format!("The widget token of profile '{profile}' has been removed."))
        }
        (false, false) => {
            tr(format!("В хранилище паролей нет ключа профиля «{profile}»."), format!("The keyring has no key for profile '{profile}'."))
        }
    });
    Ok(())
}
