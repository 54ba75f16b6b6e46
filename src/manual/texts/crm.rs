//! The CRM's pages.

use super::{CONFIG, JOURNAL, Shape, Text, moment, string};
use crate::text::tr;

pub(super) fn crm() -> Text {
    Text {
        description: vec![tr(
            "Звонки, которые BPMSoft должна получить. Каждый завершённый звонок пишется в её таблицу «Звонки» один раз, с итогом, заметкой и связями; что не ушло, ждёт в журнале.",
            "The calls that BPMSoft is to be told. Every finished call is written into its table of calls once, with result, note and links; what could not be sent waits in the journal.",
        )],
        exits: &[0, 2],
        files: &[CONFIG, JOURNAL],
        examples: vec![(tr("Отправить всё, что ждёт", "Send all that waits"), "mango crm push")],
        see: &["mango-crm-push", "mango-login", "mango-status", "mango-listen", "mango-config"],
        ..Text::default()
    }
}

pub(super) fn crm_push() -> Text {
    Text {
        description: vec![
            tr(
                "Отправляет в BPMSoft завершённые звонки, которых там ещё нет, и то, что изменилось в отправленных: итог, заметку, связи. Обычно это делает *mango listen* сам. Что бы ни оборвалось, звонок остаётся одной записью: её id вычисляется из идентификатора звонка, одинаково на всех машинах.",
                "Sends BPMSoft the finished calls it does not have yet, and what has changed of those it has: result, note, links. Usually *mango listen* does this by itself. Whatever breaks off, a call stays one row: its id is worked out from the call's own, the same on every machine.",
            ),
            tr(
                "Если в таблице «Звонки» есть столбцы UsrTrackingNumber, UsrUtmSource, UsrUtmMedium, UsrUtmCampaign, UsrUtmTerm, UsrUtmContent, UsrPageUrl, UsrPageTitle, UsrRegion, UsrCity, UsrDevice, UsrGoogleClientId, UsrYandexClientId, UsrRoistatId, в них попадает то, что известно из коллтрекинга.",
                "If the table of calls has the columns UsrTrackingNumber, UsrUtmSource, UsrUtmMedium, UsrUtmCampaign, UsrUtmTerm, UsrUtmContent, UsrPageUrl, UsrPageTitle, UsrRegion, UsrCity, UsrDevice, UsrGoogleClientId, UsrYandexClientId, UsrRoistatId, they get what call tracking knows.",
            ),
            tr(
                "Пишутся звонки с дня подключения CRM; более ранние — с *--since*. Если звонки пишет и другой коннектор, задайте *crm_calls* = if_absent; если писать их не надо — never.",
                "Calls are written from the day the CRM was set up; earlier ones with *--since*. If another connector writes calls too, set *crm_calls* to if_absent; to write none, to never.",
            ),
        ],
        json: vec![Shape {
            of: tr("Список звонков:", "A list of calls:"),
            keys: vec![
                ("entry_id", string(), tr("Идентификатор звонка.", "Id of the call.")),
                ("started_at", moment(), tr("Начало.", "When it began.")),
                ("direction", string(), tr("incoming, outgoing, internal.", "incoming, outgoing, internal.")),
                ("number", string(), tr("Номер собеседника.", "Number of the other side.")),
                (
                    "outcome",
                    string(),
                    tr(
                        "sent — отправлен, failed — CRM не приняла, waiting — ждёт (--dry-run).",
                        "sent, failed (the CRM refused it), waiting (--dry-run).",
                    ),
                ),
                ("crm_id", string(), tr("Id записи в CRM.", "Id of the row in the CRM.")),
                ("error", string(), tr("Почему не принят.", "Why it was refused.")),
            ],
        }],
        exits: &[0, 1, 2, 4, 5, 6, 130],
        variables: &["MANGO_CRM_PASSWORD", "CREDENTIALS_DIRECTORY", "MANGO_PROFILE", "MANGO_OUTPUT"],
        files: &[CONFIG, JOURNAL],
        examples: vec![
            (tr("Отправить всё, что ждёт", "Send all that waits"), "mango crm push"),
            (tr("Посмотреть, что ждёт", "See what waits"), "mango crm push --dry-run"),
            (tr("Записать и звонки за прошлую неделю", "Write last week's calls, too"), "mango crm push --since 7d"),
        ],
        see: &["mango-crm", "mango-listen", "mango-status"],
    }
}
