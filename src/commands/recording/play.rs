//! `mango recording play CALL`: heard through a program of the system.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{Call, download, receive};
use crate::archive::{Archive, Part};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::store;
use crate::text::tr;
use crate::ui::Ui;

/// Programs that play sound, the first of them that is here is taken, with what makes them do so without a window.
const PLAYERS: [(&str, &[&str]); 5] = [
    ("mpv", &["--no-video", "--really-quiet"]),
    ("ffplay", &["-nodisp", "-autoexit", "-loglevel", "error"]),
    ("mpg123", &["-q"]),
    ("vlc", &["--intf", "dummy", "--play-and-exit", "--quiet"]),
    ("afplay", &[]),
];

/// Arguments of `recording play`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
    #[arg(long, value_name = tr("КАТАЛОГ", "DIR"), help = tr("Взять файл из этого архива, если он там есть", "Take the file from this archive if it is there"))]
    dir: Option<PathBuf>,
}

/// Runs it. Several recordings are played one after another.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = args.call.recorded(ctx)?;
    let player = Player::find(ctx.config.player.as_deref())?;
    let archive = args.dir.as_deref().map(Archive::open).transpose()?;
    for recording_id in &entry.facts.recordings {
        if let Some(file) = archive.as_ref().and_then(|archive| archive.file(recording_id)) {
            player.play(&file).await?;
            continue;
        }
        let mut download = download(recording_id, &entry, ctx, ui).await?;
        let file = Temporary::new()?;
        let mut part = Part::begin(&file.0, recording_id)?;
        receive(&mut download, &mut part).await?;
        part.keep()?;
        player.play(&file.0).await?;
    }
    ui.end()
}

/// A file for the time it is played.
struct Temporary(PathBuf);

impl Temporary {
    /// In a directory that nobody else looks into.
    fn new() -> Result<Temporary> {
        let directory = std::env::temp_dir().join(format!("mango-{}", uuid::Uuid::new_v4().simple()));
        store::make_private(&directory).map_err(|source| Error::Io { path: directory.clone(), source })?;
        Ok(Temporary(directory.join("recording.mp3")))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        self.0.parent().map(std::fs::remove_dir);
    }
}

struct Player {
    program: String,
    args: Vec<String>,
}

impl Player {
    /// The one that was chosen, else the first that is here.
    fn find(chosen: Option<&str>) -> Result<Player> {
        if let Some(chosen) = chosen.map(str::trim).filter(|chosen| !chosen.is_empty()) {
            let mut words = chosen.split_whitespace().map(str::to_owned);
            return Ok(Player { program: words.next().unwrap_or_default(), args: words.collect() });
        }
        let found = PLAYERS.into_iter().find(|(program, _)| is_installed(program)).ok_or(Error::NoPlayer)?;
        Ok(Player { program: found.0.to_owned(), args: found.1.iter().map(|arg| (*arg).to_owned()).collect() })
    }

    async fn play(&self, file: &Path) -> Result<()> {
        let mut command = tokio::process::Command::new(&self.program);
        // It may be steered from the keyboard, but what it says is no data of ours.
        command.args(&self.args).arg(file).stdout(Stdio::null()).kill_on_drop(true);
        let failed = |detail: String| Error::Player { program: self.program.clone(), detail };
        let done = command.status().await.map_err(|error| failed(error.to_string()))?;
        match done.success() {
            true => Ok(()),
            false => Err(failed(tr(format!("кончился неудачей ({done})"), format!("it failed ({done})")))),
        }
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file() || directory.join(format!("{program}.exe")).is_file())
}
