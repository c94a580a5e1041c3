"""What the emulated clouds share: the manners of Pulumi's Terraform bridge, an account on disk, faults."""
