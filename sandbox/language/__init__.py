"""A stand-in for `pulumi-language-python`, which an engine built from source does not bring."""
