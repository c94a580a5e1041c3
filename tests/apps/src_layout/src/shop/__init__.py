"""An app in a src/ layout, with its requirements in pyproject.toml."""

import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def front():
    return f"shop {os.environ.get('WORK_ENV')}"
