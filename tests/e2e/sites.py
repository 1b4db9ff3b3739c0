"""What tests of clusters whose workers run on a site (Slurm, Kubernetes) have in common."""

from client import Client, Json
from server import Server

SMALL = {"node_type_id": "local.small"}
DONE = "dbutils.notebook.exit('done')"


def tags(provider: str) -> dict[str, str]:
    return {"stoker.provider": provider, "stoker.slots": "1"}


def message(client: Client, run_id: int) -> str:
    return str(client.get("/api/2.2/jobs/runs/get", run_id=run_id)["state"]["state_message"])


def get(client: Client, cluster_id: str) -> Json:
    return client.get("/api/2.1/clusters/get", cluster_id=cluster_id)


def living_workers(server: Server, cluster_id: str) -> set[str]:
    return set(server.sql(f"SELECT worker_id FROM workers WHERE cluster_id = '{cluster_id}' AND state <> 'GONE'").split())
