//! `mango logout`: the profile's key and salt, or the CRM's password, out of the keyring.

use crate::contacts::bpmsoft;
use crate::context::Context;
use crate::credentials::{self, Credentials};
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;

/// Arguments of `logout`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, help = tr("Забыть пароль BPMSoft, а не ключ АТС", "Forget the BPMSoft password, not the PBX key"))]
    crm: bool,
}

/// Runs it. The journal stays.
pub fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let profile = &ctx.config.profile;
    if args.crm {
        bpmsoft::forget(&ctx.config.directory());
        ui.note(&match credentials::crm::remove(profile, ctx.somebody())? {
            true => {
                tr(format!("Пароль CRM профиля «{profile}» удалён."), format!("The CRM password of profile '{profile}' has been removed."))
            }
            false => tr(
                format!("В хранилище паролей нет пароля CRM профиля «{profile}»."),
                format!("The keyring has no CRM password for profile '{profile}'."),
            ),
        });
        return Ok(());
    }
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
