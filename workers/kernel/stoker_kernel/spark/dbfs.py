"""``dbfs:/x`` in Spark's paths: Hadoop's own view of a folder under another scheme."""

from __future__ import annotations

from urllib.parse import quote

#: Where tables are that say no place of their own.
WAREHOUSE = "dbfs:/user/hive/warehouse"


def hadoop_settings(dbfs_root: str) -> dict[str, str]:
    """Hadoop's settings by which `dbfs:/` stands for the folder, and so does a path that names no scheme."""
    return {
        "fs.defaultFS": "dbfs:///",
        "fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "fs.viewfs.overload.scheme.target.dbfs.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "fs.viewfs.mounttable.default.linkFallback": f"file://{quote(dbfs_root)}",
    }
