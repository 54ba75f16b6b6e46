//! Who and what the PBX has: employees, groups, lines, money (vpbx-data §4).

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::client::{Client, Kind, Method};
use super::lenient;
use crate::error::Result;

const USERS: Method =
    Method { path: "config/users/request", limit: "config/users/request", spacing: Duration::from_secs(2), kind: Kind::Question };
const GROUPS: Method = Method { path: "groups", limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question };
const LINES: Method = Method { path: "incominglines", limit: "default", spacing: Duration::from_millis(100), kind: Kind::Question };
const BALANCE: Method =
    Method { path: "account/balance", limit: "account/balance", spacing: Duration::from_millis(500), kind: Kind::Question };

/// An employee of the PBX (vpbx-data §4.1). Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The id that statistics use
    pub user_id: Option<i64>,
    /// Full name
    pub name: Option<String>,
    /// Short number, leading zeros kept
    pub extension: Option<String>,
    /// As entered in the account
    pub email: Option<String>,
    /// As entered in the account
    pub department: Option<String>,
    /// As entered in the account
    pub position: Option<String>,
    /// Where the PBX reaches him: digits, `sip:…`
    pub numbers: Vec<String>,
    /// The line his calls leave by
    pub line: Option<String>,
}

/// A group of employees (vpbx-data §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Group {
    /// The id that statistics use
    #[serde(rename = "id", deserialize_with = "lenient::int")]
    pub group_id: Option<i64>,
    /// As entered in the account
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Short number
    #[serde(deserialize_with = "lenient::text")]
    pub extension: Option<String>,
    /// Members
    #[serde(deserialize_with = "lenient::list")]
    pub operators: Vec<Operator>,
}

/// A member of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Operator {
    /// Full name
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Short number
    #[serde(deserialize_with = "lenient::text")]
    pub extension: Option<String>,
}

/// A line of the PBX (vpbx-data §4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Line {
    /// Id in the PBX
    #[serde(deserialize_with = "lenient::int")]
    pub line_id: Option<i64>,
    /// Digits without `+`, or `sip:login@domain`
    #[serde(deserialize_with = "lenient::text")]
    pub number: Option<String>,
    /// Name of a SIP line
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Comment from the account
    #[serde(deserialize_with = "lenient::text")]
    pub comment: Option<String>,
    /// Region code, `sip-uac`, `sip`, `toll-free`
    #[serde(deserialize_with = "lenient::text")]
    pub region: Option<String>,
    /// What happens to calls on this line
    #[serde(deserialize_with = "lenient::text")]
    pub schema_name: Option<String>,
}

/// Money on the account (vpbx-data §4.3).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Balance {
    /// In units of the currency
    #[serde(rename = "balance", deserialize_with = "lenient::fraction")]
    pub amount: Option<f64>,
    /// `RUB`
    #[serde(deserialize_with = "lenient::text")]
    pub currency: Option<String>,
}

impl Client {
    /// All employees. At most once in two seconds: keep them.
    pub async fn users(&self) -> Result<Vec<User>> {
        let fields = ["general.user_id", "general.mobile"];
        let reply = self.post(&USERS, &json!({ "ext_fields": fields })).await?;
        Ok(reply.json::<UsersReply>()?.users.into_iter().map(User::from).collect())
    }

    /// All groups with their members.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        #[derive(Deserialize)]
        struct Groups {
            #[serde(default, deserialize_with = "lenient::list")]
            groups: Vec<Group>,
        }
        Ok(self.post(&GROUPS, &json!({ "show_users": 1 })).await?.json::<Groups>()?.groups)
    }

    /// All lines but those of SIP trunks.
    pub async fn lines(&self) -> Result<Vec<Line>> {
        #[derive(Deserialize)]
        struct Lines {
            #[serde(default, deserialize_with = "lenient::list")]
            lines: Vec<Line>,
        }
        Ok(self.post(&LINES, &json!({})).await?.json::<Lines>()?.lines)
    }

    /// The balance; also the harmless question that proves a key and a salt.
    pub async fn balance(&self) -> Result<Balance> {
        self.post(&BALANCE, &json!({})).await?.json()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UsersReply {
    #[serde(deserialize_with = "lenient::list")]
    users: Vec<WireUser>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireUser {
    general: General,
    telephony: Telephony,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct General {
    #[serde(deserialize_with = "lenient::int")]
    user_id: Option<i64>,
    #[serde(deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    email: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    department: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    position: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Telephony {
    #[serde(deserialize_with = "lenient::text")]
    extension: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    outgoingline: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    numbers: Vec<Reach>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reach {
    #[serde(deserialize_with = "lenient::text")]
    number: Option<String>,
}

impl From<WireUser> for User {
    fn from(WireUser { general, telephony }: WireUser) -> User {
        User {
            user_id: general.user_id,
            name: general.name,
            extension: telephony.extension,
            email: general.email,
            department: general.department,
            position: general.position,
            numbers: telephony.numbers.into_iter().filter_map(|reach| reach.number).collect(),
            line: telephony.outgoingline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn employees_are_read_in_every_documented_form() {
        let json = r#"{"users":[
            {"general":{"name":"Иванов Иван","email":"","department":null,"position":"Менеджер","user_id":"400000101","sips":[]},
             "telephony":{"extension":"0511","outgoingline":"74950000011","numbers":[
                {"number":"sip:user1@example.mangosip.ru","protocol":"sip","order":"0","wait_sec":30,"status":"on","schedule":[]}]},
             "groups":[10000301]},
            {"general":{"name":"Без телефона"}}]}"#;
        let users: Vec<User> = serde_json::from_str::<UsersReply>(json).unwrap().users.into_iter().map(User::from).collect();
        assert_eq!(users[0].extension.as_deref(), Some("0511"));
        assert_eq!((users[0].user_id, users[0].email.as_deref()), (Some(400000101), None));
        assert_eq!(users[1], User { name: Some("Без телефона".into()), ..User::default() });
    }
}
