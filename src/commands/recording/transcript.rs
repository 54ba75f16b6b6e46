//! `mango recording transcript CALL`: the conversation as text.

use serde::Serialize;

use super::Call;
use crate::context::Context;
use crate::error::Result;
use crate::pbx::speech::Transcript;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `recording transcript`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = args.call.recorded(ctx)?;
    let client = ctx.client().await?;
    let mut phrases = Vec::new();
    for recording_id in &entry.facts.recordings {
        if let Some(transcript) = client.transcript(recording_id).await? {
            phrases.extend(said(recording_id, transcript));
        }
    }
    if phrases.is_empty() {
        ui.note(tr("Разговор ещё не распознан.", "The conversation has not been recognised yet."));
    }
    match ui.is_for_a_person() {
        true => phrases.iter().try_for_each(|phrase| ui.line(&format!("{}: {}", phrase.name, phrase.text))),
        false => ui.all(&phrases),
    }
}

fn said(recording_id: &str, transcript: Transcript) -> Vec<PhraseRow> {
    let Transcript { client, operator, phrases } = transcript;
    let phrase = |(role, text): (String, String)| {
        let name = match role.as_str() {
            "client" => client.clone().unwrap_or_else(|| tr("Клиент", "Client").to_owned()),
            "operator" => operator.clone().unwrap_or_else(|| tr("Сотрудник", "Employee").to_owned()),
            other => other.to_owned(),
        };
        PhraseRow { recording_id: recording_id.to_owned(), role, name, text }
    };
    phrases.into_iter().map(phrase).collect()
}

/// A phrase; its JSON keys are a contract.
#[derive(Serialize)]
struct PhraseRow {
    recording_id: String,
    role: String,
    name: String,
    text: String,
}

impl Row for PhraseRow {
    fn columns() -> Vec<Column> {
        vec![("role", tr("роль", "role")), ("name", tr("кто", "who")), ("text", tr("что сказано", "what was said"))]
    }

    fn cells(&self) -> Vec<Cell> {
        [&self.role, &self.name, &self.text].map(|text| Cell::Text(text.clone())).into()
    }
}
