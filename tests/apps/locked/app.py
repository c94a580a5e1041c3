"""An app whose requirements are locked by uv."""

from importlib import metadata

from flask import Flask

app = Flask(__name__)


@app.get("/")
def front():
    return f"flask {metadata.version('flask')}"
