//! One command, one file: its arguments, its `run`, its sentences.

mod account;
mod activity;
mod balance;
mod call;
mod calls;
mod completions;
mod config;
mod contact;
mod crm;
mod groups;
mod hangup;
mod history;
mod hold;
mod html;
mod lines;
mod link;
mod listen;
mod live_call;
mod login;
mod logout;
mod man;
mod note;
mod order;
mod owner;
mod period;
mod record;
mod recording;
mod reject;
mod replay;
mod sandbox;
mod show;
mod sms;
mod stats;
mod status;
mod tracking;
mod transfer;
mod unlink;
mod users;
mod watch;
mod web;
mod who;
mod whom;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;
use crate::text::tr;
use crate::ui::Ui;
use crate::wording::Later;

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Login
    #[command(about = tr("Войти: проверить и сохранить ключ и соль АТС", "Log in: check the key and salt of a PBX and store them"))]
    Login(Later<login::Args>),
    /// Logout
    #[command(about = tr("Выйти: забыть ключ и соль", "Log out: forget the key and salt"))]
    Logout(Later<logout::Args>),
    /// Status
    #[command(about = tr("Кто я, баланс, линии, откуда взят ключ", "Who I am, balance, lines, where the key comes from"))]
    Status(Later<status::Args>),
    /// Call
    #[command(about = tr("Позвонить человеку или на номер", "Call a person or a number"))]
    Call(Later<call::Args>),
    /// Calls
    #[command(about = tr("Текущие звонки", "Calls going on now"))]
    Calls(Later<calls::Args>),
    /// Hangup
    #[command(about = tr("Положить трубку", "Hang up"))]
    Hangup(Later<hangup::Args>),
    /// Reject
    #[command(about = tr("Отклонить входящий звонок", "Reject a ringing call"))]
    Reject(Later<reject::Args>),
    /// Hold
    #[command(about = tr("Поставить собеседника на удержание", "Put the other side on hold"))]
    Hold(Later<hold::Args>),
    /// Record
    #[command(about = tr("Начать запись разговора", "Start recording"))]
    Record(Later<record::Args>),
    /// Transfer
    #[command(about = tr("Перевести звонок на коллегу или номер", "Transfer the call to a colleague or a number"))]
    Transfer(Later<transfer::Args>),
    /// Listen
    #[command(about = tr("Принимать события АТС", "Receive the PBX's events"))]
    Listen(Later<listen::Args>),
    /// Watch
    #[command(about = tr("Следить за звонками: кто звонит, что происходит", "Follow calls: who calls, what happens"))]
    Watch(Later<watch::Args>),
    /// Replay
    #[command(about = tr("Ещё раз отдать записанные события своей команде", "Send recorded events to a hook again"))]
    Replay(Later<replay::Args>),
    /// History
    #[command(about = tr("История звонков", "Call history"))]
    History(Later<history::Args>),
    /// Show
    #[command(about = tr("Всё об одном звонке", "Everything about one call"))]
    Show(Later<show::Args>),
    /// Note
    #[command(about = tr("Записать, чем кончился звонок", "Note what came of a call"))]
    Note(Later<note::Args>),
    /// Link
    #[command(about = tr("Связать звонок с человеком, компанией, делом", "Link a call to a person, a company, an activity"))]
    Link(Later<link::Args>),
    /// Unlink
    #[command(about = tr("Убрать связь звонка", "Remove a link of a call"))]
    Unlink(Later<unlink::Args>),
    /// Activity
    #[command(about = tr("Дела: что сделать после звонка", "Activities: what is to be done after a call"), subcommand)]
    Activity(Later<activity::Command>),
    /// Tracking
    #[command(about = tr("Откуда звонят: реклама, посетители сайта, каналы", "Where calls come from: advertisements, site visitors, channels"), subcommand)]
    Tracking(Later<tracking::Command>),
    /// Recording
    #[command(about = tr("Записи разговоров: скачать, прослушать, прочитать", "Recordings: fetch, play, read"), subcommand)]
    Recording(Later<recording::Command>),
    /// Stats
    #[command(about = tr("Сколько звонков: по часам, дням, сотрудникам, линиям", "How many calls: by hour, day, employee, line"))]
    Stats(Later<stats::Args>),
    /// Contact
    #[command(about = tr("Люди и их номера", "People and their numbers"), subcommand)]
    Contact(Later<contact::Command>),
    /// Crm
    #[command(about = tr("Звонки, которые ждут BPMSoft", "Calls that wait for BPMSoft"), subcommand)]
    Crm(Later<crm::Command>),
    /// Account
    #[command(about = tr("Компании и их номера", "Companies and their numbers"), subcommand)]
    Account(Later<account::Command>),
    /// Sms
    #[command(about = tr("Отправить SMS", "Send a text message"))]
    Sms(Later<sms::Args>),
    /// Users
    #[command(about = tr("Сотрудники на АТС", "Employees on the PBX"))]
    Users(Later<users::Args>),
    /// Groups
    #[command(about = tr("Группы сотрудников", "Groups of employees"))]
    Groups(Later<groups::Args>),
    /// Lines
    #[command(about = tr("Линии: номера компании", "Lines: the company's numbers"))]
    Lines(Later<lines::Args>),
    /// Balance
    #[command(about = tr("Деньги на счёте", "Account balance"))]
    Balance(Later<balance::Args>),
    /// Sandbox
    #[command(about = tr("Учебная АТС на этой машине", "The practice PBX on this machine"), subcommand)]
    Sandbox(Later<sandbox::Command>),
    /// Config
    #[command(about = tr("Настройки", "Settings"), subcommand)]
    Config(Later<config::Command>),
    /// Completions
    #[command(about = tr("Дополнение по Tab для вашей оболочки", "Tab completion for your shell"))]
    Completions(Later<completions::Args>),
    /// Man
    #[command(about = tr("Страницы руководства", "Manual pages"))]
    Man(Later<man::Args>),
}

/// Does it.
pub async fn run(command: Command, ctx: &Context, ui: &mut Ui) -> Result<()> {
    match command {
        Command::Login(Later(args)) => login::run(args, ctx, ui).await,
        Command::Logout(Later(args)) => logout::run(args, ctx, ui),
        Command::Status(Later(args)) => status::run(args, ctx, ui).await,
        Command::Call(Later(args)) => call::run(args, ctx, ui).await,
        Command::Calls(Later(args)) => calls::run(args, ctx, ui).await,
        Command::Hangup(Later(args)) => hangup::run(args, ctx, ui).await,
        Command::Reject(Later(args)) => reject::run(args, ctx, ui).await,
        Command::Hold(Later(args)) => hold::run(args, ctx, ui).await,
        Command::Record(Later(args)) => record::run(args, ctx, ui).await,
        Command::Transfer(Later(args)) => transfer::run(args, ctx, ui).await,
        Command::Listen(Later(args)) => listen::run(args, ctx, ui).await,
        Command::Watch(Later(args)) => watch::run(args, ctx, ui).await,
        Command::Replay(Later(args)) => replay::run(args, ctx, ui).await,
        Command::History(Later(args)) => history::run(args, ctx, ui).await,
        Command::Show(Later(args)) => show::run(args, ctx, ui).await,
        Command::Note(Later(args)) => note::run(args, ctx, ui).await,
        Command::Link(Later(args)) => link::run(args, ctx, ui).await,
        Command::Unlink(Later(args)) => unlink::run(args, ctx, ui).await,
        Command::Activity(Later(command)) => activity::run(command, ctx, ui).await,
        Command::Contact(Later(command)) => contact::run(command, ctx, ui).await,
        Command::Account(Later(command)) => account::run(command, ctx, ui).await,
        Command::Tracking(Later(command)) => tracking::run(command, ctx, ui).await,
        Command::Recording(Later(command)) => recording::run(command, ctx, ui).await,
        Command::Stats(Later(args)) => stats::run(args, ctx, ui).await,
        Command::Crm(Later(command)) => crm::run(command, ctx, ui).await,
        Command::Sms(Later(args)) => sms::run(args, ctx, ui).await,
        Command::Users(Later(args)) => users::run(args, ctx, ui).await,
        Command::Groups(Later(args)) => groups::run(args, ctx, ui).await,
        Command::Lines(Later(args)) => lines::run(args, ctx, ui).await,
        Command::Balance(Later(args)) => balance::run(args, ctx, ui).await,
        Command::Sandbox(Later(command)) => sandbox::run(command, ctx, ui).await,
        Command::Config(Later(command)) => config::run(command, ctx, ui),
        Command::Completions(Later(args)) => completions::run(args, ui),
        Command::Man(Later(args)) => man::run(args, ui),
    }
}
