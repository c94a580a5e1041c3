"""Heroku's Platform API: what can be asked of the platform, its rules and its words.

https://devcenter.heroku.com/articles/platform-api-reference
"""
