"""What runs inside the Python processes of a Stoker worker: zygotes, kernels, notebooks.

Importing this package imports nothing else; each entry point (`zygote`, `kernel`) says what it needs.
"""
