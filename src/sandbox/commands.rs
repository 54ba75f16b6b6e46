//! Commands that begin calls (vpbx-core §4.1, §4.2): checked and accepted at once, carried out afterwards.

use serde_json::json;

use super::Sandbox;
use super::ask::{Ask, Asked, MISSING, NO_NUMBER, NO_OBJECT, Refusal, WRONG_FORMAT, WRONG_PARAMETERS};
use super::entry::Party;
use super::gate::Answer;
use super::people::{Employee, Line};
use super::scripts::{self, Callback, GroupCallback, Target};

/// `commands/callback` (vpbx-core §4.1)
pub(super) fn callback(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let command_id = command_id(ask)?;
    let from = initiator(ask)?;
    let to = target(&number(ask, "to_number")?.ok_or_else(|| Refusal::of(MISSING, "to_number"))?, "to_number")?;
    let line = line(ask)?;
    let order = Callback { command_id: command_id.clone(), from, to, line, answer_after: answer_after(ask)? };
    sandbox.start(|fate| scripts::callback(order, fate))?;
    Ok(accepted(&command_id))
}

/// `commands/callback_group` (vpbx-core §4.2)
pub(super) fn callback_group(sandbox: &Sandbox, ask: &Ask) -> Asked<Answer> {
    let command_id = command_id(ask)?;
    let side = |name: &str| target(&number(ask, name)?.ok_or_else(|| Refusal::of(MISSING, name))?, name);
    let (from, to) = (side("from")?, side("to")?);
    let line = line(ask)?.ok_or_else(|| Refusal::of(MISSING, "line_number"))?;
    if !matches!((&from, &to), (Target::Group(_), _) | (_, Target::Group(_))) {
        return Err(Refusal::new(WRONG_PARAMETERS).because("from", NO_OBJECT).because("to", NO_OBJECT));
    }
    let order = GroupCallback { command_id: command_id.clone(), from, to, line };
    sandbox.start(|fate| scripts::callback_group(order, fate))?;
    Ok(accepted(&command_id))
}

fn accepted(command_id: &str) -> Answer {
    Answer::Json(json!({"result": 1000, "command_id": command_id}))
}

/// Made by the customer; the PBX neither checks nor needs it, but it fits into 128 bytes (vpbx-core §3.0).
pub(super) fn command_id(ask: &Ask) -> Asked<String> {
    let id = ask.text("command_id")?.unwrap_or_default();
    if id.len() > 128 { Err(Refusal::of(WRONG_FORMAT, "command_id")) } else { Ok(id) }
}

fn initiator(ask: &Ask) -> Asked<Party<'static>> {
    let from = ask.inner("from")?.ok_or_else(|| Refusal::of(MISSING, "from"))?;
    let extension = from.text("extension")?.ok_or_else(|| Refusal::of(MISSING, "from.extension"))?;
    let employee = Employee::by_extension(&extension).ok_or_else(|| Refusal::of(NO_OBJECT, "from.extension"))?;
    let mut party = Party::employee(employee);
    if let Some(device) = number(&from, "number")? {
        if is_short(&device) {
            return Err(Refusal::of(WRONG_FORMAT, "from.number"));
        }
        party.number = device.into();
    }
    Ok(party)
}

fn target(number: &str, field: &str) -> Asked<Target> {
    match Target::of(number) {
        Target::One(Party { employee: None, .. }) if is_short(number) => Err(Refusal::of(NO_OBJECT, field)),
        target => Ok(target),
    }
}

fn line(ask: &Ask) -> Asked<Option<&'static Line>> {
    let Some(number) = ask.text("line_number")? else { return Ok(None) };
    Line::find(number.trim_start_matches('+')).map(Some).ok_or_else(|| Refusal::of(NO_NUMBER, "line_number"))
}

/// The only header a callback may carry; others are ignored (vpbx-core appendix B).
fn answer_after(ask: &Ask) -> Asked<Option<f64>> {
    let Some(headers) = ask.inner("sip_headers")? else { return Ok(None) };
    let seconds = headers.text("Call-Info/answer-after")?.and_then(|seconds| seconds.parse::<f64>().ok());
    Ok(seconds.filter(|seconds| (0.0..=60.0).contains(seconds)))
}

/// A number in the PBX's own form: digits with the country's code, or a SIP address. `+` and a Russian 8 are converted (vpbx-core §4).
pub(super) fn number(ask: &Ask, field: &str) -> Asked<Option<String>> {
    let Some(text) = ask.text(field)? else { return Ok(None) };
    let text = text.trim();
    let is_sip = text.starts_with("sip:") && text.contains('@');
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_digits = (2..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 128 || !(is_sip || is_digits) {
        return Err(Refusal::of(WRONG_FORMAT, field));
    }
    if is_digits && digits.len() == 11 && digits.starts_with('8') {
        return Ok(Some(format!("7{}", &digits[1..])));
    }
    Ok(Some(if is_sip { text } else { digits }.to_owned()))
}

pub(super) fn is_short(number: &str) -> bool {
    number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit())
}
