//! `mango balance`: money on the account.

use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::text::tr;
use crate::ui::{Cell, Column, Row, Ui};

/// Arguments of `balance`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = tr("СУММА", "AMOUNT"), value_parser = amount, allow_negative_numbers = true, help = tr("Завершиться с кодом 1, если денег меньше", "Exit with 1 if there is less than that"))]
    below: Option<f64>,
}

/// Runs it. Errors: 1 when the balance is lower than `--below`; a balance that is not told is no answer then, 5.
pub async fn run(args: Args, ctx: &Context, ui: &mut Ui) -> Result<()> {
    let balance = ctx.client().await?.balance().await?;
    let told = balance.amount;
    ui.one(&BalanceRow { balance: told, currency: balance.currency })?;
    let Some(below) = args.below else { return Ok(()) };
    match told {
        None => Err(Error::Garbled { detail: "no balance".into() }),
        Some(balance) if balance < below => Err(Error::BalanceLow { balance, below }),
        Some(_) => Ok(()),
    }
}

/// `500`, `500.50` or `500,50`.
fn amount(text: &str) -> Result<f64, String> {
    let amount = text.replace(',', ".").parse().ok().filter(|amount: &f64| amount.is_finite());
    amount.ok_or_else(|| tr("нужно число, например 500", "a number is needed, 500 for instance").into())
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
