"""The provider on a host without machines. Started as the engine starts a plugin."""

import sys

from plugins.heroku.double import Double
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.heroku import provider
from sandbox.plugins.heroku.api.platform import Platform
from sandbox.plugins.serve import serve

if __name__ == "__main__":
    account = Account.here()
    serve(provider.make(Platform(account, Double(account))), sys.argv[1:])
