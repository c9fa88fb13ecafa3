"""What `bench/send.py` is made of.

`machinery` starts the service in a folder of its own · `processes` starts, watches and ends processes · `sink` is the
relay · `product` sends an issue · `counting` counts round trips and statements · `smtp_source` and `usual` are what we
compare with · `targets` says which figures are good enough.
"""
