"""Results on disk: seed by seed in Parquet while they come, resumed after a kill, asked with SQL.

A run's folder holds its tables with bands (`flows.parquet`, ...), the same tables a row a seed (`seeds/flows/*.parquet`, ...),
a copy of the scenario, and `made_by.json`. A store is a folder of such folders, or one of them.
"""

from __future__ import annotations

from crossings.store.plan import code_hash, made_with, plan_of
from crossings.store.seeds import SeedWriter, float_columns, read_table, streamed

__all__ = ["SeedWriter", "code_hash", "float_columns", "made_with", "plan_of", "read_table", "streamed"]
