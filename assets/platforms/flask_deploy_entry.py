"""Loads the app where WSGIPath can't name it: a factory, or a module below src.

Put beside the app by flask-deploy, with flask_deploy_entry.json, which says what to load.
"""

import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
entry = json.loads((HERE / "flask_deploy_entry.json").read_text(encoding="utf-8"))
sys.path.insert(0, str(HERE / entry["pythonPath"]))
made = getattr(importlib.import_module(entry["module"]), entry["attribute"])
application = made() if entry["factory"] else made
