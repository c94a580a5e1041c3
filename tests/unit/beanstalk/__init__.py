"""Tests of the parts of target beanstalk."""
