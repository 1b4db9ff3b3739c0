"""The notebooks that the cases run, in source format."""

NOOP = """# Databricks notebook source
dbutils.notebook.exit("")
"""
WIDGET = """# Databricks notebook source
dbutils.widgets.text("text", "NOT_SET")
dbutils.notebook.exit(dbutils.widgets.get("text").upper())
"""
# Waits to be cancelled.
HOLD = """# Databricks notebook source
import signal
signal.pause()
"""
