"""What is to happen once happens once, also where servers are killed: runs of a token, fires of a schedule."""

import threading
import uuid

from client import Client, Json
from server import Server
from waiting import until

#: Needs no cluster.
CONDITION = {"task_key": "main", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}


def runs_of(client: Client, job_id: int) -> list[Json]:
    return client.get("/api/2.2/jobs/runs/list", job_id=job_id, limit=25).get("runs", [])


def test_two_calls_at_once_with_one_token_make_one_run(client: Client) -> None:
    job_id = client.create_job(CONDITION, max_concurrent_runs=100)
    for _ in range(10):
        token = uuid.uuid4().hex
        answers: list[int] = []
        start = threading.Barrier(4)

        def ask(token: str = token, answers: list[int] = answers, start: threading.Barrier = start) -> None:
            start.wait()
            answers.append(client.run_now(job_id, idempotency_token=token))

        callers = [threading.Thread(target=ask) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
        assert len(answers) == 4
        assert len(set(answers)) == 1
    assert len(runs_of(client, job_id)) == 10


def test_a_token_sent_again_after_a_killed_server_finds_its_run(own_server: Server) -> None:
    client = own_server.client
    job_id = client.create_job(CONDITION, max_concurrent_runs=1000, queue={"enabled": True})
    answered: dict[str, int] = {}
    sent: list[str] = []
    enough = threading.Event()

    def ask() -> None:
        try:
            while True:
                token = uuid.uuid4().hex
                sent.append(token)
                answered[token] = client.run_now(job_id, idempotency_token=token)
                if len(answered) >= 15:
                    enough.set()
        except OSError:  # whether the last one was taken is not known: the case that tokens are for
            return

    callers = [threading.Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    assert enough.wait(60)
    own_server.kill()
    for caller in callers:
        caller.join(60)
    assert len(sent) > len(answered)
    client = Client(own_server.start().client.host, client.token)
    again = {token: client.run_now(job_id, idempotency_token=token) for token in sent}
    assert {token: again[token] for token in answered} == answered
    assert len(set(again.values())) == len(sent)
    count = own_server.sql(f"SELECT count(*) FROM runs WHERE job_id = {job_id}")
    assert int(count) == len(sent)


def test_a_schedule_misses_no_fire_of_a_killed_leader_and_makes_none_twice(own_server: Server) -> None:
    client = own_server.client
    schedule = {"quartz_cron_expression": "*/10 * * * * ?", "timezone_id": "UTC"}
    job_id = client.create_job(CONDITION, schedule=schedule, max_concurrent_runs=1000)

    def fires() -> list[int]:
        found = own_server.sql(f"SELECT trigger_info ->> 'time' FROM runs WHERE job_id = {job_id} ORDER BY run_id")
        return [int(line) for line in found.split()]

    until(lambda: len(fires()) >= 1, "the first fire", 30)
    own_server.kill()
    client = Client(own_server.start().client.host, client.token)
    until(lambda: len(fires()) >= 4, "fires of the next leader", 60)
    client.post("/api/2.2/jobs/update", {"job_id": job_id, "new_settings": {"schedule": schedule | {"pause_status": "PAUSED"}}})
    times = fires()
    assert times == [times[0] + 10_000 * n for n in range(len(times))]
    assert all(run["trigger"] == "PERIODIC" for run in runs_of(client, job_id))
