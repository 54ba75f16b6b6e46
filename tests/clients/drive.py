"""Python-Mango-Office-API against the sandbox. The address is the first argument of its constructor."""

import os
import sys
import time

sys.path.insert(0, os.environ["PACKAGES"])

import mangoapi  # noqa: E402

URL, KEY, SALT, CALLEE, COLLEAGUE = (os.environ[name] for name in ("URL", "KEY", "SALT", "CALLEE", "COLLEAGUE"))

status = None


def check(what, actual, expected):
    if actual == expected:
        print(f"ok Python-Mango-Office-API: {what}")
    else:
        print(f"FAIL Python-Mango-Office-API: {what}: {actual!r}, not {expected!r}")


def watch(post):
    """The package throws the HTTP status away; we note it on its way, and pass everything on as it is."""

    def watched(*args, **kwargs):
        global status
        reply = post(*args, **kwargs)
        status = reply.status_code
        return reply

    return watched


def until(what, find):
    for _ in range(600):
        value = find()
        if value:
            return value
        time.sleep(0.1)
    raise RuntimeError(f"never came: {what}")


def finished(table):
    """Rows of our call; a leg that is still going on is in no table."""
    return [row for row in (line.split(";") for line in table.splitlines()) if row[5:6] == [CALLEE]]


def table(api, period):
    """A base report, by the package's general method: get_stats_to() asks from a moment to that same moment."""
    # One start in two seconds is the PBX's limit, and the package does not wait by itself.
    time.sleep(2.1)
    fields = "start,finish,answer,from_extension,from_number,to_number,disconnect_reason,location,entry_id"
    key = api.request({**period, "fields": fields}, "stats/request")["key"]

    def fetch():
        text = api.request({"key": key}, "stats/result")
        return [text] if status == 200 else None

    return until("the report", fetch)[0]


def extended(api, since):
    """The extended report; the package knows the way to it by the same general method."""
    moscow = lambda at: time.strftime("%d.%m.%Y %H:%M:%S", time.gmtime(at + 3 * 3600))  # noqa: E731
    time.sleep(2.1)
    query = {"start_date": moscow(since), "end_date": moscow(since + 86400), "limit": 50, "offset": 0}
    key = api.request(query, "stats/calls/request")["key"]

    def fetch():
        report = api.request({"key": key}, "stats/calls/result")
        return report if report["status"] == "complete" else None

    return [call for day in until("the extended report", fetch)["data"] for call in day["list"]]


def main():
    mangoapi.requests.post = watch(mangoapi.requests.post)
    api = mangoapi.MangoAPI(URL, KEY, SALT)

    users = {user["telephony"]["extension"]: user for user in api.user_list(ext_fields=["general.user_id"])["users"]}
    check("the employee at 101 has the name that the sandbox gives", users["101"]["general"]["name"], COLLEAGUE)
    check("lines are told", all(line["number"] for line in api.lines()["lines"]), True)
    check("the balance is told in roubles", api.balance()["currency"], "RUB")
    check("groups have members", all(group["operators"] for group in api.group_list()["groups"]), True)

    since = int(time.time()) - 60
    made = api.callback(command_id="client-py-1", from_ext="101", to_num=CALLEE)
    check("callback is accepted under its command_id", (made["result"], made.get("command_id")), (1000, "client-py-1"))

    # A wide period: the sandbox's clock runs ahead of ours.
    period = {"date_from": str(since), "date_to": str(since + 86400)}
    leg = until("the finished call", lambda: finished(table(api, period)))[0]
    check("the finished call is in the table, with who called whom", (leg[3], leg[5], leg[7]), ("101", CALLEE, "abonent"))
    check("it was answered, and ended later", 0 < int(leg[2]) < int(leg[1]), True)
    check("it has a reason from the table of codes", leg[6] in ("1110", "1120"), True)

    # get_stats_to() starts a report and fetches it at once: nothing ready yet is an empty text, and it must be no more than that.
    time.sleep(2.1)
    asked = api.get_stats_to(to_num=CALLEE, date_from=leg[0], date_to=leg[0])
    check("get_stats_to() is answered with a table or with 204", (status, asked == "") in ((204, True), (200, False)), True)

    call = next(call for call in extended(api, since) if call["entry_id"] == leg[8])
    check("the extended report has the same call", (call["called_number"], call["context_status"]), (CALLEE, 1))
    check("with the employee's id from the list", call["caller_id"], users["101"]["general"]["user_id"])
    check("and a talk as long as in the table", call["talk_duration"], int(leg[1]) - int(leg[2]))

    refused = mangoapi.MangoAPI(URL, "not-" + KEY, SALT).balance()
    check("a wrong key is HTTP 401, with 3105 in the body", (status, refused["result"]), (401, 3105))
    forged = mangoapi.MangoAPI(URL, KEY, "not-" + SALT).balance()
    check("a wrong salt is result 3102", (status, forged["result"]), (200, 3102))


main()
