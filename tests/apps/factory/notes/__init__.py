"""An application factory in a package, as Flask's own tutorial has it."""

import os
import sqlite3

from flask import Flask, jsonify, request


def create_app(test_config=None):
    app = Flask(__name__, instance_relative_config=True)
    os.makedirs(app.instance_path, exist_ok=True)
    database = os.path.join(app.instance_path, "notes.sqlite")

    def connect():
        connection = sqlite3.connect(database)
        connection.execute("CREATE TABLE IF NOT EXISTS note (text TEXT)")
        return connection

    @app.get("/")
    def read():
        with connect() as connection:
            return jsonify([row[0] for row in connection.execute("SELECT text FROM note")])

    @app.post("/")
    def write():
        with connect() as connection:
            connection.execute("INSERT INTO note VALUES (?)", [request.get_data(as_text=True)])
        return "", 201

    return app
