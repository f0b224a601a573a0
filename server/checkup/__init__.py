"""A visit to the public address as a phone makes it: what stands between the server and the phones.

`fetch` asks for one address within limits, `visit` says in which order, `reading` judges one answer, `findings` and
`sentences` are what is reported. It knows no Flask and no store.
"""
