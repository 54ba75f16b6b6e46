//! `mango balance`: money on the account.

use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `balance`.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Runs it.
pub async fn run(_: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let balance = ctx.client().await?.balance().await?;
    ui.one(&BalanceRow { balance: balance.amount, currency: balance.currency })
}

#[derive(Serialize)]
struct BalanceRow {
    balance: Option<f64>,
    currency: Option<String>,
}

impl Row for BalanceRow {
    fn columns() -> Vec<Column> {
        vec![("balance", tr("баланс", "balance")), ("currency", tr("валюта", "currency"))]
    }

    fn cells(&self) -> Vec<Cell> {
        let money = self.balance.map_or(Cell::Empty, |money| Cell::Text(format!("{money:.2}")));
        vec![money, Cell::text(&self.currency)]
    }
}
