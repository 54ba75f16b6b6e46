//! Visitors of an invented site who call the number it shows them (vpbx-data §3): who they are follows from the call's serial number,
//! and a dynamic number is bound to one of them at a time.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, Asked, Refusal, WRONG_NUMBER};
use super::clock::{MOSCOW, Moment};
use super::gate::Answer;
use super::people::{LINES, Line};
use super::widgets::WIDGET;
use super::{Sandbox, locked};

const SITE: &str = "https://shop.example.com";

/// How the PBX wraps its answers, since no example of one is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{"data":{…}}`, and `{"data":{}}` for nobody.
    Data,
    /// The object itself, and `{}` for nobody.
    Bare,
    /// A list everywhere, and `[]` for nobody.
    List,
    /// Nobody is ever found.
    Empty,
}

impl Shape {
    const WORDS: [(&'static str, Shape); 4] =
        [("data", Shape::Data), ("bare", Shape::Bare), ("list", Shape::List), ("empty", Shape::Empty)];

    pub(super) fn from_word(word: &str) -> Option<Shape> {
        Shape::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, shape)| shape)
    }

    fn visitor(self, visitor: Option<Value>) -> Value {
        match (self, visitor) {
            (Shape::Data, visitor) => json!({"data": visitor.unwrap_or_else(|| json!({}))}),
            (Shape::Bare, Some(visitor)) => visitor,
            (Shape::List, visitor) => visitor.into_iter().collect(),
            (Shape::Bare, None) | (Shape::Empty, _) => json!({}),
        }
    }

    fn pages(self, pages: Vec<Value>) -> Value {
        match self {
            Shape::Data => json!({"data": pages}),
            Shape::Bare | Shape::List => pages.into(),
            Shape::Empty => json!([]),
        }
    }
}

/// Which visitor has which dynamic number, and until when.
#[derive(Default)]
pub(super) struct Bindings(HashMap<&'static str, Binding>);

#[derive(Clone, Copy)]
struct Binding {
    serial: i64,
    began: Moment,
    until: Moment,
}

impl Bindings {
    /// A dynamic number that nobody has; when all are given away, the one that is free first.
    pub(super) fn free(&self, now: Moment) -> Option<&'static Line> {
        let until = |line: &&Line| self.0.get(line.number).map_or(now, |binding| binding.until.max(now));
        LINES.iter().filter(|line| line.tracking() == 1).min_by(|a, b| until(a).total_cmp(&until(b)))
    }

    pub(super) fn bind(&mut self, line: &'static Line, serial: i64, now: Moment, seconds: f64) {
        if line.tracking() == 1 {
            self.0.insert(line.number, Binding { serial, began: now, until: now + seconds });
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn of(&self, number: &str, now: Moment) -> Option<Binding> {
        self.0.get(number).filter(|binding| binding.until > now).copied()
    }
}

/// `dct` of an event (vpbx-data §3.3).
pub(super) fn dct(line: Option<&Line>) -> Value {
    match line.map(|line| (line.tracking(), line.number)) {
        Some((kind @ 1..=2, number)) => json!({"number": number, "type": kind}),
        _ => json!({"type": 0}),
    }
}

/// `queries/user_info_by_dct_number` (vpbx-data §3.1)
pub(super) fn info(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let (shape, binding) = asked(sandbox, ask)?;
    let now = sandbox.0.clock.now();
    Ok(Answer::Json(shape.visitor(binding.map(|binding| Visitor::of(binding.serial).described(binding.began, now)))))
}

/// `queries/user_history_by_dct_number` (vpbx-data §3.2)
pub(super) fn history(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let (shape, binding) = asked(sandbox, ask)?;
    Ok(Answer::Json(shape.pages(binding.map(|binding| Visitor::of(binding.serial).history(binding.began)).unwrap_or_default())))
}

fn asked(sandbox: &Sandbox, ask: &Ask) -> Asked<(Shape, Option<Binding>)> {
    let number: String = ask.needed_text("number")?.chars().filter(char::is_ascii_digit).collect();
    if number.len() < 5 {
        return Err(Refusal::of(WRONG_NUMBER, "number"));
    }
    // People in Russia write an 8 for the 7 (vpbx-data §3.1).
    let number = number.strip_prefix('8').filter(|rest| rest.len() == 10).map_or(number.clone(), |rest| format!("7{rest}"));
    let binding = locked(&sandbox.0.bindings).of(&number, sandbox.0.clock.now());
    Ok((locked(&sandbox.0.tuning).dct_shape, binding))
}

/// Somebody on the invented site.
pub(super) struct Visitor {
    pub(super) uid: String,
    pub(super) ga_cid: String,
    pub(super) ya_cid: String,
    rs_cid: Option<String>,
    pub(super) ip: String,
    pub(super) place: &'static Place,
    pub(super) came_by: &'static CameBy,
    pub(super) device: &'static str,
    pub(super) custom: Option<String>,
    /// His first call.
    pub(super) is_new: bool,
    /// Seconds on the site before he called.
    before: i64,
    /// Address, heading, and which part of that time had passed when he opened it.
    pages: Vec<(&'static str, &'static str, f64)>,
}

pub(super) struct Place {
    pub(super) region_code: &'static str,
    region: &'static str,
    pub(super) city: &'static str,
}

/// What brings people to the site; the number says how often.
pub(super) struct CameBy {
    share: u32,
    pub(super) source: Option<&'static str>,
    pub(super) medium: Option<&'static str>,
    pub(super) campaign: Option<&'static str>,
    pub(super) term: Option<&'static str>,
    pub(super) content: Option<&'static str>,
}

type Word = Option<&'static str>;

const fn by(share: u32, source: Word, medium: Word, campaign: Word, term: Word, content: Word) -> CameBy {
    CameBy { share, source, medium, campaign, term, content }
}

#[rustfmt::skip]
static CHANNELS: &[CameBy] = &[
    by(24, Some("yandex"), Some("cpc"), Some("spring"), Some("доставка цветов"), Some("b1")),
    by(12, Some("yandex"), Some("cpc"), Some("brand"), Some("северный ветер"), Some("b2")),
    by(14, Some("yandex"), Some("organic"), None, None, None),
    by(10, Some("google"), Some("cpc"), Some("spring"), Some("купить букет"), Some("g1")),
    by(9, Some("google"), Some("organic"), None, None, None),
    by(9, Some("vk"), Some("social"), Some("summer"), None, Some("post-7")),
    by(6, Some("telegram"), Some("social"), Some("summer"), None, Some("pin")),
    by(5, Some("newsletter"), Some("email"), Some("january"), None, Some("button")),
    by(3, Some("2gis"), Some("maps"), None, None, None),
    by(8, Some("(direct)"), Some("(none)"), None, None, None),
];

const PLACES: &[Place] = &[
    Place { region_code: "MOW", region: "Москва", city: "Москва" },
    Place { region_code: "MOW", region: "Москва", city: "Москва" },
    Place { region_code: "MOS", region: "Московская область", city: "Химки" },
    Place { region_code: "SPE", region: "Санкт-Петербург", city: "Санкт-Петербург" },
    Place { region_code: "TVE", region: "Тверская область", city: "Тверь" },
];

const PAGES: &[(&str, &str)] = &[
    ("/", "Главная"),
    ("/catalog", "Каталог"),
    ("/catalog/roses", "Розы"),
    ("/catalog/tulips", "Тюльпаны"),
    ("/delivery", "Доставка"),
    ("/orders/1", "Заказ"),
    ("/contacts", "Контакты"),
];

impl Visitor {
    /// The visitor behind the call with this serial number, always the same.
    pub(super) fn of(serial: i64) -> Visitor {
        let mut chance = dice(serial);
        let uid = format!("{:016x}", chance.u64(..));
        let first = chance.usize(..PAGES.len());
        let count = chance.usize(1..5);
        let steps: Vec<usize> = (1..count).map(|_| chance.usize(..PAGES.len())).collect();
        let opened = |(n, page): (usize, usize)| (PAGES[page].0, PAGES[page].1, n as f64 / count as f64);
        Visitor {
            uid,
            ga_cid: format!("{}.{}", chance.u32(1_000_000_000..), chance.u32(1_760_000_000..1_767_000_000)),
            ya_cid: format!("{}{:09}", chance.u32(1_760_000_000..1_767_000_000), chance.u32(..1_000_000_000)),
            rs_cid: chance.bool().then(|| chance.u32(100_000..999_999).to_string()),
            ip: format!("192.0.2.{}", chance.u8(1..=254)),
            place: &PLACES[chance.usize(..PLACES.len())],
            came_by: channel(&mut chance),
            device: ["desktop", "desktop", "mobile", "mobile", "mobile", "tablet"][chance.usize(..6)],
            custom: (chance.u8(..) < 40).then(|| format!("client-{}", chance.u32(1..1000))),
            is_new: chance.u8(..) < 170,
            before: chance.i64(20..600),
            pages: std::iter::once(first).chain(steps).enumerate().map(opened).collect(),
        }
    }

    pub(super) fn url(&self) -> String {
        let (path, ..) = self.pages[self.pages.len() - 1];
        self.address(path)
    }

    pub(super) fn first_url(&self) -> String {
        self.address(self.pages[0].0)
    }

    fn address(&self, path: &str) -> String {
        let mut marks = form_urlencoded::Serializer::new(String::new());
        let all = [("utm_source", self.came_by.source), ("utm_medium", self.came_by.medium), ("utm_campaign", self.came_by.campaign)];
        marks.extend_pairs(all.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let marks = marks.finish();
        // The address that an advertisement leads to carries the marks.
        match path == self.pages[0].0 && self.came_by.campaign.is_some() {
            true => format!("{SITE}{path}?{marks}"),
            false => format!("{SITE}{path}"),
        }
    }

    fn opened(&self, began: Moment, part: f64) -> i64 {
        (began - self.before as f64 * (1.0 - part)) as i64
    }

    fn described(&self, began: Moment, now: Moment) -> Value {
        let (_, title, part) = self.pages[self.pages.len() - 1];
        let by = self.came_by;
        json!({
            "uid": self.uid, "widget_id": WIDGET, "widget_name": "shop.example.com", "product_id": super::entry::PRODUCT, "ga_cid": self.ga_cid,
            "ya_cid": self.ya_cid, "rs_cid": self.rs_cid, "ip": self.ip, "region_id": 1,
            "location": {"country_code": "RU", "region_code": self.place.region_code, "region": self.place.region, "city": self.place.city},
            "channel": {"source": by.source, "medium": by.medium, "campaign": by.campaign, "content": by.content, "term": by.term},
            "duration": (now - began) as i64 + self.before,
            "current_page": {"url": self.url(), "date": in_utc(self.opened(began, part)), "title": title},
            "device": self.device, "custom": self.custom,
        })
    }

    /// The order is not documented: the newest first, so that clients do not rely on one.
    fn history(&self, began: Moment) -> Vec<Value> {
        let pages = self.pages.iter().rev();
        pages
            .map(|(path, title, part)| json!({"url": self.address(path), "date": in_moscow(self.opened(began, *part)), "title": title}))
            .collect()
    }
}

fn channel(chance: &mut fastrand::Rng) -> &'static CameBy {
    let whole: u32 = CHANNELS.iter().map(|channel| channel.share).sum();
    let mut rest = chance.u32(..whole);
    let chosen = CHANNELS.iter().find(|channel| {
        let here = rest < channel.share;
        rest = rest.saturating_sub(channel.share);
        here
    });
    chosen.unwrap_or(&CHANNELS[0])
}

/// Dice of their own for every call, apart from those by which it is played.
pub(super) fn dice(serial: i64) -> fastrand::Rng {
    fastrand::Rng::with_seed((serial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0076_6973_6974_6f72)
}

/// `2026-01-01T00:02:15Z`
pub(super) fn in_utc(at: i64) -> String {
    Timestamp::from_second(at).unwrap_or_default().to_string()
}

/// `2026-01-01T03:02:15+03:00` (vpbx-data §3.2)
fn in_moscow(at: i64) -> String {
    in_utc(at + MOSCOW).replace('Z', "+03:00")
}
