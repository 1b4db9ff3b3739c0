"""`w.libraries.*` of the unmodified Databricks SDK."""

from client import Client
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, ResourceDoesNotExist
from databricks.sdk.service.compute import Library, LibraryInstallStatus, PythonPyPiLibrary
from pytest import raises
from waiting import until

COWSAY = Library(pypi=PythonPyPiLibrary(package="cowsay==6.1"))
NEVER = Library(pypi=PythonPyPiLibrary(package="stoker-sdk-no-such-package"))
ON_THEIR_WAY = {LibraryInstallStatus.PENDING, LibraryInstallStatus.RESOLVING, LibraryInstallStatus.INSTALLING}


def test_libraries_are_installed_and_uninstalled(workspace: WorkspaceClient, client: Client) -> None:
    cluster_id = client.create_cluster()
    client.run_notebook(cluster_id, "1", seconds=600)

    def settled() -> dict[str, LibraryInstallStatus]:
        found = {s.library.pypi.package: s.status for s in workspace.libraries.cluster_status(cluster_id)}
        return {} if ON_THEIR_WAY & set(found.values()) else found

    workspace.libraries.install(cluster_id, [COWSAY, NEVER])
    assert until(settled, "the libraries", 300) == {
        "cowsay==6.1": LibraryInstallStatus.INSTALLED,
        "stoker-sdk-no-such-package": LibraryInstallStatus.FAILED,
    }
    (of_cluster,) = [s for s in workspace.libraries.all_cluster_statuses() if s.cluster_id == cluster_id]
    assert len(of_cluster.library_statuses) == 2
    workspace.libraries.uninstall(cluster_id, [COWSAY, NEVER])
    assert settled() == {"cowsay==6.1": LibraryInstallStatus.UNINSTALL_ON_RESTART}
    workspace.clusters.permanent_delete(cluster_id)


def test_what_cannot_be_is_refused(workspace: WorkspaceClient, cluster: str) -> None:
    with raises(InvalidParameterValue, match="eggs are no longer supported"):
        workspace.libraries.install(cluster, [Library(egg="dbfs:/a.egg")])
    with raises((InvalidParameterValue, ResourceDoesNotExist), match="does not exist"):
        workspace.libraries.install("none", [COWSAY])
