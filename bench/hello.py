"""A page that does nothing, by the same framework and server: what `bench.pages` compares with."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def say_hello() -> dict[str, str]:
    return {"hello": "reader"}
