//! `mango tracking show CALL`: where a call came from.

use clap_complete::ArgValueCompleter;
use serde::Serialize;

use crate::completion;
use crate::context::Context;
use crate::error::Result;
use crate::journal::{Entry, Journal};
use crate::pbx::tracking::Page;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui, moment};

/// Arguments of `tracking show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_name = tr("ЗВОНОК", "CALL"), default_value = "@1", hide_default_value = true, help = tr("@N из истории или начало идентификатора [@1]", "@N from history, or the beginning of an id [@1]"), add = ArgValueCompleter::new(completion::calls))]
    call: String,
}

/// Runs it, from the journal alone.
pub fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let journal = ctx.journal()?;
    let entry = journal.call(&args.call)?;
    let tracking = Tracking::of(journal, &entry)?;
    if tracking.is_empty() {
        ui.note(tr("О том, что привело этот звонок, ничего не известно.", "Nothing is known of what brought this call."));
    }
    let shown = Shown { entry_id: entry.entry_id, started_at: entry.facts.started_at, tracking };
    ui.one(&shown)?;
    shown.tracking.show_pages(ui)
}

/// All that is known of where a call came from.
#[derive(Serialize)]
pub(in crate::commands) struct Tracking {
    number: Option<String>,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    channel: Option<String>,
    found: Option<bool>,
    source: Option<&'static str>,
    #[serde(serialize_with = "moment")]
    asked_at: Option<i64>,
    url: Option<String>,
    title: Option<String>,
    rs_cid: Option<String>,
    utm_source: Option<String>,
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
    utm_term: Option<String>,
    utm_content: Option<String>,
    ga_cid: Option<String>,
    ya_cid: Option<String>,
    uid: Option<String>,
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    device: Option<String>,
    ip: Option<String>,
    duration: Option<i64>,
    custom: Option<String>,
    is_new: Option<bool>,
    is_quality: Option<bool>,
    widget_id: Option<i64>,
    widget_name: Option<String>,
    pages: Option<Vec<PageRow>>,
}

impl Tracking {
    /// Looks it up.
    pub(in crate::commands) fn of(journal: &Journal, entry: &Entry) -> Result<Tracking> {
        let (tracked, visit) = (journal.tracked(entry)?, journal.visit(entry)?);
        let channel = journal.channel_of(entry)?.map(|channel| channel.name);
        let dct_type = tracked.as_ref().map(|tracked| tracked.dct_type).or(visit.as_ref().and_then(|visit| visit.dct_type));
        let (found, source) = (visit.as_ref().map(|visit| visit.found), visit.as_ref().map(|visit| visit.source.key()));
        let (asked_at, is_new) = (visit.as_ref().map(|visit| visit.asked_at), visit.as_ref().and_then(|visit| visit.is_new));
        let is_quality = visit.as_ref().and_then(|visit| visit.is_quality);
        let number = tracked.and_then(|tracked| tracked.number).or(visit.as_ref().and_then(|visit| visit.number.clone()));
        let (visitor, pages) = visit.map(|visit| (visit.visitor, visit.pages)).unwrap_or_default();
        Ok(Tracking {
            number,
            kind: dct_type.map(|kind| if kind == 1 { "dynamic" } else { "static" }),
            channel,
            found,
            source,
            asked_at,
            url: visitor.page.url,
            title: visitor.page.title,
            rs_cid: visitor.rs_cid,
            utm_source: visitor.utm.source,
            utm_medium: visitor.utm.medium,
            utm_campaign: visitor.utm.campaign,
            utm_term: visitor.utm.term,
            utm_content: visitor.utm.content,
            ga_cid: visitor.ga_cid,
            ya_cid: visitor.ya_cid,
            uid: visitor.uid,
            country: visitor.location.country_code,
            region: visitor.location.region,
            city: visitor.location.city,
            device: visitor.device,
            ip: visitor.ip,
            duration: visitor.duration,
            custom: visitor.custom,
            is_new,
            is_quality,
            widget_id: visitor.widget_id,
            widget_name: visitor.widget_name,
            pages: pages.map(|pages| pages.into_iter().map(PageRow::from).collect()),
        })
    }

    /// Whether nothing is known.
    pub(in crate::commands) fn is_empty(&self) -> bool {
        self.kind.is_none() && self.found.is_none() && self.channel.is_none()
    }

    /// For a person, the pages stand below.
    pub(in crate::commands) fn show_pages(&self, ui: &mut Ui) -> Result<()> {
        match &self.pages {
            Some(pages) if ui.is_for_a_person() && !pages.is_empty() => {
                ui.raw("\n")?;
                ui.all(pages)
            }
            _ => Ok(()),
        }
    }

    fn kind_words(&self) -> Cell {
        match self.kind {
            Some("dynamic") => Cell::Text(tr("динамический", "dynamic").into()),
            Some(_) => Cell::Text(tr("статический", "static").into()),
            None => Cell::Empty,
        }
    }

    /// What to say where there is no visitor to show.
    fn visitor_words(&self) -> Cell {
        match (self.found, self.kind) {
            (Some(false), _) => Cell::Text(tr("АТС его не знает", "not known to the PBX").into()),
            (None, Some("dynamic")) => Cell::Text(tr("узнать не удалось", "could not be learnt").into()),
            _ => Cell::Empty,
        }
    }
}

impl Row for Tracking {
    fn columns() -> Vec<Column> {
        vec![
            ("number", tr("номер коллтрекинга", "tracking number")),
            ("type", tr("вид номера", "type")),
            ("channel", tr("канал", "channel")),
            ("visitor", tr("посетитель", "visitor")),
            ("url", tr("страница", "page")),
            ("title", tr("заголовок", "title")),
            ("rs_cid", "Roistat"),
            ("utm_source", "utm source"),
            ("utm_medium", "utm medium"),
            ("utm_campaign", "utm campaign"),
            ("utm_term", "utm term"),
            ("utm_content", "utm content"),
            ("ga_cid", "Google Analytics"),
            ("ya_cid", tr("Яндекс Метрика", "Yandex Metrica")),
            ("region", tr("регион", "region")),
            ("city", tr("город", "city")),
            ("device", tr("устройство", "device")),
            ("duration", tr("на сайте", "on the site")),
            ("custom", tr("свой параметр", "custom")),
            ("pages", tr("страниц", "pages")),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::number(&self.number),
            self.kind_words(),
            Cell::text(&self.channel),
            self.visitor_words(),
            Cell::text(&self.url),
            Cell::text(&self.title),
            Cell::text(&self.rs_cid),
            Cell::text(&self.utm_source),
            Cell::text(&self.utm_medium),
            Cell::text(&self.utm_campaign),
            Cell::text(&self.utm_term),
            Cell::text(&self.utm_content),
            Cell::text(&self.ga_cid),
            Cell::text(&self.ya_cid),
            Cell::text(&self.region),
            Cell::text(&self.city),
            device(&self.device),
            Cell::seconds(self.duration),
            Cell::text(&self.custom),
            self.pages.as_ref().map_or(Cell::Empty, |pages| Cell::Count(pages.len() as i64)),
        ]
    }
}

/// With the call that it is about.
#[derive(Serialize)]
struct Shown {
    entry_id: String,
    #[serde(serialize_with = "moment")]
    started_at: Option<i64>,
    #[serde(flatten)]
    tracking: Tracking,
}

impl Row for Shown {
    fn columns() -> Vec<Column> {
        let call = [("entry_id", tr("звонок", "call")), ("started_at", tr("начало", "started"))];
        call.into_iter().chain(Tracking::columns()).collect()
    }

    fn cells(&self) -> Vec<Cell> {
        let call = [Cell::Text(self.entry_id.clone()), Cell::moment(self.started_at)];
        call.into_iter().chain(self.tracking.cells()).collect()
    }
}

/// A page that the visitor has seen.
#[derive(Serialize)]
struct PageRow {
    url: Option<String>,
    title: Option<String>,
    #[serde(serialize_with = "moment")]
    at: Option<i64>,
}

impl From<Page> for PageRow {
    fn from(Page { url, title, at }: Page) -> PageRow {
        PageRow { url, title, at }
    }
}

impl Row for PageRow {
    fn columns() -> Vec<Column> {
        vec![("at", tr("открыта", "opened")), ("title", tr("страница", "page")), ("url", tr("адрес", "address"))]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::time(self.at), Cell::text(&self.title), Cell::text(&self.url)]
    }
}

/// `mobile`, `tablet`, `desktop` (vpbx-data §3.2) in the person's language.
fn device(device: &Option<String>) -> Cell {
    let people = match device.as_deref() {
        Some("mobile") => Some(tr("телефон", "mobile")),
        Some("tablet") => Some(tr("планшет", "tablet")),
        Some("desktop") => Some(tr("компьютер", "desktop")),
        _ => None,
    };
    Cell::word(device, people)
}
