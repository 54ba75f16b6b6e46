//! Orders on running calls of the sandbox, end to end: what the person is told, what the PBX did, what the journal says then.

use serde_json::{Value, json};

use crate::support::*;

const CALLER: &str = "74950000020";

/// Everybody answers soon and talks until somebody else ends it.
fn patient() -> Pbx {
    let pbx = Pbx::start();
    for number in ["101", "102", "103", CALLER] {
        pbx.control("POST", &format!("people/{number}"), json!({"behaviour": "answers", "ring": 5, "talk": 80000}));
    }
    pbx
}

fn mine<'a>(pbx: &Pbx, args: impl IntoIterator<Item = &'a str>) -> Mango {
    let args: Vec<&str> = args.into_iter().collect();
    pbx.mango(args).env("MANGO_EXTENSION", "101")
}

fn calls(pbx: &Pbx) -> Value {
    mine(pbx, ["-o", "json", "calls"]).said().exits(0).json()
}

/// Waits until the only call is as wanted.
fn until(pbx: &Pbx, wanted: impl Fn(&Value) -> bool) -> Value {
    awaited("the only call as wanted", || {
        let calls = calls(pbx);
        (calls.as_array().unwrap().len() == 1 && wanted(&calls[0])).then(|| calls[0].clone())
    })
}

/// A call that 101 talks on.
fn talking(pbx: &Pbx) -> Value {
    pbx.control("POST", "incoming", json!({"from": CALLER, "to": "101"}));
    until(pbx, |call| call["state"] == "talking")
}

fn legs(pbx: &Pbx, entry: &Value) -> Vec<Value> {
    let page = mine(pbx, ["-o", "json", "show", entry["entry_id"].as_str().unwrap()]).said().exits(0).json();
    page["legs"].as_array().unwrap().clone()
}

fn page(pbx: &Pbx, entry: &Value) -> (Value, Vec<String>) {
    let page = mine(pbx, ["-o", "json", "show", entry["entry_id"].as_str().unwrap()]).said().exits(0).json();
    let feed = page["feed"].as_array().unwrap().iter().map(|row| row["words"].as_str().unwrap().to_owned()).collect();
    (page, feed)
}

/// Waits until nothing goes on.
fn over(pbx: &Pbx) {
    awaited("the end of all calls", || (calls(pbx) == json!([])).then_some(()));
}

/// Waits until a leg is as wanted.
fn until_leg(pbx: &Pbx, entry: &Value, wanted: impl Fn(&Value) -> bool) {
    awaited("the leg as wanted", || legs(pbx, entry).iter().any(&wanted).then_some(()));
}

fn consulting(pbx: &Pbx) -> Value {
    let call = talking(pbx);
    mine(pbx, ["transfer", "Сидорова"]).said().exits(0).says("Calling Сидорова Анна").says("mango --sandbox transfer --connect");
    until_leg(pbx, &call, |leg| leg["to_extension"] == "102" && leg["state"] == "talking");
    assert!(legs(pbx, &call).iter().any(|leg| leg["to_extension"] == "101" && leg["state"] == "held"));
    // Whoever called waits, whatever the employee does meanwhile.
    until(pbx, |call| call["state"] == "held" && call["employee"] == "101");
    call
}

#[test]
fn a_consultation_is_connected() {
    let pbx = patient();
    let call = consulting(&pbx);
    mine(&pbx, ["transfer", "--connect"]).said().exits(0).says("Connected.");
    until_leg(&pbx, &call, |leg| leg["to_extension"] == "101" && leg["state"] == "ended");
    until(&pbx, |call| call["state"] == "talking" && call["direction"] == "incoming" && call["employee"] == "102");
    pbx.control("POST", "hangup", json!({"number": CALLER}));
    over(&pbx);
    let (page, feed) = page(&pbx, &call);
    assert_eq!((&page["employee"], &page["employee_name"]), (&json!("102"), &json!("Сидорова Анна")), "{page}");
    // Statistics, which are believed more, agree.
    let history = mine(&pbx, ["-o", "json", "history"]).said().exits(0).json();
    assert_eq!((&history[0]["entry_id"], &history[0]["employee"]), (&call["entry_id"], &json!("102")), "{history}");
    assert_eq!(history[0]["answered_at"], page["answered_at"], "whoever answered first ended the waiting");
    assert_eq!((&page["direction"], &page["answered"]), (&json!("incoming"), &json!(true)), "{page}");
    for said in ["on hold 101", "ringing 102 consultation", "connected 102 consultation", "connected 102 transfer", "the call is over"] {
        assert!(feed.iter().any(|words| words == said), "{said}: {feed:?}");
    }
}

#[test]
fn a_consultation_is_cancelled() {
    let pbx = patient();
    let call = consulting(&pbx);
    mine(&pbx, ["transfer", "--cancel"]).said().exits(0).says("The transfer is cancelled.");
    until_leg(&pbx, &call, |leg| leg["to_extension"] == "101" && leg["state"] == "talking");
    until(&pbx, |call| call["state"] == "talking" && call["employee"] == "101");
    mine(&pbx, ["transfer", "--cancel"]).said().exits(3);
    mine(&pbx, ["transfer", "--connect"]).said().exits(3);
}

#[test]
fn hanging_up_in_a_consultation_ends_the_consultation_alone() {
    let pbx = patient();
    let call = consulting(&pbx);
    mine(&pbx, ["hangup"]).said().exits(0).says("The consultation is ended, the held party comes back.");
    until(&pbx, |call| call["state"] == "talking" && call["employee"] == "101");
    assert!(legs(&pbx, &call).iter().any(|leg| leg["to_extension"] == "102" && leg["state"] == "ended"));
    mine(&pbx, ["hangup"]).said().exits(0).says("The call is ended.");
    over(&pbx);
}

#[test]
fn a_caller_who_gives_up_on_hold_was_the_first_employees() {
    let pbx = patient();
    let call = consulting(&pbx);
    pbx.control("POST", "hangup", json!({"number": CALLER}));
    until_leg(&pbx, &call, |leg| leg["to_extension"] == "101" && leg["state"] == "ended");
    pbx.control("POST", "hangup", json!({"extension": "101"}));
    over(&pbx);
    for command in [&["show"][..], &["history"]] {
        let told = mine(&pbx, [&["-o", "json"], command].concat()).said().exits(0).json();
        let told = if told.is_array() { &told[0] } else { &told };
        assert_eq!((&told["entry_id"], &told["employee"]), (&call["entry_id"], &json!("101")), "{told}");
    }
}

#[test]
fn what_the_pbx_would_refuse_is_not_asked_of_it() {
    let pbx = patient();
    pbx.control("POST", "incoming", json!({"from": CALLER, "to": "101", "menu": 1000}));
    until(&pbx, |call| call["state"] == "ringing");
    mine(&pbx, ["reject"]).said().exits(3).says("still in the voice menu");
    mine(&pbx, ["call", "7"]).said().exits(3).says("the PBX has no number 7");
    mine(&pbx, ["call", "200", "--dry-run"]).said().exits(0);
    until(&pbx, |call| call["state"] == "talking");
    pbx.control("POST", "people/102", json!({"behaviour": "answers", "ring": 50000, "talk": 80000}));
    pbx.orders();
    mine(&pbx, ["transfer", "101"]).said().exits(2).says("takes part in this call already");
    mine(&pbx, ["transfer", "7"]).said().exits(3).says("the PBX has no number 7");
    assert_eq!(pbx.orders(), []);
    mine(&pbx, ["transfer", "102"]).said().exits(0);
    mine(&pbx, ["transfer", "--connect"]).said().exits(3).says("nobody has answered there yet");
    mine(&pbx, ["transfer", "103"]).said().exits(3).says("a transfer is under way");
    assert_eq!(pbx.orders().len(), 1);
    mine(&pbx, ["transfer", "--cancel"]).said().exits(0);
    until(&pbx, |call| call["state"] == "talking");
    mine(&pbx, ["hold"]).said().exits(0);
    mine(&pbx, ["transfer", "103"]).said().exits(3).says("the other side is on hold");
}

#[test]
fn a_blind_transfer_passes_the_caller_on() {
    let pbx = patient();
    let call = talking(&pbx);
    mine(&pbx, ["transfer", "--blind", "102"]).said().exits(0).says("Transferring to");
    until_leg(&pbx, &call, |leg| leg["to_extension"] == "102" && leg["state"] == "talking");
    let now = until(&pbx, |call| call["state"] == "talking" && call["employee"] == "102");
    assert_eq!((&now["number"], &now["direction"]), (&json!(CALLER), &json!("incoming")), "{now}");
}

#[test]
fn only_the_transfer_of_the_call_that_is_named_is_cancelled() {
    let pbx = patient();
    pbx.control("POST", "people/102", json!({"behaviour": "answers", "ring": 50000, "talk": 80000}));
    let passed_on = talking(&pbx);
    mine(&pbx, ["transfer", "--blind", "102"]).said().exits(0);
    until_leg(&pbx, &passed_on, |leg| leg["to_extension"] == "102" && leg["state"] == "ringing");
    let other = pbx.control("POST", "incoming", json!({"from": "74950000021", "to": "101"}));
    awaited("the other call", || {
        let talks = |call: &Value| call["entry_id"] == other["entry_id"] && call["state"] == "talking";
        calls(&pbx).as_array().unwrap().iter().any(talks).then_some(())
    });
    pbx.orders();
    mine(&pbx, ["transfer", "--cancel", "--call", other["entry_id"].as_str().unwrap()]).said().exits(3).says("you are transferring nobody");
    assert_eq!(pbx.orders(), []);
    mine(&pbx, ["transfer", "--cancel", "--call", passed_on["entry_id"].as_str().unwrap()]).said().exits(0);
    assert_eq!(pbx.orders().len(), 1);
}

#[test]
fn a_blind_transfer_is_the_habit_where_it_was_set() {
    let pbx = patient();
    pbx.home.write_config("transfer.blind = true\n[profiles.default]\nlimits = false\n");
    talking(&pbx);
    mine(&pbx, ["transfer", "102"]).said().exits(0).says("Transferring to");
}

#[test]
fn a_transfer_outside_that_the_account_forbids_names_the_switch() {
    let pbx = patient();
    pbx.control("POST", "settings", json!({"transfers_outside": false}));
    talking(&pbx);
    for later in [false, true] {
        pbx.control("POST", "settings", json!({"refuse_later": later}));
        let error = mine(&pbx, ["-o", "json", "transfer", "+74950000023"]).said().exits(6).error();
        assert_eq!(error["kind"], "outside_transfer", "{error}");
        assert!(error["hint"].as_str().unwrap().contains("transfers to outside numbers"), "{error}");
    }
    mine(&pbx, ["transfer", "+74950000023"]).in_russian().said().exits(6).says("Перевод на внешние номера");
    assert_eq!(calls(&pbx)[0]["state"], "talking");
}

#[test]
fn a_call_is_held_recorded_and_hung_up() {
    let pbx = patient();
    // Others are recorded without being asked.
    let mine = |pbx: &Pbx, args: &[&str]| pbx.mango(args).env("MANGO_EXTENSION", "107");
    pbx.control("POST", "people/107", json!({"behaviour": "answers", "ring": 5, "talk": 80000}));
    pbx.control("POST", "incoming", json!({"from": CALLER, "to": "107"}));
    let call = until(&pbx, |call| call["state"] == "talking");
    mine(&pbx, &["record"]).said().exits(0);
    let again = mine(&pbx, &["-o", "json", "record"]).said().exits(6).error();
    assert_eq!((&again["kind"], &again["code"]), (&json!("refused"), &json!(4102)), "{again}");
    mine(&pbx, &["hold"]).said().exits(0);
    until_leg(&pbx, &call, |leg| leg["state"] == "held");
    assert_eq!(until(&pbx, |call| call["state"] == "held")["number"], CALLER);
    let done = mine(&pbx, &["-o", "json", "hangup"]).said().exits(0).json();
    assert_eq!((&done["command"], &done["entry_id"]), (&json!("commands/call/hangup"), &call["entry_id"]));
    over(&pbx);
    let (page, _) = page(&pbx, &call);
    assert_eq!((&page["state"], &page["reason"]), (&json!("ended"), &json!(1181)), "{page}");
    mine(&pbx, &["hangup"]).said().exits(3).says("you have no call now");
}

#[test]
fn a_leg_that_ended_unnoticed_is_told_as_the_pbx_tells_it() {
    let pbx = patient();
    let call = talking(&pbx);
    pbx.control("POST", "settings", json!({"lose": 1.0}));
    pbx.control("POST", "hangup", json!({"number": CALLER}));
    awaited("the end of the call", || (pbx.control("GET", "status", json!({}))["live"] == 0).then_some(()));
    pbx.control("POST", "settings", json!({"lose": 0.0}));
    for command in ["hangup", "hold", "record"] {
        let error = mine(&pbx, ["-o", "json", command, call["entry_id"].as_str().unwrap()]).said().exits(6).error();
        assert_eq!((&error["kind"], &error["code"]), (&json!("refused"), &json!(4101)), "{command}: {error}");
    }
}

#[test]
fn an_order_whose_outcome_is_never_told_is_unconfirmed() {
    let pbx = patient();
    talking(&pbx);
    pbx.control("POST", "settings", json!({"lose": 1.0}));
    let error = mine(&pbx, ["-o", "json", "--timeout", "5", "hold"]).said().exits(8).error();
    assert_eq!(error["kind"], "unconfirmed", "{error}");
}

#[test]
fn somebody_elses_call_is_acted_on_only_when_it_is_named() {
    let pbx = patient();
    pbx.control("POST", "incoming", json!({"from": CALLER, "to": "103"}));
    let call = until(&pbx, |call| call["state"] == "talking");
    mine(&pbx, ["hangup"]).said().exits(3);
    assert_eq!(mine(&pbx, ["-o", "json", "calls", "--me"]).said().exits(0).json(), json!([]));
    mine(&pbx, ["hangup", "@1"]).said().exits(0);
    over(&pbx);
    assert_eq!(page(&pbx, &call).0["reason"], 1181);
}

#[test]
fn running_calls_have_one_number_everywhere() {
    let pbx = patient();
    pbx.control("POST", "incoming", json!({"from": CALLER, "to": "101"}));
    let first = until(&pbx, |call| call["state"] == "talking");
    let other = pbx.control("POST", "incoming", json!({"from": "74950000021", "to": "102"}));
    awaited("the other call", || {
        let talks = |call: &Value| call["entry_id"] == other["entry_id"] && call["state"] == "talking";
        calls(&pbx).as_array().unwrap().iter().any(talks).then_some(())
    });
    let listed = mine(&pbx, ["-o", "json", "calls", "--me"]).said().exits(0).json();
    assert_eq!((&listed[0]["entry_id"], &listed[0]["n"]), (&first["entry_id"], &json!(2)), "{listed}");
    let error = mine(&pbx, ["-o", "json", "hangup", "@3"]).said().exits(3).error();
    assert_eq!((&error["kind"], &error["hint"]), (&json!("no_call"), &json!("list them: mango --sandbox calls")));
    pbx.control("POST", "incoming", json!({"from": "74950000023", "to": "101"}));
    awaited("another call of mine", || {
        (mine(&pbx, ["-o", "json", "calls", "--me"]).said().json().as_array().unwrap().len() == 2).then_some(())
    });
    let error = mine(&pbx, ["-o", "json", "hangup"]).said().exits(3).error();
    assert_eq!((&error["kind"], &error["message"]), (&json!("many_calls"), &json!("you have 2 calls now")));
    mine(&pbx, ["hangup", "@3"]).said().exits(0);
    awaited("its end", || {
        let gone = |call: &Value| call["entry_id"] != first["entry_id"];
        calls(&pbx).as_array().unwrap().iter().all(gone).then_some(())
    });
}

#[test]
fn a_call_on_hold_is_taken_up_again_on_the_practice_telephone() {
    let pbx = patient();
    pbx.mango(["call", "Иванова"]).env("MANGO_EXTENSION", "101").said().exits(0);
    until(&pbx, |call| call["state"] == "talking");
    mine(&pbx, ["hold"]).said().exits(0).says("mango sandbox answer");
    until(&pbx, |call| call["state"] == "held");
    pbx.mango(["sandbox", "answer", "102"]).said().exits(3).says("nobody on hold");
    pbx.mango(["sandbox", "answer", "101"]).said().exits(0);
    until(&pbx, |call| call["state"] == "talking");
    mine(&pbx, ["transfer", "102"]).said().exits(0);
    until(&pbx, |call| call["state"] == "held");
    // Whoever is consulted about is not taken off hold by the way.
    let entry = until(&pbx, |call| call["state"] == "held");
    until_leg(&pbx, &entry, |leg| leg["to_extension"] == "102" && leg["state"] == "talking");
    pbx.mango(["sandbox", "answer", "101"]).said().exits(3);
}
