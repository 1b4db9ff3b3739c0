"""`CREATE TABLE` with `GENERATED … AS`: Delta Lake has such columns, but from its own builder only, not from Spark 3.5's SQL.

Keys (PRIMARY KEY, FOREIGN KEY) say something to readers and hold nobody to it, on Databricks too; they are left out.

https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-create-table-using.html
"""

from __future__ import annotations

import json
from typing import Any

from delta.tables import DeltaTable, IdentityGenerator
from pyspark.errors import ParseException
from pyspark.sql.types import StructType
from sqlglot import exp

from .sqlglot_text import SqlglotError, parsed, written


def create_table(spark: Any, statement: str) -> Any:
    """The DataFrame that the statement answers, or None if it is another statement, which includes what is said wrongly."""
    create = _create(statement)
    if create is None:
        return None
    if create.args.get("replace"):
        builder = DeltaTable.createOrReplace(spark)
    else:
        builder = DeltaTable.createIfNotExists(spark) if create.args.get("exists") else DeltaTable.create(spark)
    builder.tableName(written(create.this.this))
    try:
        for part in create.this.expressions:
            _add_column(spark, builder, part)
        for clause in create.args["properties"].expressions if create.args.get("properties") else ():
            _add_clause(builder, clause)
    except ValueError as error:
        raise ParseException(message=f"CREATE TABLE with generated columns: {error}") from None
    builder.execute()
    return spark.range(0).select()


def _create(statement: str) -> exp.Create | None:
    """None: it makes no table of Delta Lake with such columns."""
    try:
        create = parsed(statement)
    except SqlglotError:
        return None
    if not isinstance(create, exp.Create) or create.kind != "TABLE" or not isinstance(create.this, exp.Schema) or create.expression:
        return None
    if not create.this.find(exp.ComputedColumnConstraint, exp.GeneratedAsIdentityColumnConstraint):
        return None
    file_format = create.find(exp.FileFormatProperty)
    return create if file_format is None or file_format.name.lower() == "delta" else None


def _add_column(spark: Any, builder: Any, part: Any) -> None:
    if isinstance(part, (exp.PrimaryKey, exp.ForeignKey)):
        return
    if isinstance(part, exp.Constraint) and all(isinstance(what, (exp.PrimaryKey, exp.ForeignKey)) for what in part.expressions):
        return
    if not isinstance(part, exp.ColumnDef):
        raise ValueError(f"{part.sql(dialect='databricks')} is not supported here; say it with ALTER TABLE.")
    nullable, comment, default = True, None, None
    generated: dict[str, Any] = {}
    for constraint in part.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.NotNullColumnConstraint):
            nullable = bool(kind.args.get("allow_null"))
        elif isinstance(kind, exp.CommentColumnConstraint):
            comment = kind.name
        elif isinstance(kind, exp.DefaultColumnConstraint):
            default = written(kind.this)
        elif isinstance(kind, exp.ComputedColumnConstraint):
            generated = {"generatedAlwaysAs": written(kind.this)}
        elif isinstance(kind, exp.GeneratedAsIdentityColumnConstraint):
            generated = {"generatedAlwaysAs" if kind.this else "generatedByDefaultAs": _identity(part.name, kind)}
        elif not isinstance(kind, (exp.PrimaryKeyColumnConstraint, exp.Reference)):
            raise ValueError(f"{part.name}: {kind.sql(dialect='databricks')} is not supported here; say it with ALTER TABLE.")
    if part.kind is None or (generated and default):
        raise ValueError(f"{part.name}: a column has a type, and what is generated has no DEFAULT.")
    data_type = written(part.kind)
    if default is None:
        builder.addColumn(part.name, data_type, nullable=nullable, comment=comment, **generated)
        return
    ddl = f"{written(part.this)} {data_type}"
    columns = StructType.fromJson(json.loads(spark._jvm.org.apache.spark.sql.types.StructType.fromDDL(ddl).json()))
    columns[0].nullable = nullable
    # Spark's own note of a default; the builder has no word for it.
    columns[0].metadata |= {"CURRENT_DEFAULT": default, "EXISTS_DEFAULT": default, **({"comment": comment} if comment else {})}
    builder.addColumns(columns)


def _identity(column: str, kind: Any) -> Any:
    numbers = [1 if kind.args.get(name) is None else written(kind.args[name]) for name in ("start", "increment")]
    try:
        return IdentityGenerator(*map(int, numbers))
    except ValueError:
        raise ValueError(f"{column}: START WITH and INCREMENT BY take whole numbers, not {' and '.join(map(str, numbers))}.") from None


def _add_clause(builder: Any, clause: Any) -> None:
    if isinstance(clause, (exp.FileFormatProperty, exp.ExternalProperty)):
        return
    if isinstance(clause, exp.SchemaCommentProperty):
        builder.comment(clause.name)
    elif isinstance(clause, exp.LocationProperty):
        builder.location(clause.name)
    elif isinstance(clause, exp.PartitionedByProperty) and all(isinstance(what, exp.Identifier) for what in clause.this.expressions):
        builder.partitionedBy(*(column.name for column in clause.this.expressions))
    elif isinstance(clause, exp.ClusterProperty) and clause.expressions:
        builder.clusterBy(*map(written, clause.expressions))
    elif type(clause) is exp.Property:
        name = written(clause.this) if isinstance(clause.this, exp.Dot) else clause.name
        value = clause.args["value"]
        builder.property(name, value.name if value.is_string else written(value).lower())
    else:
        raise ValueError(f"{clause.sql(dialect='databricks') or clause.key} is not supported.")
