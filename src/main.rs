//! `mango`: parse, gather, run, turn the result into a number.

use std::process::ExitCode;

use clap_complete::CompleteEnv;
use mango::cli::{self, NotRun};
use mango::commands;
use mango::completion;
use mango::config::Config;
use mango::context::Context;
use mango::error::{Error, Result};
use mango::text::tr;
use mango::ui::Ui;

fn main() -> ExitCode {
    CompleteEnv::with_factory(completion::command).shells(completion::shells()).complete();
    let args: Vec<_> = std::env::args_os().collect();
    let format = cli::early_format(&args);
    match cli::parse(args) {
        Ok(mut cli) => {
            cli.overrides.sandbox |= matches!(cli.command, commands::Command::Sandbox(_));
            let mut ui = Ui::new(format);
            let done = run(cli, &mut ui).and_then(|()| ui.end());
            code(done, &mut ui)
        }
        Err(NotRun::Told(text)) => {
            let mut ui = Ui::new(None);
            let done = ui.raw(&text);
            code(done, &mut ui)
        }
        Err(NotRun::Nothing(help)) => {
            Ui::new(None).note(&help);
            ExitCode::from(2)
        }
        Err(NotRun::Wrong(error)) => code(Err(error), &mut Ui::new(format)),
    }
}

fn run(cli: cli::Cli, ui: &mut Ui) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Unexpected(error.to_string()))?;
    let done = runtime.block_on(commanded(cli, ui));
    // Interrupted, an import is not waited for: what it has not finished was never there.
    runtime.shutdown_background();
    done
}

async fn commanded(cli: cli::Cli, ui: &mut Ui) -> Result<()> {
    mango::ui::log_to_stderr(cli.overrides.verbose);
    let config = Config::load(&cli.overrides)?;
    ui.set_format(config.output);
    if config.sandbox {
        ui.speak_of_practice();
    }
    let ctx = Context::new(config, ui.can_ask());
    let whole = async {
        let done = commands::run(cli.command, &ctx, ui).await;
        let played = tr("Учебная АТС доигрывает звонок; прервать: Ctrl-C.", "The practice PBX plays the call to its end; Ctrl-C stops it.");
        ctx.finish(|| ui.note(played)).await;
        done
    };
    tokio::select! {
        // A server ends by itself when it is told to stop; only then is it our turn.
        biased;
        done = whole => done,
        _ = tokio::signal::ctrl_c() => {
            ctx.hang_up().await;
            Err(Error::Interrupted)
        }
    }
}

fn code(done: Result<()>, ui: &mut Ui) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.fail(&error);
            error.exit_code().into()
        }
    }
}
