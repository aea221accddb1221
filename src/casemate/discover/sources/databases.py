"""Databases that programs open: by the call, and by the address in it as far as that is written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from casemate.discover.python import Module, argument
from casemate.discover.repository import Repository
from casemate.discover.sighting import SAME, At, Found

OPENS = (
    "sqlite3.connect", "sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine", "psycopg.connect",
    "psycopg2.connect", "asyncpg.connect", "asyncpg.create_pool", "pymysql.connect", "pymongo.MongoClient",
    "redis.Redis", "redis.from_url", "redis.Redis.from_url", "duckdb.connect", "snowflake.connector.connect",
    "motor.motor_asyncio.AsyncIOMotorClient", "langchain_community.utilities.SQLDatabase.from_uri",
)  # fmt: skip
NAMES = ("database", "dsn", "url", "uri", "host", "dbname", "conninfo")


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """A store for each address, and rows both ways to whatever the file is."""
    for name, call in m.calls:
        if name in OPENS:
            yield from _opened(At(m.path, call.lineno), m, name, call)


def _opened(here: At, m: Module, name: str, call: ast.Call) -> Iterator[Found]:
    told = next((t for n in NAMES if (t := m.text(argument(call, 0 if n == NAMES[0] else 99, n)))), "")
    if told == ":memory:":
        return
    address = re.sub(r"//[^/@]*@", "//", told).partition("?")[0][:200]
    key = f"database {address or m.path}"
    yield from here.is_a(key, "store", f"opened by {name}", _called(address) or f"{name.partition('.')[0]}-database")
    if host := re.match(r"[\w+]+://([\w-]+)(?:[:/]|$)", address):
        yield here.has(key, SAME, f"service /{host[1]}", "named as its host")
    why = f"opened by {name}"
    yield here.flow(f"{m.path}#any", key, "rows", why)
    yield here.flow(key, f"{m.path}#any", "rows", why)


def _called(address: str) -> str:
    """The name of the database in an address, or of its file."""
    last = re.sub(r"^[\w+]+:/*", "", address).rstrip("/").rpartition("/")[2]
    return last.partition(".")[0].partition(":")[0]
