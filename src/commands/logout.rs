//! `mango logout`: the profile's key and salt out of the keyring.

use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `logout`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it. The journal stays.
pub fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let profile = &ctx.config.profile;
    ui.note(&match Credentials::remove(profile, ctx.somebody())? {
        true => {
            tr(format!("Ключ и соль профиля «{profile}» удалены."), format!("The key and salt of profile '{profile}' have been removed."))
        }
        false => {
            tr(format!("В хранилище паролей нет ключа профиля «{profile}»."), format!("The keyring has no key for profile '{profile}'."))
        }
    });
    Ok(())
}
