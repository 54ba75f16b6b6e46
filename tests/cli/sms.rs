//! `mango sms`: to whom, what is sent, whether it arrived; never twice. `mango balance --below` beside it.

use serde_json::json;

use super::support::*;

#[test]
fn a_person_gets_a_message_and_it_is_known_whether_it_arrived() {
    let pbx = Pbx::start();
    let said = pbx.mango(["-o", "json", "sms", "Иванова", "Ждём", "вас", "в", "10:00", "--wait"]).said().exits(0);
    let sent = said.json();
    assert_eq!((&sent["to_number"], &sent["segments"]), (&json!("74950000020"), &json!(1)));
    assert_eq!((&sent["delivered"], &sent["reason"]), (&json!(true), &json!(1000)));
    let orders = pbx.orders();
    assert_eq!((orders.len(), orders[0].0.as_str()), (1, "commands/sms"));
    let order = &orders[0].1;
    assert_eq!((&order["text"], &order["from_extension"]), (&json!("Ждём вас в 10:00"), &json!("101")));
    assert_eq!((&order["to_number"], &order["sms_sender"]), (&json!("74950000020"), &json!("")));
    pbx.mango(["sms", "Иванова", "Ждём", "--wait"]).in_russian().said().exits(0).says("SMS отправлено: Иванова Мария").says("Доставлено.");
    // Who lets it ring has his telephone switched off, and a message runs out.
    let lost = pbx.mango(["-o", "json", "sms", "Кузнецова", "Ждём", "--wait"]).said().exits(6);
    assert_eq!((&lost.json()["delivered"], &lost.error()["code"]), (&json!(false), &json!(4301)));
}

#[test]
fn without_anybody_to_hear_of_it_a_message_is_sent_and_its_delivery_is_not_known() {
    let pbx = Pbx::start();
    let sent = pbx.customer(["-o", "json", "sms", "+79000000051", "hello"]).said().exits(0).json();
    assert_eq!((&sent["delivered"], &sent["reason"], &sent["to_name"]), (&json!(null), &json!(null), &json!(null)));
    let error = pbx.customer(["-o", "json", "sms", "+79000000051", "hello", "--wait"]).said().exits(8);
    assert!(error.err.contains("unconfirmed") && error.err.contains("mango listen"), "{error}");
    assert_eq!(pbx.orders().len(), 2);
}

#[test]
fn what_cannot_be_a_message_is_not_sent() {
    let pbx = Pbx::start();
    let (latin, cyrillic) = ("a".repeat(613), "я".repeat(269));
    for (args, code, words) in [
        (["+79000000051", " "], 2, "текст SMS пуст"),
        (["+79000000051", &latin], 2, "в SMS 613 знаков"),
        (["+79000000051", &cyrillic], 2, "в SMS 269 знаков"),
        (["102", "привет"], 2, "SMS отправляют на обычный номер"),
        (["112", "помогите"], 2, "SMS отправляют на обычный номер"),
        (["sip:a@example.com", "привет"], 2, "SMS отправляют на обычный номер"),
        (["Никтошкин", "привет"], 3, "Никтошкин"),
        (["Иванов", "привет"], 3, "Иванов"),
    ] {
        pbx.mango(["sms", args[0], args[1]]).in_russian().said().exits(code).says(words);
    }
    pbx.mango(["sms", "+79000000051", "x", "--from", "199"]).said().exits(2);
    pbx.mango(["sms", "+79000000051", "x", "--sender", &"x".repeat(129)]).said().exits(2);
    assert!(pbx.orders().is_empty());
    let preview = pbx.mango(["-o", "json", "sms", "+79000000051", "привет", "--dry-run"]).said().exits(0).json();
    assert_eq!((&preview["path"], &preview["json"]["text"]), (&json!("commands/sms"), &json!("привет")));
    assert!(pbx.orders().is_empty());
}

#[test]
fn a_long_text_comes_from_stdin_in_several_parts() {
    let pbx = Pbx::start();
    let text = "Диск заполнен. ".repeat(14);
    pbx.customer(["sms", "+79000000051", "-"])
        .stdin(&text)
        .in_russian()
        .said()
        .exits(0)
        .says("SMS отправлено (4 части): +7 900 000-00-51.");
    assert_eq!(pbx.orders()[0].1["text"], text.trim());
}

#[test]
fn a_message_is_never_sent_twice() {
    let wire = Wire::start(|mut line| line.hear_all());
    let said = wire.customer(&Home::new(), ["-o", "json", "sms", "+74950000020", "x"]).said().exits(8);
    let error = said.error();
    assert_eq!(error["kind"], "unknown");
    assert!(error["hint"].as_str().unwrap().contains("not sent twice"), "{said}");
    assert_eq!(wire.heard().iter().filter(|text| text.contains("commands/sms")).count(), 1);
    let wire = Wire::replying("200 OK", "application/json", r#"{"result":4300}"#);
    wire.customer(&Home::new(), ["sms", "+74950000020", "x"]).said().exits(6).says("4300");
    assert_eq!(wire.heard().len(), 1);
}

#[test]
fn a_low_balance_is_one() {
    let pbx = Pbx::start();
    let said = pbx.customer(["balance", "--below", "500"]).said().exits(0);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("1234.56\tRUB\n", ""));
    pbx.customer(["balance", "--below", "1234,56"]).said().exits(0);
    let said = pbx.customer(["-o", "json", "balance", "--below", "2000"]).said().exits(1);
    assert_eq!((&said.json()["balance"], &said.error()["kind"]), (&json!(1234.56), &json!("balance_low")));
    pbx.customer(["balance", "--below", "2000"]).in_russian().said().exits(1).says("на счёте 1234.56 — меньше 2000");
    for wrong in ["", "много", "NaN", "inf"] {
        pbx.customer(["balance", "--below", wrong]).said().exits(2);
    }
    // What is not told is not enough.
    let wire = Wire::replying("200 OK", "application/json", r#"{"result":1000}"#);
    wire.customer(&Home::new(), ["balance", "--below", "500"]).said().exits(5);
}
