//! `mango recording topics CALL`: the topics that were recognised, and by which words.

use serde::Serialize;

use super::Call;
use crate::context::Context;
use crate::error::Result;
use crate::pbx::speech::Topic;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `recording topics`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    call: Call,
}

/// Runs it.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let entry = args.call.recorded(ctx)?;
    let client = ctx.client().await?;
    let mut topics = Vec::new();
    for recording_id in &entry.facts.recordings {
        topics.extend(client.topics(recording_id).await?.into_iter().map(|topic| TopicRow::new(recording_id, topic)));
    }
    if topics.is_empty() {
        ui.note(tr("Тем не распознано.", "No topics were recognised."));
    }
    ui.all(&topics)
}

/// A topic; its JSON keys are a contract.
#[derive(Serialize)]
struct TopicRow {
    recording_id: String,
    topic_id: Option<i64>,
    topic: Option<String>,
    #[serde(serialize_with = "moment")]
    assigned_at: Option<i64>,
    terms: Vec<TermRow>,
}

/// A word by which it was recognised.
#[derive(Serialize)]
struct TermRow {
    text: String,
    count: Option<i64>,
}

impl TopicRow {
    fn new(recording_id: &str, topic: Topic) -> TopicRow {
        let terms = topic.terms.into_iter().filter_map(|term| Some(TermRow { text: term.value?, count: term.count }));
        TopicRow {
            recording_id: recording_id.to_owned(),
            topic_id: topic.id,
            topic: topic.name,
            assigned_at: topic.assign_time,
            terms: terms.collect(),
        }
    }
}

impl Row for TopicRow {
    fn columns() -> Vec<Column> {
        vec![("topic", tr("тема", "topic")), ("terms", tr("слова", "words")), ("assigned_at", tr("распознана", "recognised"))]
    }

    fn cells(&self) -> Vec<Cell> {
        let terms = |told: fn(&TermRow) -> String, between| self.terms.iter().map(told).collect::<Vec<_>>().join(between);
        let people = terms(|term| term.count.map_or(term.text.clone(), |count| format!("{} ×{count}", term.text)), ", ");
        let programs = terms(|term| format!("{}:{}", term.text, term.count.unwrap_or_default()), " ");
        vec![Cell::text(&self.topic), Cell::Told { people, programs }, Cell::time(self.assigned_at)]
    }
}
