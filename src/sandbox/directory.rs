//! Employees, groups, lines and the balance (vpbx-data §4).

use serde_json::{Value, json};

use super::ask::{Ask, Asked};
use super::clock::{Moment, moscow_time};
use super::gate::Answer;
use super::people::{EMPLOYEES, Employee, GROUPS, Group, LINES, Line};

/// `config/users/request`: no `result` in the answer, nobody when the short number is unknown (vpbx-data §4.1).
pub(super) fn users(ask: &Ask) -> Asked<Answer> {
    // Simulators of other people send 0 for "everybody" (field notes).
    let extension = ask.text("extension")?.filter(|extension| extension != "0");
    let extra = ask.words("ext_fields")?.unwrap_or_default();
    let wanted = EMPLOYEES.iter().filter(|employee| extension.as_deref().is_none_or(|extension| employee.extension == extension));
    let users: Vec<Value> = wanted.map(|employee| user(employee, &extra)).collect();
    Ok(Answer::Json(json!({"users": users})))
}

fn user(employee: &Employee, extra: &[String]) -> Value {
    let has = |field: &str| extra.iter().any(|asked| asked == field);
    let mut general =
        json!({"name": employee.name, "email": employee.email, "department": employee.department, "position": employee.position});
    let sip = employee.sip.trim_start_matches("sip:");
    let more = [
        ("user_id", json!(employee.user_id)),
        ("access_role_id", json!(10451)),
        ("mobile", json!(employee.mobile)),
        ("login", Value::Null),
        ("use_status", json!(0)),
        ("use_cc_numbers", json!(0)),
        ("sips", json!([{"number": sip}])),
    ];
    more.into_iter().filter(|(name, _)| has(&format!("general.{name}"))).for_each(|(name, value)| general[name] = value);
    let mut telephony = json!({
        "extension": employee.extension, "outgoingline": LINES[0].number, "numbers": numbers(employee, has("telephony.numbers.schedule")),
    });
    let more = [("dial_alg", json!(1)), ("line_id", json!(LINES[0].id)), ("trunk_number_id", Value::Null)];
    more.into_iter().filter(|(name, _)| has(&format!("telephony.{name}"))).for_each(|(name, value)| telephony[name] = value);
    let mut user = json!({"general": general, "telephony": telephony});
    if has("groups") {
        user["groups"] = employee.groups().map(|group| group.id).collect();
    }
    user
}

fn numbers(employee: &Employee, schedule: bool) -> Value {
    let mut numbers = json!([
        {"number": employee.sip, "protocol": "sip", "order": 0, "wait_sec": 30, "status": "on"},
        {"number": employee.mobile, "number_normalized": employee.mobile, "protocol": "tel", "order": 1, "wait_sec": 60, "status": "off"},
    ]);
    if schedule {
        numbers.as_array_mut().into_iter().flatten().for_each(|number| number["schedule"] = json!([]));
    }
    numbers
}

/// `groups` (vpbx-data §4.2)
pub(super) fn groups(ask: &Ask) -> Asked<Answer> {
    let id = ask.integer("group_id")?;
    let operator = ask.integer("operator_id")?;
    let extension = ask.text("operator_extension")?;
    let show = ask.integer("show_users")? == Some(1);
    let has = |group: &Group, who: &dyn Fn(&Employee) -> bool| group.employees().any(who);
    let wanted = GROUPS.iter().filter(|group| {
        id.is_none_or(|id| group.id == id)
            && operator.is_none_or(|id| has(group, &|employee| employee.user_id == id))
            && extension.as_deref().is_none_or(|extension| has(group, &|employee| employee.extension == extension))
    });
    Ok(Answer::Json(json!({"result": 1000, "groups": wanted.map(|group| described(group, show)).collect::<Vec<_>>()})))
}

fn described(group: &Group, show_users: bool) -> Value {
    let mut described = json!({
        "id": group.id, "name": group.name, "description": "", "extension": group.extension,
        "dial_alg_group": if group.at_once { 2 } else { 0 }, "dial_alg_users": 5, "auto_redirect": 0, "auto_dial": 0,
        "line_id": LINES[0].id, "use_dynamic_ivr": 0, "use_dynamic_seq_num": 0, "melody_id": null,
    });
    if show_users {
        let operator = |(order, employee): (usize, &Employee)| json!({"id": employee.user_id, "name": employee.name, "extension": employee.extension, "priority": 1, "order": order + 1});
        described["operators"] = group.employees().enumerate().map(operator).collect();
    }
    described
}

/// `incominglines` (vpbx-data §4.4)
pub(super) fn lines() -> Answer {
    let line = |line: &Line| {
        json!({
            "line_id": line.id, "number": line.number, "name": line.name, "comment": line.comment, "region": line.region,
            "schema_id": 11000001, "schema_name": "По умолчанию",
        })
    };
    Answer::Json(json!({"result": 1000, "lines": LINES.iter().map(line).collect::<Vec<_>>()}))
}

/// `account/balance` (vpbx-data §4.3)
pub(super) fn balance(now: Moment) -> Answer {
    Answer::Json(json!({"result": 1000, "balance": 1234.56, "currency": "RUB", "response_at": moscow_time(now as i64)}))
}
