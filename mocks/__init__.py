"""The mock platform: engine, author and what bends them."""
