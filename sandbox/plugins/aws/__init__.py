"""AWS, emulated as far as target beanstalk needs it: Elastic Beanstalk on this computer's machines."""
