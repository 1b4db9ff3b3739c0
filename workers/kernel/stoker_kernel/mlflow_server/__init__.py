"""MLflow's own server, closed in: it reaches its artifact store and its database, whatever it is asked for.

`python -m stoker_kernel.mlflow_server --folder PATH -- <arguments of mlflow server>`.
"""
