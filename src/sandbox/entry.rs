//! A finished call with its legs, and the few bytes in which the ledger keeps it.

use std::borrow::Cow;

use super::people::{EMPLOYEES, Employee, GROUPS, Group, LINES, Line};

/// Who called whom. The numbers are those of the extended statistics (vpbx-core §6.2.1); events count otherwise (§3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Incoming = 1,
    Outgoing = 2,
    Internal = 3,
}

/// Where a leg stands (`location`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Ivr = 0,
    Queue = 1,
    Abonent = 2,
}

impl Place {
    pub(super) fn word(self) -> &'static str {
        ["ivr", "queue", "abonent"][self as usize]
    }
}

/// One side of a leg.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Party<'a> {
    pub(super) employee: Option<&'static Employee>,
    pub(super) number: Cow<'a, str>,
}

impl PartialEq for Employee {
    fn eq(&self, other: &Employee) -> bool {
        self.extension == other.extension
    }
}

impl Leg<'_> {
    /// The recordings that began in the leg with this number.
    pub(super) fn recording_ids(&self, serial: i64, leg: usize) -> Vec<String> {
        (0..2).filter(|nth| self.keeps(*nth)).map(|nth| recording_id(serial, leg, nth)).collect()
    }

    /// Whether the first or the second recording that began in the leg was kept.
    pub(super) fn keeps(&self, nth: usize) -> bool {
        [self.recorded, self.extra.recorded_twice].get(nth) == Some(&true)
    }
}

impl<'a> Party<'a> {
    /// An employee at his SIP account.
    pub(super) fn employee(employee: &'static Employee) -> Party<'a> {
        Party { employee: Some(employee), number: Cow::Borrowed(employee.sip) }
    }

    /// A number of which nothing more is known.
    pub(super) fn outside(number: impl Into<Cow<'a, str>>) -> Party<'a> {
        Party { employee: None, number: number.into() }
    }

    pub(super) fn extension(&self) -> &'static str {
        self.employee.map_or("", |employee| employee.extension)
    }

    /// An employee's short number, or the number of whoever is outside.
    pub(super) fn name(&self) -> &str {
        self.employee.map_or(&self.number, |employee| employee.extension)
    }
}

/// One leg of a finished call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leg<'a> {
    pub(super) place: Place,
    pub(super) from: Party<'a>,
    pub(super) to: Party<'a>,
    /// The group that a queue leg waits for, or through which an employee is rung.
    pub(super) group: Option<&'static Group>,
    pub(super) start: i64,
    pub(super) answer: Option<i64>,
    pub(super) end: i64,
    pub(super) reason: i64,
    pub(super) recorded: bool,
    pub(super) extra: Extra,
}

/// What few legs have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Extra {
    /// A second recording began in this leg.
    pub(super) recorded_twice: bool,
    /// Made by a transfer without consultation.
    pub(super) blind: bool,
    /// Made by a transfer with consultation.
    pub(super) consult: bool,
    /// Taken away from whoever was ringing.
    pub(super) intercepted: bool,
    /// Seconds on hold.
    pub(super) hold: i64,
}

/// A finished call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry<'a> {
    pub(super) serial: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) direction: Direction,
    pub(super) answered: bool,
    /// 0 failed call-back, 1 successful, 2 none.
    pub(super) recall: u8,
    /// `context_init_type`
    pub(super) init: u8,
    /// Not a call but a record of the PBX's own (a conference was made): without answer, end and durations.
    pub(super) service: bool,
    pub(super) line: Option<&'static Line>,
    pub(super) caller: Party<'a>,
    pub(super) called: Cow<'a, str>,
    pub(super) legs: Vec<Leg<'a>>,
}

impl Entry<'_> {
    /// Seconds of conversation; two at the same time count once.
    pub(super) fn talk(&self) -> i64 {
        let mut talks: Vec<(i64, i64)> = self.legs.iter().filter_map(|leg| Some((leg.answer?, leg.end))).collect();
        talks.sort_unstable();
        let (mut talk, mut until) = (0, i64::MIN);
        for (answer, end) in talks {
            talk += (end - answer.max(until)).max(0);
            until = until.max(end);
        }
        if self.answered { talk } else { 0 }
    }
}

/// `entry_id` of the call with this serial number: base64 of a decimal number (vpbx-core §3.0).
pub(super) fn entry_id(serial: i64) -> String {
    base64(number(serial).to_string().as_bytes())
}

/// `call_id` of one leg; legs in the voice menu have a fifth part (field notes).
pub(super) fn call_id(serial: i64, leg: usize, place: Place) -> String {
    let menu = if place == Place::Ivr { ":1" } else { "" };
    base64(format!("1:{PRODUCT}:77:{}{leg:02}{menu}", number(serial)).as_bytes())
}

/// `recording_id` of the first or the second recording that began in a leg.
pub(super) fn recording_id(serial: i64, leg: usize, nth: usize) -> String {
    base64(format!("1:{PRODUCT}:{}{leg:02}:{nth}", number(serial)).as_bytes())
}

/// Which recording an id of ours means: serial number of the call, leg, and which of those that began there.
pub(super) fn recording_of(id: &str) -> Option<(i64, usize, usize)> {
    let text = String::from_utf8(from_base64(id)?).ok()?;
    let (began, nth) = text.strip_prefix(&format!("1:{PRODUCT}:"))?.split_once(':')?;
    let (call, leg) = began.split_at_checked(began.len().checked_sub(2)?)?;
    let serial = call.parse::<i64>().ok()?.checked_sub(number(0))?;
    Some((serial, leg.parse().ok()?, nth.parse().ok()?))
}

/// `communication_id` of a call's speech, which is another number than its `entry_id` (vpbx-data §2.3).
pub(super) fn communication_id(serial: i64) -> String {
    base64((SPEECH + serial).to_string().as_bytes())
}

/// The call that a `communication_id` means.
pub(super) fn communication_of(id: &str) -> Option<i64> {
    String::from_utf8(from_base64(id)?).ok()?.parse::<i64>().ok()?.checked_sub(SPEECH)
}

const SPEECH: i64 = 3_000_000_000;

/// The product of the emulated PBX.
pub(super) const PRODUCT: u32 = 20_000_001;

fn number(serial: i64) -> i64 {
    9_000_000_000 + serial
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        word = word << 6 | LETTERS.iter().position(|known| *known == letter)? as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    Some(bytes)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for i in 0..4 {
            text.push(if i <= chunk.len() { char::from(LETTERS[(word >> (18 - 6 * i)) as usize & 63]) } else { '=' });
        }
    }
    text
}

// How a party is kept: most repeat the caller, the called number, the line or an employee's own account.
const NOBODY: u8 = 0;
const ACCOUNT: u8 = 1;
const EMPLOYEE_AT: u8 = 2;
const NUMBER: u8 = 3;
const CALLER: u8 = 4;
const CALLED: u8 = 5;
const LINE: u8 = 6;

impl Entry<'_> {
    pub(super) fn pack(&self) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(96));
        let (answered, service) = (u8::from(self.answered) << 2, u8::from(self.service) << 3);
        out.byte(self.direction as u8 | answered | service | self.recall << 4);
        out.byte(self.init);
        out.index(self.line.and_then(|line| LINES.iter().position(|other| other.id == line.id)));
        out.signed(self.end - self.start);
        out.party(&self.caller);
        out.text(&self.called);
        out.signed(self.legs.len() as i64);
        for leg in &self.legs {
            let answered = u8::from(leg.answer.is_some()) << 3;
            let extra = leg.extra != Extra::default();
            out.byte(leg.place as u8 | u8::from(leg.recorded) << 2 | answered | u8::from(extra) << 4);
            if extra {
                out.extra(leg.extra);
            }
            out.index(leg.group.and_then(|group| GROUPS.iter().position(|other| other.id == group.id)));
            out.signed(leg.start - self.start);
            if let Some(answer) = leg.answer {
                out.signed(answer - leg.start);
            }
            out.signed(leg.end - leg.start);
            out.signed(leg.reason);
            self.pack_party(&leg.from, &mut out);
            self.pack_party(&leg.to, &mut out);
        }
        out.0
    }

    fn pack_party(&self, party: &Party, out: &mut Writer) {
        match party {
            party if *party == self.caller => out.byte(CALLER),
            Party { employee: None, number } if *number == self.called => out.byte(CALLED),
            Party { employee: None, number } if self.line.is_some_and(|line| line.number == number) => out.byte(LINE),
            party => out.party(party),
        }
    }
}

impl<'a> Entry<'a> {
    /// `None` when the bytes are not an entry, which only a foreign hand could have written.
    pub(super) fn unpack(start: i64, serial: i64, bytes: &'a [u8]) -> Option<Entry<'a>> {
        let mut bytes = Bytes(bytes);
        let flags = bytes.byte()?;
        let init = bytes.byte()?;
        let line = bytes.index()?.and_then(|index| LINES.get(index));
        let end = start.wrapping_add(bytes.signed()?);
        let caller = bytes.party()?;
        let called = Cow::Borrowed(bytes.text()?);
        let count = bytes.signed()?;
        let direction = match flags & 3 {
            1 => Direction::Incoming,
            2 => Direction::Outgoing,
            _ => Direction::Internal,
        };
        let (answered, service, recall) = (flags & 4 != 0, flags & 8 != 0, flags >> 4);
        let legs = Vec::with_capacity(count.clamp(0, 64) as usize);
        let mut entry = Entry { serial, start, end, direction, answered, recall, init, service, line, caller, called, legs };
        for _ in 0..count {
            let leg = entry.unpack_leg(&mut bytes)?;
            entry.legs.push(leg);
        }
        Some(entry)
    }

    fn unpack_leg(&self, bytes: &mut Bytes<'a>) -> Option<Leg<'a>> {
        let flags = bytes.byte()?;
        let place = [Place::Ivr, Place::Queue, Place::Abonent].get(usize::from(flags & 3)).copied()?;
        let extra = if flags & 16 != 0 { bytes.extra()? } else { Extra::default() };
        let group = bytes.index()?.and_then(|index| GROUPS.get(index));
        let start = self.start.wrapping_add(bytes.signed()?);
        let answer = if flags & 8 != 0 { Some(start.wrapping_add(bytes.signed()?)) } else { None };
        let end = start.wrapping_add(bytes.signed()?);
        let reason = bytes.signed()?;
        let (from, to) = (self.unpack_party(bytes)?, self.unpack_party(bytes)?);
        Some(Leg { place, from, to, group, start, answer, end, reason, recorded: flags & 4 != 0, extra })
    }

    fn unpack_party(&self, bytes: &mut Bytes<'a>) -> Option<Party<'a>> {
        let party = match *bytes.0.first()? {
            CALLER => self.caller.clone(),
            CALLED => Party::outside(self.called.clone()),
            LINE => Party::outside(self.line?.number),
            _ => return bytes.party(),
        };
        bytes.byte()?;
        Some(party)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn index(&mut self, index: Option<usize>) {
        self.byte(index.map_or(0, |index| index as u8 + 1));
    }

    /// Small numbers take one byte, negative ones are folded between them.
    fn signed(&mut self, value: i64) {
        let mut rest = (value << 1 ^ value >> 63) as u64;
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    fn text(&mut self, text: &str) {
        self.signed(text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn extra(&mut self, extra: Extra) {
        let flags = [extra.recorded_twice, extra.blind, extra.consult, extra.intercepted];
        self.byte(flags.into_iter().enumerate().map(|(bit, set)| u8::from(set) << bit).sum());
        self.signed(extra.hold);
    }

    fn party(&mut self, party: &Party) {
        let place = |employee: &Employee| EMPLOYEES.iter().position(|other| other == employee);
        match party.employee {
            Some(employee) if party.number == employee.sip => {
                self.byte(ACCOUNT);
                self.index(place(employee));
            }
            Some(employee) => {
                self.byte(EMPLOYEE_AT);
                self.index(place(employee));
                self.text(&party.number);
            }
            None if party.number.is_empty() => self.byte(NOBODY),
            None => {
                self.byte(NUMBER);
                self.text(&party.number);
            }
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn index(&mut self) -> Option<Option<usize>> {
        self.byte().map(|byte| usize::from(byte).checked_sub(1))
    }

    fn signed(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.signed()?).ok().filter(|length| *length <= self.0.len())?;
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn extra(&mut self) -> Option<Extra> {
        let flags = self.byte()?;
        let [recorded_twice, blind, consult, intercepted] = [1, 2, 4, 8].map(|bit| flags & bit != 0);
        Some(Extra { recorded_twice, blind, consult, intercepted, hold: self.signed()? })
    }

    fn party(&mut self) -> Option<Party<'a>> {
        let kind = self.byte()?;
        let employee = if matches!(kind, ACCOUNT | EMPLOYEE_AT) { Some(EMPLOYEES.get(self.index()??)?) } else { None };
        let number = match (kind, employee) {
            (ACCOUNT, Some(employee)) => employee.sip,
            (NOBODY, _) => "",
            _ => self.text()?,
        };
        Some(Party { employee, number: Cow::Borrowed(number) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn an_entry() -> Entry<'static> {
        let caller = Party::outside("79161234567");
        let line = Some(&LINES[3]);
        let leg = |place, to, answer, group| Leg {
            place,
            from: Party::outside("79161234567"),
            to,
            group,
            start: 1_767_259_790,
            answer,
            end: 1_767_259_850,
            reason: 1110,
            recorded: answer.is_some(),
            extra: Extra { consult: answer.is_some(), hold: answer.map_or(0, |_| 3), ..Extra::default() },
        };
        let legs = vec![
            leg(Place::Ivr, Party::outside(LINES[3].number), None, None),
            leg(Place::Queue, Party::default(), None, Some(&GROUPS[1])),
            leg(Place::Abonent, Party::employee(&EMPLOYEES[3]), Some(1_767_259_800), Some(&GROUPS[1])),
            leg(Place::Abonent, Party { employee: Some(&EMPLOYEES[4]), number: "79000000005".into() }, None, None),
        ];
        let called = "sip:line1@demo.mangosip.ru".into();
        let (start, end) = (1_767_259_790, 1_767_259_860);
        let (direction, answered, recall, init, service) = (Direction::Incoming, true, 2, 0, false);
        Entry { serial: 7, start, end, direction, answered, recall, init, service, line, caller, called, legs }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let entry = an_entry();
        let packed = entry.pack();
        assert_eq!(Entry::unpack(entry.start, entry.serial, &packed).as_ref(), Some(&entry));
        assert!(packed.len() < 120, "{} bytes", packed.len());
        assert_eq!(entry.talk(), 50);
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_panic() {
        let packed = an_entry().pack();
        assert!((0..packed.len()).all(|length| Entry::unpack(0, 1, &packed[..length]).is_none()));
        let mut chance = fastrand::Rng::with_seed(3);
        for _ in 0..2000 {
            let mut damaged = packed.clone();
            damaged[chance.usize(..packed.len())] = chance.u8(..);
            let _ = Entry::unpack(0, 1, &damaged);
        }
    }

    #[test]
    fn ids_have_the_shape_of_real_ones() {
        assert_eq!(entry_id(1), "OTAwMDAwMDAwMQ==");
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_ne!(call_id(1, 0, Place::Ivr), call_id(1, 0, Place::Abonent));
    }

    #[test]
    fn a_recording_is_found_again_by_its_id() {
        for (serial, leg, nth) in [(1, 0, 0), (9_000_000_000, 12, 1), (77, 3, 0)] {
            assert_eq!(recording_of(&recording_id(serial, leg, nth)), Some((serial, leg, nth)));
            assert_eq!(communication_of(&communication_id(serial)), Some(serial));
        }
        let foreign = ["", "r100:777:500:256", "MToxMDAwMDAwMTo1MDAwMDAwMDAxOjA=", "====", "Ж", "MTow"];
        assert!(foreign.into_iter().all(|id| recording_of(id).is_none()));
    }
}
