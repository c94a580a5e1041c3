"""The provider's resource types, each as terraform-provider-heroku 5.2.10 behaves behind Pulumi's bridge."""
