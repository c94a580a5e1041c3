"""What is made in Alibaba Cloud."""
