"""Schedules fire when Quartz fires them, over thousands of expressions, time zones, and moments where clocks change."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from random import Random
from zoneinfo import ZoneInfo

import pytest
from conftest import Ask
from expressions import damaged, valid

ZONES = (
    *("UTC", "GMT+2", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Havana"),
    *("Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"),
)
EXPRESSIONS = 700  # a zone
MOMENTS = 3  # an expression
FIRES = 6

# What Quartz takes in and then never fires by, fires by as nobody meant, or fails on. By what this project says of it.
REFUSED_THOUGH_QUARTZ_DOES_NOT = {
    r"(seconds|minutes|hours|month|year): L is for": "Quartz overlooks an L in the fields of no days",
    r"names no value": "of a field without a value Quartz finds no first one, and throws when it should fire",
    r"year: \d+ is not between": "Quartz takes any number for a year, also those that never come",
    r": 9[89] is not between": "98 and 99 are Quartz' own marks of ? and *, which it does not keep apart from numbers",
    r"day-of-week: \d+ is not between": "before # Quartz takes any number for a day, and never fires",
    r"day-of-month: 0 is not between": "Quartz looks for the weekday nearest to day 0 for ever",
    r"6 or 7 fields are needed": "what follows the year is overlooked",
}


def zone_of(name: str) -> tzinfo:
    return timezone(timedelta(hours=2)) if name == "GMT+2" else ZoneInfo(name)


def changes_of_clocks(zone: tzinfo, begin: datetime, end: datetime) -> list[datetime]:
    """Each to the second."""

    def offset(seconds: int) -> timedelta | None:
        return datetime.fromtimestamp(seconds, zone).utcoffset()

    changes = []
    step = 7 * 86400
    for before in range(int(begin.timestamp()), int(end.timestamp()), step):
        low, high = before, before + step
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        changes.append(datetime.fromtimestamp(high, zone))
    return changes


def moments_of(zone: tzinfo, random: Random) -> list[int]:
    """In epoch seconds: around changes of clocks, leap days and ends of years, and anywhere."""
    begin, end = datetime(2000, 1, 1, tzinfo=zone), datetime(2036, 1, 1, tzinfo=zone)
    moments = [
        int(change.timestamp()) + random.randrange(-7500, 7500)
        for change in changes_of_clocks(zone, begin, end)
        for _ in range(4)
    ]
    for year in range(begin.year, end.year):
        for month, day in ((2, 28), (3, 1), (12, 31), (random.randint(1, 12), random.randint(1, 28))):
            moments.append(int(datetime(year, month, day, random.randrange(24), tzinfo=zone).timestamp()))
    return moments


def first_difference(ours: str, theirs: str) -> int:
    """Epoch milliseconds of a week before two answers to `zone` part."""
    end = "5217:"
    pairs = zip([*ours.split(), end], [*theirs.split(), end], strict=False)
    week = next((min(int(change.split(":")[0]) for change in pair) for pair in pairs if pair[0] != pair[1]), 5217)
    return int((datetime(2000, 1, 1, tzinfo=UTC) + timedelta(weeks=week - 1)).timestamp() * 1000)


def until(fires: str, end: int) -> list[str]:
    return [fire for fire in fires.split() if fire != "none" and int(fire) < end]


def skipped_no_whole_hour(zone: str, ours: list[str], theirs: list[str]) -> bool:
    """Where clocks go from 2:00 to 2:30, Quartz looks for the first minute of the list at 2 and then goes on at 3."""
    own = next((int(fire) // 1000 for fire, other in zip(ours, [*theirs, ""], strict=False) if fire != other), None)
    if own is None:
        return False
    half_an_hour = datetime.fromtimestamp(own - 1800, ZoneInfo(zone)).utcoffset()
    return zone == "Australia/Lord_Howe" and half_an_hour != datetime.fromtimestamp(own, ZoneInfo(zone)).utcoffset()


@pytest.mark.parametrize("zone", ZONES)
def test_fires_as_quartz_does(zone: str, quartz: Ask, stoker: Ask) -> None:
    random = Random(f"quartz {zone}")
    moments = moments_of(zone_of(zone), random)
    expressions = [valid(random) if random.random() < 0.7 else damaged(random) for _ in range(EXPRESSIONS)]
    questions = [
        f"fires {random.choice(moments)}000 {FIRES} {zone} {expression}"
        for expression in expressions
        for _ in range(MOMENTS)
    ]
    *ours, our_zone = stoker([*questions, f"zone {zone}"])
    *theirs, java_zone = quartz([*questions, f"zone {zone}"])
    # The two zone databases may be of different days. (And Java forgets what is listed for the time after 2037.)
    same_zone_until = first_difference(our_zone, java_zone)
    assert same_zone_until > datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000
    different = []
    refused = 0
    for question, own, other in zip(questions, ours, theirs, strict=True):
        if own.startswith("refused "):
            refused += 1
            named = any(re.search(reason, own) for reason in REFUSED_THOUGH_QUARTZ_DOES_NOT)
            agree = other == "refused" or named
        elif other in ("refused", "failed", "endless"):
            agree = False
        else:
            own_fires, other_fires = until(own, same_zone_until), until(other, same_zone_until)
            agree = own_fires == other_fires or skipped_no_whole_hour(zone, own_fires, other_fires)
        if not agree:
            different.append((question, own, other))
    assert different == []
    assert len(questions) * 0.1 < refused < len(questions) * 0.4


# Where Quartz is plainly wrong: expression, zone, moment after which, what Quartz answers, what this project answers.
DIFFERENT_FIRES = {
    "the weekday nearest to a day that the month does not have": (
        *("0 0 2 31W * ?", "UTC", "2017-06-10T00:00Z", "2017-06-30T02:00Z", "2017-07-31T02:00Z"),
    ),
    "the last day but 30 of a February is in January, where the search begins anew": (
        *("0 0 12 L-30W * ?", "UTC", "2023-01-10T00:00Z", "endless", "2023-03-01T12:00Z"),
    ),
    "a nearest weekday that begins at 01:00, as clocks skip its midnight": (
        *("0 30 0 LW * ?", "Asia/Amman", "2002-03-28T12:00Z", "endless", "2002-04-29T21:30Z"),
    ),
    "two hours skipped at once": (
        *("0 30 * * * ?", "Antarctica/Troll", "2021-03-28T00:45Z", "2021-03-28T02:30Z", "2021-03-28T01:30Z"),
    ),
    "half an hour skipped": (
        *("0 20,35 * * * ?", "Australia/Lord_Howe", "2023-09-30T15:25Z", "2023-09-30T16:20Z", "2023-09-30T15:35Z"),
    ),
    "no year after 2099": ("0 0 0 1 1 ?", "UTC", "2099-06-01T00:00Z", "2100-01-01T00:00Z", "none"),
}


@pytest.mark.parametrize("reason", DIFFERENT_FIRES)
def test_differs_on_purpose(reason: str, quartz: Ask, stoker: Ask) -> None:
    expression, zone, after, theirs, ours = DIFFERENT_FIRES[reason]

    def epoch(text: str) -> str:
        return str(int(datetime.fromisoformat(text).timestamp() * 1000)) if text[0].isdigit() else text

    question = f"fires {epoch(after)} 1 {zone} {expression}"
    assert (quartz([question]), stoker([question])) == ([epoch(theirs)], [epoch(ours)])


@pytest.mark.parametrize(
    "expression",
    [
        *("0,L 0 0 * * ?", "0 , 0 * * ?", "0 0 0 * * ? 1969", "99 0 0 * * ?", "0 0 0 ? * 8#2", "0 0 0 0W * ?"),
        *("0 0 0 * * ? 2030 *", "0 0 0 98 * MON", "0 0 0 * * ? 99"),
    ],
)
def test_refuses_on_purpose(expression: str, quartz: Ask, stoker: Ask) -> None:
    question = f"fires 0 1 UTC {expression}"
    [answer] = stoker([question])
    assert any(re.match(f"refused .*{reason}", answer) for reason in REFUSED_THOUGH_QUARTZ_DOES_NOT)
    assert quartz([question]) != ["refused"]


def test_knows_the_zones_that_java_knows(quartz: Ask, stoker: Ask) -> None:
    [known] = quartz(["zones"])
    # Java 17 still has these ids of its own, which newer releases dropped.
    ids = [zone for zone in known.split() if not zone.startswith("SystemV/")]
    ids += ["GMT+2", "GMT-03:30", "GMT+0230", "GMT+230", "GMT+23:59", "GMT0", "GMT+0"]
    questions = [f"zone {zone}" for zone in ids]
    different = [
        (question, own[:60], other[:60])
        for question, own, other in zip(questions, stoker(questions), quartz(questions), strict=True)
        if first_difference(own, other) < datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000
    ]
    assert different == []
    assert len(ids) > 500


def test_refuses_zones_that_java_takes_for_gmt(quartz: Ask, stoker: Ask) -> None:
    ids = ["Mars/Phobos", "CEST", "utc", "GMT+24", "GMT+2:3", "GMT+", "gmt+2", "GMT+12:60", "+02:00", "Europe"]
    ids += ["../../etc/localtime", "/etc/localtime", "posix/UTC", "right/UTC", "localtime", "zone.tab"]
    ids += ["Europe//Berlin", "Europe/"]
    questions = [f"zone {zone}" for zone in ids]
    assert quartz(questions) == ["unknown"] * len(ids)
    assert [answer.startswith("refused ") for answer in stoker(questions)] == [True] * len(ids)


def test_knows_what_only_zone_id_knows(stoker: Ask) -> None:
    ids = {"Z": 0, "UT": 0, "UTC+2": 120, "UTC+02:00": 120, "UTC-11:30": -690}
    assert stoker([f"zone {zone}" for zone in ids]) == [f"0:{offset}" for offset in ids.values()]
