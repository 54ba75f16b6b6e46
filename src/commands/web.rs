//! `--web` and `--open`: the page of a call, a person or a company in the CRM.

use std::process::Stdio;

use uuid::Uuid;

use crate::contacts::Owner;
use crate::contacts::bpmsoft::{PAGE, Shown, page};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::journal::Entry;
use crate::text::tr;
use crate::ui::Ui;

/// Flags of whatever has a page in the CRM.
#[derive(clap::Args, Debug, Default)]
pub struct Web {
    #[arg(long, help = tr("Напечатать адрес страницы в CRM", "Print the address of the page in the CRM"))]
    web: bool,
    #[arg(long, help = tr("Открыть страницу в CRM", "Open the page in the CRM"))]
    open: bool,
}

impl Web {
    /// Whether a page is asked for instead of what is known here.
    pub fn is_wanted(&self) -> bool {
        self.web || self.open
    }

    /// The page of a person or company.
    pub async fn of_owner(&self, owner: &Owner, ctx: &Context, ui: &mut Ui) -> Result<()> {
        self.show(Shown::Owner(owner.sort()), owner.id(), ctx, ui).await
    }

    /// The page of a call, once the CRM has it.
    pub async fn of_call(&self, entry: &Entry, ctx: &Context, ui: &mut Ui) -> Result<()> {
        let sent = ctx.journal()?.crm_row(entry)?;
        let row = sent.ok_or_else(|| {
            Error::Usage(tr(
                "этого звонка ещё нет в CRM: mango crm push".into(),
                "the CRM does not have this call yet: mango crm push".into(),
            ))
        });
        self.show(Shown::Call, &row?, ctx, ui).await
    }

    async fn show(&self, shown: Shown, id: &str, ctx: &Context, ui: &mut Ui) -> Result<()> {
        let workspace = ctx.crm().await?.workspace().await?;
        let id = Uuid::parse_str(id).map_err(|_| Error::NoContact { who: id.into() })?;
        let template = ctx.config.crm_page.as_deref().unwrap_or(PAGE);
        let address = page(template, &ctx.crm_url().await?, &workspace, shown, id);
        if self.web {
            ui.line(&address)?;
        }
        match self.open {
            true => open(&address),
            false => Ok(()),
        }
    }
}

/// Gives an address to whatever opens addresses on this machine.
fn open(address: &str) -> Result<()> {
    let (program, args): (&str, &[&str]) = match () {
        () if cfg!(windows) => ("rundll32", &["url.dll,FileProtocolHandler"]),
        () if cfg!(target_os = "macos") => ("open", &[]),
        () => ("xdg-open", &[]),
    };
    let mut command = std::process::Command::new(program);
    command.args(args).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|source| Error::Io { path: program.into(), source })
}
