"""Cron expressions in every form that Quartz reads, right and wrong, at random from a seed."""

from random import Random

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def number(random: Random, least: int, most: int) -> str:
    """Now and then with a leading zero."""
    value = random.randint(least, most)
    return f"0{value}" if random.random() < 0.03 else str(value)


def item(random: Random, least: int, most: int) -> str:
    """One value, range or step, also ranges that go over the end."""
    match random.randrange(8):
        case 0:
            return "*"
        case 1:
            return f"*/{random.randint(1, max(2, (most - least) // 2))}"
        case 2:
            return f"{number(random, least, most)}/{random.randint(1, max(2, (most - least) // 2))}"
        case 3:
            return f"{number(random, least, most)}-{number(random, least, most)}"
        case 4:
            return f"{number(random, least, most)}-{number(random, least, most)}/{random.randint(1, 7)}"
        case _:
            return number(random, least, most)


def several(random: Random, one: str, more: list[str]) -> str:
    return one if random.random() < 0.7 else ",".join([one, *more])


def clock_field(random: Random, most: int) -> str:
    return several(random, item(random, 0, most), [item(random, 0, most) for _ in range(random.randint(1, 4))])


def day_of_month(random: Random) -> str:
    match random.randrange(12):
        case 0:
            return "L"
        case 1:
            return "LW"
        case 2:
            return f"L-{random.randint(0, 28)}"
        case 3:
            return f"L-{random.randint(0, 26)}W"
        case 4 | 5:
            return f"{number(random, 1, 28)}W"
        case 6:
            return str(random.randint(28, 31))
        case _:
            return several(random, item(random, 1, 31), [item(random, 1, 31) for _ in range(random.randint(1, 4))])


def month(random: Random) -> str:
    match random.randrange(6):
        case 0:
            return random.choice(MONTHS)
        case 1:
            return f"{random.choice(MONTHS)}-{random.choice(MONTHS)}"
        case 2:
            return ",".join(random.sample(MONTHS, random.randint(2, 4)))
        case 3:
            return several(random, item(random, 1, 12), [item(random, 1, 12)])
        case _:
            return "*"


def day_of_week(random: Random) -> str:
    match random.randrange(10):
        case 0:
            return f"{random.randint(1, 7)}#{random.randint(1, 5)}"
        case 1:
            return f"{random.choice(DAYS)}#{random.randint(1, 5)}"
        case 2:
            return random.choice(["L", f"{random.randint(1, 7)}L", f"{random.choice(DAYS)}L"])
        case 3:
            return f"{random.choice(DAYS)}-{random.choice(DAYS)}"
        case 4:
            return ",".join(random.sample(DAYS, random.randint(1, 4)))
        case 5:
            return random.choice(DAYS)
        case _:
            return several(random, item(random, 1, 7), [item(random, 1, 7)])


def year(random: Random) -> str:
    match random.randrange(6):
        case 0:
            return f"{random.randint(1990, 2036)}"
        case 1:
            first = random.randint(1990, 2030)
            return f"{first}-{first + random.randint(0, 20)}"
        case 2:
            return f"{random.randint(1990, 2030)}/{random.randint(1, 9)}"
        case 3:
            return f"*/{random.randint(1, 5)}"
        case 4:
            return f"{random.randint(1990, 2036)},{random.randint(1990, 2036)}"
        case _:
            return "*"


def valid(random: Random) -> str:
    """An expression as people write them. Fires often enough at night that changes of clocks matter."""
    seconds = random.choice(["0", "0", "0", clock_field(random, 59)])
    minutes = random.choice(["0", "30", "*/15", clock_field(random, 59), clock_field(random, 59)])
    hours = random.choice(["*", "0-4", str(random.randint(0, 3)), clock_field(random, 23), clock_field(random, 23)])
    days = [day_of_month(random), "?"] if random.random() < 0.5 else ["?", day_of_week(random)]
    fields = [seconds, minutes, hours, days[0], month(random), days[1]]
    if random.random() < 0.2:
        fields.append(year(random))
    text = " ".join(fields)
    return text.lower() if random.random() < 0.05 else text


def damaged(random: Random) -> str:
    """A valid expression with something changed: often wrong, sometimes still something that Quartz reads."""
    fields = valid(random).upper().split()
    at = random.randrange(len(fields))
    match random.randrange(6):
        case 0:
            fields[at] = random.choice(VALUES)
        case 1:
            fields[at] += random.choice(SIGNS)
        case 2:
            fields[at] = random.choice(SIGNS) + fields[at]
        case 3:
            text = list(fields[at])
            text[random.randrange(len(text))] = random.choice(SIGNS)
            fields[at] = "".join(text)
        case 4:
            del fields[at]
        case _:
            fields[at] += "," + random.choice(VALUES)
    return " ".join(fields)


SIGNS = "*?-,/LW#0123456789ABXZ+."
VALUES = """
    60 -1 24 32 0 8 13 7 100 00 999999999999 1- -5 5-1 1-0 0-1 23-1 */0 */60 */24 */32 */13 */8 */7 */-1 */+3 */
    / /5 // 5/ 5/0 5/60 5/2X 5/12X 1-5/0 1-5/99 1-5/ 1-5X 1-5/2X 1-5W 10X ** *5 *X ? ?X ?XX ?? ?,5 5,? L LW L-3
    L-31 L- L-W L-3W L-3X L3 LX WL W 15W 32W 1W,15W 15,10W L,5 5,L MON MONDAY JAN JANUARY MON-FRI MON-FRI/2
    FRI-MON JAN-MAR NOV-FEB JAN-3 1-FRI MO FOO JAN-FOO MON#2 MON#0 MON#6 MON# MON#2,TUE TUE,FRI#2 2#1 2#6 2#1#2
    2# 2#1X #2 MONL 6L 8L 0L 6LX 2-6L 5é é MON,6L 1,,2 ,1 1, JAN/2 MON/2 2/2
""".split()
