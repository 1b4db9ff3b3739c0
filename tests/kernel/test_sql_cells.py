"""SQL cells' own statements, which never reach Spark."""

import pytest
from stoker_kernel.dbutils.widgets import WidgetsUtils
from stoker_kernel.sql_cells import define_widget


class Choices:
    """Stands for a session: every query has these rows."""

    def sql(self, _query):
        return self

    def collect(self):
        return [("a",), ("b",)]


@pytest.mark.parametrize(
    ("statement", "name", "value"),
    [
        ("CREATE WIDGET TEXT y DEFAULT '10'", "y", "10"),
        ('create widget text `my name` default "it\'s"', "my name", "it's"),
        ("CREATE WIDGET TEXT empty DEFAULT ''", "empty", ""),
        ("CREATE WIDGET DROPDOWN d DEFAULT 'b' CHOICES SELECT x FROM t", "d", "b"),
        ("CREATE WIDGET MULTISELECT\n m DEFAULT 'a'\nCHOICES SELECT x\nFROM t", "m", "a"),
        ("CREATE WIDGET COMBOBOX c DEFAULT 'free' CHOICES VALUES ('a')", "c", "free"),
    ],
)
def test_a_widget_is_made(statement, name, value):
    widgets = WidgetsUtils()
    assert define_widget(Choices(), statement, widgets)
    assert widgets.get(name) == value


def test_a_parameter_of_the_run_keeps_its_value():
    widgets = WidgetsUtils()
    widgets.bind({"y": "given"})
    assert define_widget(Choices(), "CREATE WIDGET TEXT y DEFAULT '10'", widgets)
    assert widgets.get("y") == "given"


def test_a_widget_is_removed():
    widgets = WidgetsUtils()
    widgets.text("y", "10")
    assert define_widget(Choices(), "REMOVE WIDGET y", widgets)
    assert widgets.getAll() == {}


@pytest.mark.parametrize("statement", ["SELECT 'CREATE WIDGET TEXT y DEFAULT 1'", "CREATE TABLE widget (a INT)", "REMOVE"])
def test_other_statements_are_sparks(statement):
    assert not define_widget(Choices(), statement, WidgetsUtils())


def test_a_default_that_is_no_choice_is_refused():
    with pytest.raises(ValueError, match="'z' of widget d is not one of its choices"):
        define_widget(Choices(), "CREATE WIDGET DROPDOWN d DEFAULT 'z' CHOICES SELECT x FROM t", WidgetsUtils())
