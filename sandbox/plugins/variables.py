"""Environment variables by which the sandbox tells its plugins where they are."""

ACCOUNT = "FLASK_DEPLOY_ACCOUNT"  # the folder of the emulated account (cloud/account.py)
