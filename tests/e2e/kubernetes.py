"""Kubernetes on this machine, for a test: etcd and the API server are real; in the place of scheduler and kubelet stands
`Kubelet`, which starts the command of a pod as a process, without image and volumes, and tells the API server of it."""

import math
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from waiting import until

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
API_SERVER = ROOT / "build/kubernetes/kube-apiserver"
MANIFESTS = ROOT / "deploy/kubernetes"
NAMESPACE = "stoker"
ADMIN = "token-of-the-admin"
COLLECTIONS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/stoker/serviceaccounts",
    "Secret": "/api/v1/namespaces/stoker/secrets",
    "ConfigMap": "/api/v1/namespaces/stoker/configmaps",
    "Service": "/api/v1/namespaces/stoker/services",
    "PersistentVolumeClaim": "/api/v1/namespaces/stoker/persistentvolumeclaims",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/stoker/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/stoker/rolebindings",
    "StatefulSet": "/apis/apps/v1/namespaces/stoker/statefulsets",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def manifests() -> list[Json]:
    return [one for file in sorted(MANIFESTS.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text())]


class Kubernetes:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.etcd_port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        assert API_SERVER.exists(), f"{API_SERVER} is not built: deploy/test builds it"
        key = self.folder / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f"{ADMIN},admin,admin,system:masters\n")
        peer = f"http://127.0.0.1:{free_port()}"
        client = f"http://127.0.0.1:{self.etcd_port}"
        self._daemon(
            "etcd", "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        )  # fmt: skip
        self.start_api_server()

    def start_api_server(self) -> None:
        key = str(self.folder / "accounts.key")
        self._daemon(
            str(API_SERVER), "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}",
            "--bind-address", "127.0.0.1", "--secure-port", str(self.port), "--cert-dir", str(self.folder / "certificates"),
            "--token-auth-file", str(self.folder / "tokens.csv"), "--authorization-mode", "RBAC",
            "--service-account-issuer", "https://kubernetes", "--service-account-key-file", key,
            "--service-account-signing-key-file", key, "--service-cluster-ip-range", "10.0.0.0/24",
            "--disable-admission-plugins", "ServiceAccount",
        )  # fmt: skip
        until(self._is_ready, "kube-apiserver", 120)

    def kill_api_server(self) -> None:
        daemon = self._daemons.pop("kube-apiserver")
        daemon.kill()
        daemon.wait()

    def stop(self) -> None:
        """Kills them: asked to end, an API server first waits for its watches and its etcd, and nothing here is kept."""
        for daemon in reversed(self._daemons.values()):
            daemon.kill()
            daemon.wait()
        self._daemons.clear()

    def ask(self, method: str, path: str, body: Json | None = None, **options: Any) -> Json:
        """As the admin."""
        return self.answer(method, path, body, **options) or {}

    def answer(self, method: str, path: str, body: Json | None = None, missing_ok: bool = False, **options: Any) -> Json | None:
        """None, if missing_ok: what the path names is not there, or not any more as it was."""
        headers = {"Authorization": f"Bearer {ADMIN}", **options.pop("headers", {})}
        answer = requests.request(
            method, self.server + path, json=body, headers=headers, verify=self.authorities, timeout=30, params=options
        )
        if missing_ok and answer.status_code in (404, 409):
            return None
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    @property
    def authorities(self) -> str:
        return str(self.folder / "certificates/apiserver.crt")

    def apply(self) -> None:
        """deploy/kubernetes, as `kubectl apply` would on a new cluster."""
        for manifest in sorted(manifests(), key=lambda one: list(COLLECTIONS).index(one["kind"])):
            self.ask("POST", COLLECTIONS[manifest["kind"]], manifest, fieldValidation="Strict")

    def kubeconfig(self, account: str, namespace: str = NAMESPACE) -> Path:
        """With a token of the service account, and nothing more."""
        path = f"{COLLECTIONS['ServiceAccount']}/{account}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["https://kubernetes"]}}
        token = self.ask("POST", path, request)["status"]["token"]
        file = self.folder / f"{account}.kubeconfig"
        cluster = {"server": self.server, "certificate-authority": self.authorities}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "stoker", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "stoker", "namespace": namespace}}],
        }
        file.write_text(yaml.safe_dump(content))
        return file

    @property
    def pods_path(self) -> str:
        return f"/api/v1/namespaces/{NAMESPACE}/pods"

    def let_list_only(self, account: str) -> None:
        """May see pods, and nothing else."""
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "reader", "namespace": NAMESPACE}}
        self.ask("POST", COLLECTIONS["Role"], role | {"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]})
        subject = {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
        self.ask("POST", COLLECTIONS["RoleBinding"], role | {"kind": "RoleBinding", "subjects": [subject], "roleRef": reference})

    def pods(self) -> list[Json]:
        return self.ask("GET", self.pods_path)["items"]

    def delete_pod(self, pod: str, **options: int) -> None:
        self.ask("DELETE", f"{self.pods_path}/{pod}", dict(options))

    def _is_ready(self) -> bool:
        daemon = self._daemons["kube-apiserver"]
        assert daemon.poll() is None, (self.folder / "kube-apiserver.log").read_text()[-4000:]
        try:
            return requests.get(f"{self.server}/readyz", headers={"Authorization": f"Bearer {ADMIN}"}, verify=self.authorities, timeout=5).ok
        except (OSError, requests.RequestException):
            return False

    def _daemon(self, *command: str) -> None:
        name = Path(command[0]).name
        with (self.folder / f"{name}.log").open("ab") as log:
            self._daemons[name] = subprocess.Popen(command, stdout=log, stderr=log)


class Kubelet:
    """One node with room for `places` pods."""

    NODE = "node-1"

    def __init__(self, kubernetes: Kubernetes, places: int) -> None:
        self.kubernetes = kubernetes
        self.places = places
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ends_at: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)
        for process in self.processes.values():
            process.kill()
            process.wait()
        assert self.failure is None, self.failure

    def _keep(self) -> None:
        while not self._stopping.wait(0.1):
            try:
                self._pass()
            except requests.RequestException:
                continue  # the API server is away: what runs goes on
            except BaseException as failure:  # noqa: BLE001 - told by stop()
                self.failure = failure
                return

    def _pass(self) -> None:
        pods = {pod["metadata"]["name"]: pod for pod in self.kubernetes.pods()}
        for name in [name for name in self.processes if name not in pods]:
            self.processes.pop(name).kill()  # deleted without grace
        for name, pod in pods.items():
            if pod["status"]["phase"] in ("Succeeded", "Failed"):
                continue
            if name not in self.processes:
                self._start(name, pod)
            elif pod["metadata"].get("deletionTimestamp") and name not in self._ends_at:
                self._ends_at[name] = time.monotonic() + pod["metadata"]["deletionGracePeriodSeconds"]
                self.processes[name].send_signal(signal.SIGTERM)
            elif time.monotonic() > self._ends_at.get(name, math.inf):
                self.processes[name].kill()
                self.processes[name].wait()
                self._ended(name, -signal.SIGKILL)
            elif (status := self.processes[name].poll()) is not None:
                self._ended(name, status)

    def _start(self, name: str, pod: Json) -> None:
        if len(self.processes) >= self.places:
            if any(condition["type"] == "PodScheduled" for condition in pod["status"].get("conditions", [])):
                return
            full = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu."}
            self._tell(name, {"conditions": [full]})
            return
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": {"kind": "Node", "name": self.NODE}}
        if self.kubernetes.answer("POST", f"{self.kubernetes.pods_path}/{name}/binding", binding, missing_ok=True) is None:
            return
        container = pod["spec"]["containers"][0]
        variables = {one["name"]: one["value"] for one in container.get("env", [])}
        self.processes[name] = subprocess.Popen(
            container["command"], cwd=container["workingDir"], env=os.environ | variables, start_new_session=True
        )
        self._tell(name, {"phase": "Running", "containerStatuses": [self._container({"running": {}})]})

    def _ended(self, name: str, status: int) -> None:
        del self.processes[name]
        end = {"exitCode": status if status >= 0 else 128 - status, "reason": "Completed" if status == 0 else "Error"}
        self._tell(name, {"phase": "Failed" if status else "Succeeded", "containerStatuses": [self._container({"terminated": end})]})
        if name in self._ends_at:
            self.kubernetes.answer("DELETE", f"{self.kubernetes.pods_path}/{name}", {"gracePeriodSeconds": 0}, missing_ok=True)

    def _tell(self, name: str, status: Json) -> None:
        patch = {"Content-Type": "application/strategic-merge-patch+json"}
        path = f"{self.kubernetes.pods_path}/{name}/status"
        self.kubernetes.answer("PATCH", path, {"status": status}, headers=patch, missing_ok=True)

    @staticmethod
    def _container(state: Json) -> Json:
        return {"name": "worker", "image": "stoker", "imageID": "", "ready": "running" in state, "restartCount": 0, "state": state}


@contextmanager
def kubernetes_on_this_machine(places: int) -> Iterator[tuple[Kubernetes, Kubelet]]:
    folder = Path(tempfile.mkdtemp(prefix="stoker-kubernetes-"))
    folder.chmod(0o755)
    kubernetes = Kubernetes(folder)
    kubelet = Kubelet(kubernetes, places)
    try:
        kubernetes.start()
        kubernetes.apply()
        kubelet.start()
        yield kubernetes, kubelet
        left = [pod["metadata"]["name"] for pod in kubernetes.pods()]
        assert left == [], f"pods that nobody removed: {left}"
        kubelet.stop()
    finally:
        kubernetes.stop()
        shutil.rmtree(folder, ignore_errors=True)
